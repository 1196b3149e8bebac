"""What is asked of the server, and how much each answer may cost."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count, cycle, islice, permutations, product
from random import Random
from typing import Any

from schemas.vocabulary import PRIORITIES, TICKET_TYPES
from tests.benchmarks.boards import Board
from tests.benchmarks.data import Data
from tests.benchmarks.prose import THINGS, description, title, trace

EMPTY = "empty route"
BYTES = "bytes of the list"
DATABASE = "list by the database alone"
LEVELS = (1, 8, 32)
ONE = (1,)

# Enough different requests that nothing is asked for twice soon.
VARIETY = 2000

# What is set to what it is already counts as no change, and would cost less.
versions = count()

# The processor time of a request, in ms, by the name of its case.
Costs = Mapping[str, float]


@dataclass(frozen=True)
class Case:
    """Requests of one kind, without end."""

    name: str
    requests: Iterator[bytes]
    limit: Callable[[Costs], float] | None = None
    limit_text: str = ""
    status: int = 200
    levels: tuple[int, ...] = LEVELS
    # Made before each request, on the same connection; what they cost is not counted.
    preludes: Iterator[bytes] | None = None
    # The requests, all the same, say that what was there when the round began is known already.
    conditional: bool = False


@dataclass(frozen=True)
class Caller:
    """Someone who is signed in, by the header that says so."""

    credentials: str

    def request(
        self, method: str, path: str, values: Any = None, headers: Iterable[str] = ()
    ) -> bytes:
        """A request as it goes over the wire."""
        body = b"" if values is None else json.dumps(values).encode()
        described = [f"Content-Length: {len(body)}", "Content-Type: application/json"]
        lines = [
            f"{method} {path} HTTP/1.1",
            "Host: localhost",
            self.credentials,
            *(described if body else []),
            *headers,
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def get(self, path: str, *headers: str) -> bytes:
        return self.request("GET", path, headers=headers)


def times_empty(factor: float) -> dict[str, Any]:
    """At most so many times what the empty route takes."""
    return {"limit": lambda cost: factor * cost[EMPTY], "limit_text": f"{factor:g} x empty route"}


def floors(caller: Caller, list_bytes: int) -> list[Case]:
    """What is asked of the server that does nothing, with the headers that all requests have."""
    return [
        Case(EMPTY, cycle([caller.get("/empty")])),
        Case(BYTES, cycle([caller.get(f"/bytes/{list_bytes}")])),
    ]


def all_of(caller: Caller, data: Data, *, compresses: bool) -> list[Case]:
    """Everything that is asked of PUNT."""
    small, large = data.boards[0], data.boards[-1]
    return [
        Case("session", cycle([caller.get("/api/auth/session")]), **times_empty(2)),
        *(_get(caller, board) for board in data.boards),
        *_lists(caller, small),
        *_compressed_lists(caller, small, compresses=compresses),
        _filing(caller, data.busy),
        *(_patch(caller, board) for board in data.boards),
        *_moves(caller, data.busy),
        *_searches(caller, large),
    ]


def _get(caller: Caller, board: Board) -> Case:
    numbers = range(1, min(board.size, VARIETY) + 1)
    requests = [caller.get(f"{board.path}/{number}") for number in numbers]
    return Case(f"get a ticket of {board.size}", cycle(requests), **times_empty(3))


def _lists(caller: Caller, board: Board) -> list[Case]:
    whole = cycle([caller.get(board.path)])
    anew: dict[str, Any] = {
        "limit": lambda cost: 4 * cost[DATABASE],
        "limit_text": "4 x the database alone",
        "levels": ONE,
    }
    again: dict[str, Any] = {
        "limit": lambda cost: 3 * cost[EMPTY] + cost[BYTES],
        "limit_text": "4 x empty route + sending the bytes",
    }
    return [
        Case("list of 20", cycle([caller.get(f"{board.path}?limit=20")])),
        Case(changed_list(board), whole, preludes=edits(caller, board), **anew),
        Case(f"list of {board.size}, not asked before", _selections(caller, board), **anew),
        Case(same_list(board), whole, **again),
        Case(
            f"{same_list(board)}, If-None-Match",
            whole,
            status=304,
            conditional=True,
            **times_empty(2.5),
        ),
    ]


def changed_list(board: Board) -> str:
    """The name of a case."""
    return f"list of {board.size}, after a write"


def same_list(board: Board) -> str:
    """The name of a case."""
    return f"list of {board.size}, again"


def _selections(caller: Caller, board: Board) -> Iterator[bytes]:
    """Different questions of which each has the whole list as its answer."""
    orders = product(permutations(PRIORITIES), permutations(TICKET_TYPES))
    return cycle(
        caller.get(f"{board.path}?priority={','.join(priorities)}&type={','.join(types)}")
        for priorities, types in islice(orders, VARIETY)
    )


def _compressed_lists(caller: Caller, board: Board, *, compresses: bool) -> list[Case]:
    whole = cycle([caller.get(board.path, "Accept-Encoding: gzip")])
    changed, same = changed_list(board), same_list(board)
    preludes = edits(caller, board)
    return [
        Case(
            f"{changed}, gzip", whole, levels=ONE, preludes=preludes, **_twice(changed, compresses)
        ),
        Case(f"{same}, gzip", whole, **_twice(same, compresses)),
    ]


def _twice(name: str, compresses: bool) -> dict[str, Any]:
    if not compresses:
        return {"limit_text": "(came uncompressed)"}
    return {"limit": lambda cost: 2 * cost[name], "limit_text": "2 x the same uncompressed"}


def edits(caller: Caller, board: Board) -> Iterator[bytes]:
    """Changes of one field of one ticket after the other, to a value that was never there."""
    for id_, number in zip(cycle(chain(*board.standing)), versions, strict=False):
        yield caller.request("PATCH", f"{board.path}/{id_}", {"fixVersion": f"1.{number}"})


def _patch(caller: Caller, board: Board) -> Case:
    return Case(f"patch a ticket of {board.size}", edits(caller, board), **times_empty(6))


def _filing(caller: Caller, board: Board) -> Case:
    dice = Random(0)  # noqa: S311 - not a secret
    tickets = [
        {
            "title": title(dice),
            "description": description(dice, trace(number)),
            "type": dice.choice(TICKET_TYPES),
            "priority": dice.choice(PRIORITIES),
        }
        for number in range(VARIETY)
    ]
    requests = [caller.request("POST", board.path, ticket) for ticket in tickets]
    return Case("post a ticket", cycle(requests), status=201, **times_empty(6))


def _moves(caller: Caller, board: Board) -> Iterator[Case]:
    """Always the lowest ticket, so that all others make room; a full turn restores the order."""
    _, tall, short = board.standing
    names = [f"move to the top of {len(column)}" for column in (short, tall)]
    yield Case(names[0], _lifts(caller, board, short), **times_empty(6))
    yield Case(
        names[1],
        _lifts(caller, board, tall),
        lambda cost: min(6 * cost[EMPTY], 1.5 * cost[names[0]]),
        f"6 x empty route and 1.5 x top of {len(short)}",
    )


def _lifts(caller: Caller, board: Board, column: Sequence[str]) -> Iterator[bytes]:
    upwards = reversed(column)
    return cycle(caller.request("PATCH", f"{board.path}/{id_}", {"order": 0}) for id_ in upwards)


def _searches(caller: Caller, board: Board) -> list[Case]:
    numbers = Random(0).sample(range(board.size), min(board.size, VARIETY))  # noqa: S311
    words = {
        "a rare word": map(trace, numbers),
        "a common word": THINGS,
        "no match": (f"zz{number:x}" for number in numbers),
        "a key": (f"{board.key}-{number + 1}" for number in numbers),
    }
    return [
        Case(
            f"search {board.size} for {what}",
            cycle([caller.get(f"{board.path}?limit=50&q={word}") for word in found]),
            lambda _: 20.0,
            "20 ms",
            levels=ONE,
            preludes=edits(caller, board),
        )
        for what, found in words.items()
    ]
