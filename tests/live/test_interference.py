"""Another program has its hands in the database: what it does there stops nobody else."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.live.conftest import Client, Server, Start, file_ticket, make_project, register
from tests.live.test_concurrency import at_once
from tests.live.test_streams import listen
from tests.live.test_uploads import attach, attachments_path, uploads


@contextmanager
def database_of(server: Server) -> Iterator[sqlite3.Connection]:
    """The server's database as another program sees it."""
    path = server.data_dir / "punt.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        yield database


def add_event(server: Server, project: str, **values: str) -> None:
    """Write an event of a project as SQL has it, by default one that is as it should be."""
    given = {"type": "'ticket.updated'", "data": "'{}'", "created_at": "created_at", **values}
    columns, read = ", ".join(given), ", ".join(given.values())
    with database_of(server) as database:
        database.execute(
            f"INSERT INTO events (project_id, {columns})"  # noqa: S608
            f" SELECT id, {read} FROM projects WHERE key = ?",
            [project.rpartition("/")[2]],
        )


unreadable = pytest.mark.parametrize(
    "values",
    [
        {"data": "'no JSON'"},
        {"data": "'no JSON'", "type": "'project.updated'"},
        {"data": "CAST(x'22ff22' AS TEXT)"},
        {"created_at": "x'ff'"},
    ],
    ids=["no JSON", "no project", "no UTF-8", "no time"],
)


@pytest.fixture
def doomed(start: Start) -> Iterator[Server]:
    """A server that logs a traceback, with which it would not count as having stopped cleanly."""
    server = start()
    yield server
    server.kill()


@unreadable
def test_an_event_that_cannot_be_read_ends_no_streams_but_its_own(
    doomed: Server, values: dict[str, str]
) -> None:
    ada, bo = register(doomed, "ada"), register(doomed, "bo")
    mine, theirs = make_project(ada), make_project(bo)
    stream, other = listen(ada, f"{mine}/events"), listen(bo, f"{theirs}/events")

    add_event(doomed, mine, **values)

    assert stream.message() is None
    for client, project, each in ((bo, theirs, other), (ada, mine, listen(ada, f"{mine}/events"))):
        made = file_ticket(client, project)
        assert each.one().data == made
    assert "could not be handed out" in doomed.log.read_text()


@unreadable
def test_who_missed_an_event_that_cannot_be_read_is_told_to_read_anew(
    doomed: Server, values: dict[str, str]
) -> None:
    ada = register(doomed, "ada")
    project = make_project(ada)
    seen = ada.listen(f"{project}/events").one().id
    add_event(doomed, project, **values)
    made = file_ticket(ada, project)

    resumed = listen(ada, f"{project}/events", seen)

    lost, after = resumed.messages(2)
    assert (lost.type, lost.id) == ("resync", seen + 1)
    assert (after.data, after.id) == (made, seen + 2)


def test_an_event_whose_time_makes_no_sense_is_sent_like_any_other(
    server: Server, ada: Client, project: str
) -> None:
    stream = listen(ada, f"{project}/events")

    add_event(server, project, created_at="'yesterday'")
    made = file_ticket(ada, project)

    odd, after = stream.messages(2)
    assert (odd.type, odd.data, odd.timestamp) == ("ticket.updated", {}, "yesterday")
    assert after.data == made
    resumed = listen(ada, f"{project}/events", odd.id - 1)
    assert resumed.messages(2) == [odd, after]


def test_an_upload_whose_key_cannot_be_kept_is_not_made(doomed: Server) -> None:
    ada = register(doomed, "ada")
    path = attachments_path(ada, make_project(ada))
    key = {"Idempotency-Key": "sent-again-when-that-is-mended"}
    with database_of(doomed) as database:
        database.execute(
            "CREATE TRIGGER obstacle BEFORE INSERT ON idempotency_keys"
            " BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        refused = attach(ada, path, b"notes.txt", b"text", **key)
        assert refused.status == 500
        assert (ada.get(path).json, uploads(doomed)) == ([], [])
        database.execute("DROP TRIGGER obstacle")

    made = attach(ada, path, b"notes.txt", b"text", **key)
    assert (made.status, ada.get(path).json) == (201, [made.json])
    assert made.headers["Idempotency-Replayed"] is None


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
