"""Event streams: what an event to many of them costs, and what each of them holds."""

import re
from collections.abc import Iterable, Iterator
from itertools import count, islice
from selectors import EVENT_READ, DefaultSelector
from statistics import median

from punt.events.broker import STREAMS_PER_USER
from tests.benchmarks import processes
from tests.benchmarks.cases import Caller
from tests.benchmarks.data import Data
from tests.benchmarks.figures import Figure
from tests.benchmarks.plan import Plan
from tests.benchmarks.processes import Process
from tests.benchmarks.traffic import Connection

EVENTS = 10
AT_MOST = 1.5
MOST_KILOBYTES = 25.0
SECONDS = 60.0

NAME = "streams"
HELLO = b'"connected"'

# What an event carries to be known by: always of the same length.
MARK = re.compile(rb"tab-[0-9]{6}")
marks = (f"tab-{number:06}" for number in count())


class Audience:
    """Connections that all are sent the same."""

    def __init__(self) -> None:
        self.connections: list[Connection] = []
        # What the first of them was sent last, as it came over the wire.
        self.heard = b""

    def join(self, port: int, requests: Iterable[bytes], hello: bytes) -> "Audience":
        """Open a connection for each request, which is answered with `hello`."""
        for request in requests:
            connection = Connection(port)
            connection.send(request)
            received = b""
            while hello not in received:
                received += connection.read()
            self.connections.append(connection)
        return self

    def await_all(self, mark: bytes) -> None:
        """Return when each of them has received something with `mark` in it."""
        with DefaultSelector() as selector:
            for connection in self.connections:
                selector.register(connection, EVENT_READ, (connection, bytearray()))
            while selector.get_map():
                ready = selector.select(SECONDS)
                if not ready:
                    raise TimeoutError(f"{len(selector.get_map())} have not heard {mark!r}")
                for key, _ in ready:
                    connection, received = key.data
                    received += connection.read()
                    if mark in received:
                        selector.unregister(connection)
                        if connection is self.connections[0]:
                            self.heard = bytes(received)

    def leave(self) -> None:
        """Hang up."""
        for connection in self.connections:
            connection.socket.close()


class Speaker:
    """The owner, who changes a ticket of the busy board again and again."""

    def __init__(self, caller: Caller, data: Data, server: Process) -> None:
        self._caller, self._server = caller, server
        self._ticket = f"{data.busy.path}/{data.busy.size}"
        self._connection = Connection(server.port)

    def change(self, audience: Audience) -> float:
        """What it costs to change the ticket and to tell the audience, in ms."""
        mark = next(marks)
        values = {"estimate": f"{int(mark[4:]) % 90 + 1}h"}
        tab = f"X-Tab-Id: {mark}"
        request = self._caller.request("PATCH", self._ticket, values, [tab])
        before = self._server.settled_cpu_ms()
        self._connection.ask(request)
        audience.await_all(mark.encode())
        return self._server.settled_cpu_ms() - before


def measure(plan: Plan, data: Data, caller: Caller, server: Process) -> list[Figure]:
    """On a server that has not done much else yet."""
    speaker = Speaker(caller, data, server)
    alone = median(speaker.change(Audience()) for _ in range(EVENTS))
    before = server.memory_kb
    following = Audience().join(server.port, _openings(plan, data, followers=True), HELLO)
    others = Audience().join(server.port, _openings(plan, data, followers=False), HELLO)
    each_kb = (server.memory_kb - before) / plan.streams
    told = median(speaker.change(following) for _ in range(EVENTS))
    floor_ms = _loudspeaker_ms(len(following.connections), following.heard)
    following.leave()
    others.leave()
    number = len(following.connections)
    return [
        Figure(f"{number} sockets written to by bare gevent", floor_ms),
        Figure(
            f"{NAME}: an event to {number}",
            told - alone,
            limit=AT_MOST * floor_ms,
            limit_text=f"{AT_MOST:g} x bare gevent",
            details={"changeAloneMs": alone, "changeToldMs": told},
        ),
        Figure(
            f"{NAME}: {plan.streams} open, each",
            each_kb,
            "KB",
            limit=MOST_KILOBYTES,
            limit_text=f"{MOST_KILOBYTES:g} KB",
        ),
    ]


def _openings(plan: Plan, data: Data, *, followers: bool) -> Iterator[bytes]:
    """Requests for streams of the busy board, or for all the others, which hear nothing of it."""
    turns = (token for _ in range(STREAMS_PER_USER) for token in data.tokens)
    first, last = (0, plan.following) if followers else (plan.following, plan.streams)
    path = f"/api/projects/{data.busy.key}/events" if followers else "/api/users/events"
    for token in islice(turns, first, last):
        yield Caller(f"Authorization: Bearer {token}").get(path)


def _loudspeaker_ms(number: int, message: bytes) -> float:
    """What a bare gevent loop takes to write the same bytes to as many sockets."""
    found = MARK.search(message)
    if not found:
        raise ValueError(f"no mark in {message!r}")
    costs = []
    with processes.loudspeaker() as loop:
        listening = Audience().join(loop.port, [b"Hello"] * number, b"Hello")
        for _ in range(EVENTS):
            mark = next(marks).encode()
            before = loop.settled_cpu_ms()
            listening.connections[-1].socket.sendall(message.replace(found[0], mark))
            listening.await_all(mark)
            costs.append(loop.settled_cpu_ms() - before)
        listening.leave()
    return median(costs)
