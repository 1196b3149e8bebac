"""Coming back to a stream: what was missed arrives once and in order, or a word that it is gone."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from tests.live.conftest import (
    Client,
    Message,
    Server,
    Stream,
    eventually,
    file_ticket,
    make_project,
    register,
)
from tests.live.test_streams import listen, titles


def logged(server: Server, project_id: str, after: int = 0) -> list[int]:
    """The ids of a project's events, as the log has them."""
    query = "SELECT id FROM events WHERE project_id = ? AND id > ? ORDER BY id"
    with closing(sqlite3.connect(server.data_dir / "punt.db")) as database:
        return [row[0] for row in database.execute(query, [project_id, after])]


def age(server: Server, up_to: int) -> None:
    """Make the events up to this one older than any that are kept."""
    then = "2001-01-01T00:00:00.000Z"
    with closing(sqlite3.connect(server.data_dir / "punt.db")) as database, database:
        database.execute("UPDATE events SET created_at = ? WHERE id <= ?", [then, up_to])


def until(stream: Stream, title: str) -> list[Message]:
    """The messages up to the one about the ticket of this title."""
    found = stream.messages(1)
    while found[-1].data["title"] != title:
        found += stream.messages(1)
    return found


@contextmanager
def writing(client: Client, project: str) -> Iterator[list[str]]:
    """Someone files tickets all the while; yields the titles that were acknowledged."""
    filed: list[str] = []
    enough = Event()

    def write() -> None:
        writer = client.twin()
        while not enough.is_set():
            filed.append(file_ticket(writer, project, f"number {len(filed)}")["title"])

    thread = Thread(target=write)
    thread.start()
    try:
        yield filed
    finally:
        enough.set()
        thread.join()


def test_many_who_come_back_at_different_points_during_writes_miss_and_repeat_nothing(
    server: Server, ada: Client, project: str
) -> None:
    start = ada.listen(f"{project}/events").one().id
    project_id = ada.get(project).json["id"]
    with writing(ada, project) as filed:
        assert eventually(lambda: len(filed) > 150)
        missed = logged(server, project_id)
        seen = [start, *missed[20:160:20]]
        resumed = [listen(ada, f"{project}/events", each) for each in seen]
        mark = len(filed)
        assert eventually(lambda: len(filed) > mark + 50)
    file_ticket(ada, project, "the last")

    for last, stream in zip(seen, resumed, strict=True):
        found = [message.id for message in until(stream, "the last")]
        assert found == logged(server, project_id, after=last)


def test_what_is_committed_while_a_long_absence_is_made_up_for_follows_it(
    server: Server, ada: Client, project: str
) -> None:
    start = ada.listen(f"{project}/events").one().id
    for number in range(30):
        file_ticket(ada, project, f"missed {number}", description="x" * 100_000)
    resumed = Stream(ada, f"{project}/events", start)
    for number in range(30):
        file_ticket(ada, project, f"meanwhile {number}")

    assert resumed.read().one().type == "connected"

    file_ticket(ada, project, "live")
    expected = [f"missed {number}" for number in range(30)]
    expected += [f"meanwhile {number}" for number in range(30)]
    assert titles(resumed, 61) == [*expected, "live"]


def test_a_stream_that_breaks_off_again_and_again_while_it_catches_up_comes_through(
    server: Server, ada: Client, project: str
) -> None:
    last = ada.listen(f"{project}/events").one().id
    for number in range(250):
        file_ticket(ada, project, str(number))
    found: list[str] = []
    while len(found) < 250:
        stream = listen(ada, f"{project}/events", last)
        messages = stream.messages(min(70, 250 - len(found)))
        stream.close()
        last = messages[-1].id
        found += [message.data["title"] for message in messages]

    assert found == [str(number) for number in range(250)]


def test_nothing_missed_is_nothing_sent(ada: Client, project: str) -> None:
    stream = listen(ada, f"{project}/events")
    file_ticket(ada, project, "seen")
    last = stream.one().id

    resumed = listen(ada, f"{project}/events", last)
    file_ticket(ada, project, "live")

    assert titles(resumed, 1) == ["live"]


class Pruned:
    """A server whose log had five tickets filed in it, the first three of them long ago."""

    def __init__(self, directory: Path) -> None:
        before = Server(directory, {})
        ada = register(before, "ada")
        self.project = make_project(ada)
        stream = listen(ada, f"{self.project}/events")
        self.titles = [f"ticket {number}" for number in range(5)]
        for title in self.titles:
            file_ticket(ada, self.project, title)
        ada.patch(f"{self.project}/tickets/1", {"priority": "High"})
        self.ids = [message.id for message in stream.messages(5)]
        self.histories = self.history(ada)
        before.stop()
        age(before, self.ids[2])
        self.server = Server(directory, {})
        self.username, self.cookie = ada.username, ada.cookie
        project_id = self.ada.get(self.project).json["id"]
        assert eventually(lambda: logged(self.server, project_id)[0] == self.ids[3])

    @property
    def ada(self) -> Client:
        """Ada, on a connection of this test's."""
        return Client(self.server, self.username, self.cookie)

    def history(self, client: Client) -> list[Any]:
        """The history of every ticket."""
        paths = [f"{self.project}/tickets/{number}/history" for number in range(1, 6)]
        return [client.get(path).json for path in paths]

    def listen(self, last: int) -> Stream:
        return listen(self.ada, f"{self.project}/events", last)


@pytest.fixture(scope="module")
def pruned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pruned]:
    """One such server for all tests that leave it running."""
    pruned = Pruned(tmp_path_factory.mktemp("pruned"))
    yield pruned
    pruned.server.stop()


def test_after_an_event_that_is_gone_comes_a_word_to_reload_and_then_what_happens(
    pruned: Pruned,
) -> None:
    streams = [pruned.listen(last) for last in (1, pruned.ids[0], pruned.ids[1])]
    resyncs = [stream.one() for stream in streams]
    assert [resync.type for resync in resyncs] == ["resync"] * 3

    file_ticket(pruned.ada, pruned.project, "live")

    assert [titles(stream, 1) for stream in streams] == [["live"]] * 3
    assert titles(pruned.listen(resyncs[0].id), 1) == ["live"]


def test_an_absence_that_the_log_still_covers_needs_no_reload(pruned: Pruned) -> None:
    assert titles(pruned.listen(pruned.ids[3]), 1) == pruned.titles[4:]


def test_what_is_pruned_from_the_log_stays_in_the_history(pruned: Pruned) -> None:
    assert pruned.histories[0][0]["field"] == "priority"
    assert pruned.history(pruned.ada) == pruned.histories
    listed = pruned.ada.get(f"{pruned.project}/tickets?sort=number").json
    assert [ticket["title"] for ticket in listed[:5]] == pruned.titles
