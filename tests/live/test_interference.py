"""Another program has its hands in the database: what it does there stops nobody else."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.live.conftest import Client, Server, Start, file_ticket, make_project, register
from tests.live.test_concurrency import at_once
from tests.live.test_streams import listen


@contextmanager
def database_of(server: Server) -> Iterator[sqlite3.Connection]:
    """The server's database as another program sees it."""
    path = server.data_dir / "punt.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        yield database


def damage(server: Server, project: str) -> None:
    """Write an event of a project that cannot be read."""
    values = "SELECT id, 'project.updated', 'no JSON', created_at FROM projects WHERE key = ?"
    with database_of(server) as database:
        database.execute(
            f"INSERT INTO events (project_id, type, data, created_at) {values}",  # noqa: S608
            [project.rpartition("/")[2]],
        )


@pytest.fixture
def doomed(start: Start) -> Iterator[Server]:
    """A server that logs a traceback, with which it would not count as having stopped cleanly."""
    server = start()
    yield server
    server.kill()


def test_an_event_that_cannot_be_read_ends_no_streams_but_its_own(doomed: Server) -> None:
    ada, bo = register(doomed, "ada"), register(doomed, "bo")
    mine, theirs = make_project(ada), make_project(bo)
    stream, other = listen(ada, f"{mine}/events"), listen(bo, f"{theirs}/events")

    damage(doomed, mine)

    assert stream.message() is None
    for client, project, each in ((bo, theirs, other), (ada, mine, listen(ada, f"{mine}/events"))):
        made = file_ticket(client, project)
        assert each.one().data == made
    assert "could not be handed out" in doomed.log.read_text()


def test_who_missed_an_event_that_cannot_be_read_is_told_to_read_anew(doomed: Server) -> None:
    ada = register(doomed, "ada")
    project = make_project(ada)
    seen = ada.listen(f"{project}/events").one().id
    damage(doomed, project)
    made = file_ticket(ada, project)

    resumed = listen(ada, f"{project}/events", seen)

    lost, after = resumed.messages(2)
    assert (lost.type, lost.id) == ("resync", seen + 1)
    assert (after.data, after.id) == (made, seen + 2)


def test_readers_not_seen_for_a_while_need_not_wait_for_another_program_that_writes(
    start: Start,
) -> None:
    server = start()
    ada = register(server, "ada")
    clients = [Client(server, ada.username).sign_in() for _ in range(4)]
    long_ago = "2001-01-01T00:00:00.000Z"
    with database_of(server) as database:
        database.execute("UPDATE sessions SET last_used_at = ?", [long_ago])
        database.execute("BEGIN IMMEDIATE")

        answers = at_once(lambda client: client.get("/me"), clients)

        assert database.in_transaction
    assert [(each.status, each.json["id"]) for each in answers] == [(200, ada.id)] * 4
    assert "could not be noted" in server.log.read_text()
    assert [each.get("/me").status for each in clients] == [200] * 4
    assert min(each["lastUsedAt"] for each in ada.get("/me/sessions").json) > long_ago
