"""Killed again and again amid work: nothing acknowledged is lost, nothing is left half done."""

import os
import shutil
import sqlite3
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from hashlib import sha256
from http.client import HTTPException
from itertools import count
from pathlib import Path
from random import Random, randrange
from typing import Any

import pytest

from tests.live.conftest import (
    Client,
    Message,
    Server,
    Start,
    Stream,
    eventually,
    make_project,
    register,
)
from tests.live.test_concurrency import twins
from tests.live.test_uploads import attach, attachments_path, uploads

KILLS = 20
DESKS = 6


@pytest.fixture
def random() -> Random:
    """What chooses; a failure shows the seed, which CRASH_SEED brings back."""
    seed = int(os.environ.get("CRASH_SEED") or randrange(2**32))  # noqa: S311
    sys.stdout.write(f"CRASH_SEED={seed}\n")
    return Random(seed)  # noqa: S311


@dataclass
class Ticket:
    """A ticket as one may read it, the digests of its files included."""

    column_id: str
    description: str | None = None
    comments: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    id: str = field(default="", compare=False)
    stored_as: set[str] = field(default_factory=set, compare=False)


Tickets = dict[str, Ticket]


class Desk:
    """Someone at work on tickets that nobody else touches, though they share the columns.

    `known` is how those tickets are, by title, as far as changes were acknowledged; `hoped` is how
    they are if the change under way comes about.
    """

    def __init__(self, name: str, project: str, columns: list[str], random: Random) -> None:
        self.name, self.columns, self.random = name, columns, random
        self.path = f"{project}/tickets"
        self.known: Tickets = {}
        self.hoped: Tickets = {}
        self.acknowledged = 0
        self.words = (f"{name}-{number}" for number in count())
        # As many tickets come as go.
        self.chores = [*[self.file] * 5, *[self.delete] * 2, self.delete_some]
        self.chores += [*[self.change] * 4, *[self.change_some] * 2]
        self.chores += [*[self.upload] * 3, self.comment]

    def work(self, client: Client) -> None:
        """Make one change after another until the server is gone."""
        self.client = client
        with suppress(OSError, HTTPException):
            while True:
                self.hoped = deepcopy(self.known)
                chore = self.random.choice(self.chores if len(self.known) > 3 else [self.file])
                chore()
                self.known = self.hoped
                self.acknowledged += 1

    def send(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.client.ask(method, path, body)
        assert answer.status in (200, 201), answer.body
        return answer.json

    def some(self) -> list[str]:
        """The titles of a few of the tickets."""
        return self.random.sample(sorted(self.hoped), 3)

    def one(self) -> tuple[Ticket, str]:
        """One of the tickets, and its path."""
        ticket = self.hoped[self.some()[0]]
        return ticket, f"{self.path}/{ticket.id}"

    def place(self) -> dict[str, Any]:
        return {"columnId": self.random.choice(self.columns), "order": self.random.randint(0, 20)}

    def file(self) -> None:
        title, place = next(self.words), self.place()
        ticket = self.hoped[title] = Ticket(place["columnId"])
        ticket.id = self.send("POST", self.path, {"title": title, **place})["id"]

    def change(self) -> None:
        ticket, path = self.one()
        place, ticket.description = self.place(), next(self.words)
        ticket.column_id = place["columnId"]
        self.send("PATCH", path, {"description": ticket.description, **place})

    def change_some(self) -> None:
        tickets = [self.hoped[title] for title in self.some()]
        updates = {"description": next(self.words), "columnId": self.random.choice(self.columns)}
        for ticket in tickets:
            ticket.description, ticket.column_id = updates["description"], updates["columnId"]
        ids = [ticket.id for ticket in tickets]
        self.send("PATCH", self.path, {"ticketIds": ids, "updates": updates})

    def comment(self) -> None:
        ticket, path = self.one()
        ticket.comments.append(next(self.words))
        self.send("POST", f"{path}/comments", {"content": ticket.comments[-1]})

    def upload(self) -> None:
        ticket, path = self.one()
        name = f"{next(self.words)}.txt"
        content = name.encode() * self.random.randint(1, 50_000)
        ticket.files[name] = sha256(content).hexdigest()
        answer = attach(self.client, f"{path}/attachments", name.encode(), content)
        assert answer.status == 201, answer.body

    def delete(self) -> None:
        title = self.some()[0]
        self.send("DELETE", f"{self.path}/{self.hoped.pop(title).id}")

    def delete_some(self) -> None:
        ids = [self.hoped.pop(title).id for title in self.some()]
        self.send("DELETE", self.path, {"ticketIds": ids})


def kill_amid_work(server: Server, ada: Client, desks: list[Desk], random: Random) -> None:
    """Kill the server once some changes are acknowledged and others are under way."""
    enough = sum(desk.acknowledged for desk in desks) + random.randint(0, 50)
    with ThreadPoolExecutor(DESKS) as pool:
        working = list(map(pool.submit, [desk.work for desk in desks], twins(ada, DESKS)))
        eventually(lambda: sum(desk.acknowledged for desk in desks) >= enough)
        # Not for luck: to die at any point of a request, and not just after an answer.
        time.sleep(random.uniform(0, 0.02))
        server.kill()
    for each in working:
        each.result()
    assert "Traceback" not in server.log.read_text()


def assert_sound(data_dir: Path, copy: Path) -> None:
    """The database as the kill has left it, which the next start is to meet untouched."""
    copy.mkdir()
    for file in data_dir.glob("punt.db*"):
        shutil.copy(file, copy)
    with closing(sqlite3.connect(copy / "punt.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    shutil.rmtree(copy)


def hear_what_was_missed(stream: Stream, ada: Client, project: str) -> list[Message]:
    """All that the stream tells up to a change that is made now."""
    heard = [stream.one()]
    assert heard.pop().type == "connected"
    assert ada.patch(project, {"description": f"After {time.time_ns()}"}).status == 200
    while not heard or heard[-1].type != "project.updated":
        heard.append(stream.one())
    return heard


def read_all(ada: Client, project: str) -> Tickets:
    """Every ticket with all that hangs on it, by title."""
    found = {}
    for each in ada.get(f"{project}/tickets").json:
        path = f"{project}/tickets/{each['id']}"
        files = ada.get(f"{path}/attachments").json
        found[each["title"]] = Ticket(
            column_id=each["columnId"],
            description=each["description"],
            comments=[comment["content"] for comment in ada.get(f"{path}/comments").json],
            files={file["filename"]: digest_of(ada, file) for file in files},
            id=each["id"],
            stored_as={file["id"] for file in files},
        )
    return found


def digest_of(ada: Client, file: Any) -> str:
    answer = ada.get(file["url"].removeprefix("/api"))
    assert answer.status == 200
    return sha256(answer.body).hexdigest()


def assert_nothing_is_lost(desks: list[Desk], found: Tickets) -> None:
    """Each desk finds what it knows; or what it hoped for, as nobody can tell which."""
    for desk in desks:
        own = {title: each for title, each in found.items() if title.split("-")[0] == desk.name}
        if own != desk.hoped:
            assert own == desk.known
        desk.known = desk.hoped = own
    assert len(found) == sum(len(desk.known) for desk in desks)


def assert_board_is_as_told(heard: Iterable[Message], ada: Client, project: str) -> None:
    """Who follows the events has the very board that a reload shows; no number comes twice."""
    told: dict[str, list[str]] = defaultdict(list)
    numbers = []
    for message in heard:
        ticket = message.data
        if message.type in ("ticket.moved", "ticket.deleted"):
            next(column for column in told.values() if ticket["id"] in column).remove(ticket["id"])
        if message.type in ("ticket.moved", "ticket.created"):
            told[ticket["columnId"]].insert(ticket["order"], ticket["id"])
        if message.type == "ticket.created":
            numbers.append(ticket["number"])
    shown: dict[str, list[str]] = defaultdict(list)
    for ticket in ada.get(f"{project}/tickets?sort=order").json:
        assert ticket["order"] == len(shown[ticket["columnId"]])
        shown[ticket["columnId"]].append(ticket["id"])
    assert shown == {id_: column for id_, column in told.items() if column}
    assert numbers == list(range(1, len(numbers) + 1))


def ids_in_log(server: Server, after: int) -> list[int]:
    """The ids of all the events after this one."""
    with closing(sqlite3.connect(server.data_dir / "punt.db")) as database:
        rows = database.execute("SELECT id FROM events WHERE id > ? ORDER BY id", [after])
        return [row[0] for row in rows]


@pytest.mark.timeout(300)
def test_twenty_kills_lose_nothing_acknowledged_and_leave_nothing_half_done(
    start: Start, tmp_path: Path, random: Random
) -> None:
    server = start(rate_limits="off")
    ada = register(server, "ada")
    project = make_project(ada)
    columns = [column["id"] for column in ada.get(f"{project}/columns").json]
    elsewhere = attach(ada, attachments_path(ada, make_project(ada)), b"notes.txt", b"text").json
    desks = [Desk(str(n), project, columns, Random(random.random())) for n in range(DESKS)]  # noqa: S311
    stream = ada.listen(f"{project}/events")
    begun = stream.one().id
    heard: list[Message] = []

    for _ in range(KILLS):
        kill_amid_work(server, ada, desks, random)
        heard += iter(stream.message, None)
        assert_sound(server.data_dir, tmp_path / "copy")

        server = start(rate_limits="off")
        ada = Client(server, ada.username, ada.cookie)
        stream = ada.listen(f"{project}/events", heard[-1].id if heard else begun)
        heard += hear_what_was_missed(stream, ada, project)
        found = read_all(ada, project)
        assert_nothing_is_lost(desks, found)
        assert_board_is_as_told(heard, ada, project)
        named = set.union({elsewhere["id"]}, *(each.stored_as for each in found.values()))
        assert eventually(lambda: {file.name for file in uploads(server)} == named)  # noqa: B023

    assert [message.id for message in heard] == ids_in_log(server, begun)
