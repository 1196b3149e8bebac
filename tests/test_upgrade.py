"""Databases of earlier versions: brought up to date with all that is in them, or left alone."""

import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from flask import Flask

from app import create_app
from punt import data_dir, migrations
from punt.config import Config, ConfigError
from punt.database import happening_at
from punt.extensions import db
from tests.conftest import PASSWORD, Person

# What a server at some revision kept: rows, and what the API showed of them to their owner. A
# revision without a file of its own takes over what the one before it kept.
KEPT = Path(__file__).parent / "upgrade_data"
REVISIONS = sorted(each.revision for each in ScriptDirectory(migrations.DIRECTORY).walk_revisions())

# Where `position` still counted from the top of the column.
BEFORE_SEGMENTS = "0002"

# When they were kept: an hour later a session would still be valid, and an answer remembered.
THEN = datetime(2026, 11, 20, 16, tzinfo=UTC)

FILE = b"a,b\n1,2\n"
TOKEN = "punt_DFkhE99_PCCOByjUcq3jVFXhbYxt9FcGsbyOOWPklpE"


def test_each_file_is_named_after_its_revision() -> None:
    assert REVISIONS[-1] == migrations.NEWEST
    for revision in REVISIONS:
        assert list(migrations.DIRECTORY.glob(f"versions/{revision}_*.py"))


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """PUNT on a data directory without a database."""
    app = create_app(Config(data_dir=tmp_path / "data", rate_limits="off", log_level="error"))
    yield app
    close(app)


def close(app: Flask) -> None:
    """Let go of the database's files."""
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def database(app: Flask) -> Path:
    """Where the database will be."""
    return data_dir.database(app.config["PUNT"])


@pytest.fixture(params=REVISIONS)
def old(request: pytest.FixtureRequest, run: Any, app: Flask, database: Path) -> Any:
    """Puts a database of each earlier revision there, and answers what the API then showed."""
    name = max(each.stem for each in KEPT.glob("*.sql") if each.stem <= request.param)
    assert run("db", "upgrade", name).exit_code == 0
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript((KEPT / f"{name}.sql").read_text())
        assert [table for table, rows in rows_of(connection).items() if not rows] == []
    answers = json.loads((KEPT / f"{name}.json").read_text())
    (attached,) = answers["/projects/APO/tickets/2/attachments"]
    (data_dir.uploads(app.config["PUNT"]) / attached["id"]).write_bytes(FILE)
    assert run("db", "upgrade", request.param).exit_code == 0
    return answers


@pytest.fixture
def upgraded(app: Flask, old: Any) -> Iterator[Any]:
    """A database of each earlier revision, brought up to date as a start does it."""
    migrations.upgrade(app, app.config["PUNT"])
    with happening_at(THEN):
        yield old


@pytest.fixture
def ada(app: Flask, upgraded: Any) -> Person:
    """The owner of the old project, who has signed in with the old password."""
    person = Person(upgraded["/me"]["id"], "ada", app.test_client())
    credentials = {"username": "ada", "password": PASSWORD}
    assert person.post("/auth/callback/credentials", credentials).status_code == 200
    return person


def rows_of(connection: sqlite3.Connection) -> dict[str, list[Any]]:
    """Every row, by table."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    tables = [name for (name,) in connection.execute(query) if name != "sqlite_sequence"]
    return {each: connection.execute(f"SELECT * FROM {each}").fetchall() for each in tables}  # noqa: S608


def content(database: Path) -> Any:
    """Every row of a database, and its schema."""
    with closing(sqlite3.connect(database)) as connection:
        schema = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name")
        return schema.fetchall(), rows_of(connection)


def parts_of_schema(database: Path) -> list[Any]:
    """The schema; a table that is made anew has its constraints in no certain order."""
    schema, _ = content(database)
    return [
        (type_, name, sorted(re.split(r",?\s*\n\s*", sql or ""))) for type_, name, sql in schema
    ]


# What was kept is there


def test_the_api_shows_what_it_showed_before(ada: Person, upgraded: Any) -> None:
    assert {path: ada.get(path).json for path in upgraded} == upgraded


def test_what_has_no_label_is_found_by_that(ada: Person, upgraded: Any) -> None:
    every = upgraded["/projects/APO/tickets?sort=number"]
    unlabelled = [each for each in every if not each["labels"]]
    assert ada.get("/projects/APO/tickets?sort=number&labelId=none").json == unlabelled
    assert 0 < len(unlabelled) < len(every)


def test_an_attached_file_can_be_downloaded(ada: Person, upgraded: Any) -> None:
    (attached,) = upgraded["/projects/APO/tickets/2/attachments"]
    with ada.get(attached["url"].removeprefix("/api")) as response:
        assert response.data == FILE


def test_an_old_token_works(app: Flask, upgraded: Any) -> None:
    script = Person("", "bob", app.test_client())
    script.client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
    assert script.get("/me").json["username"] == "bob"
    assert script.patch("/projects/APO/tickets/3", {"title": "Found"}).status_code == 200


def test_an_old_session_is_live_and_can_be_ended(ada: Person) -> None:
    old, _ = ada.get("/me/sessions").json
    assert (old["createdAt"], old["current"]) == ("2026-11-20T09:20:00.000Z", False)
    assert ada.delete(f"/me/sessions/{old['id']}").status_code == 200


def test_a_stream_resumes_where_it_was(ada: Person, listen: Any) -> None:
    ada.client.environ_base["HTTP_LAST_EVENT_ID"] = "26"
    stream = listen(ada, "/projects/APO/events")
    types = [json.loads(next(stream).partition(b"data: ")[2])["type"] for _ in range(3)]
    assert types == ["sprint.completed", "sprint.started", "member.deleted"]


def test_a_retry_of_an_old_request_does_nothing_again(ada: Person) -> None:
    key = {"Idempotency-Key": "a-script-s-own-key"}
    ticket = {"title": "Filed by a script", "type": "subtask", "parentId": "2"}
    again = ada.post("/projects/APO/tickets", ticket, headers=key)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json["number"] == 5


def test_work_goes_on(ada: Person) -> None:
    made = ada.post("/projects/APO/tickets", {"title": "Another leak"}).json
    assert (made["number"], made["order"]) == (6, 3)
    found = ada.get("/projects/APO/tickets?q=leak&sort=number").json
    assert [each["number"] for each in found] == [2, 6]
    changed = ada.patch("/projects/APO/tickets/2", {"title": "Dry", "description": None})
    assert changed.status_code == 200
    assert [each["number"] for each in ada.get("/projects/APO/tickets?q=leak").json] == [6]


def test_a_tall_column_keeps_its_order_forth_and_back(app: Flask, run: Any, database: Path) -> None:
    assert run("db", "upgrade", "0001").exit_code == 0
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript((KEPT / "0001.sql").read_text())
        heighten(connection, 200)
    assert run("db", "upgrade", BEFORE_SEGMENTS).exit_code == 0
    with closing(sqlite3.connect(database)) as connection:
        before = standing(connection, "position")

    assert run("db", "upgrade").exit_code == 0
    with closing(sqlite3.connect(database)) as connection:
        order = "position + (SELECT base FROM segments WHERE segments.id = segment_id)"
        assert standing(connection, order) == before
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []

    assert run("db", "downgrade", BEFORE_SEGMENTS).exit_code == 0
    with closing(sqlite3.connect(database)) as connection:
        assert standing(connection, "position") == before
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def heighten(connection: sqlite3.Connection, by: int) -> None:
    """Copy the lowest ticket of a column so many times, each below the one before."""
    copied = "SELECT * FROM tickets ORDER BY position DESC LIMIT 1"
    connection.row_factory = sqlite3.Row
    ticket = dict(connection.execute(copied).fetchone())
    names = ", ".join(f":{name}" for name in ticket)
    for more in range(1, by + 1):
        own = {"id": f"{more:026}", "number": 100 + more, "position": ticket["position"] + more}
        connection.execute(f"INSERT INTO tickets VALUES ({names})", ticket | own)  # noqa: S608
    connection.row_factory = None
    connection.commit()


def standing(connection: sqlite3.Connection, order: str) -> list[Any]:
    """Where each ticket stands, by its column."""
    query = f"SELECT column_id, {order}, id FROM tickets ORDER BY 1, 2"  # noqa: S608
    found = connection.execute(query).fetchall()
    assert len(found) > 200
    return found


@pytest.mark.usefixtures("upgraded")
def test_the_database_is_sound(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_the_migrations_make_what_the_models_say(run: Any) -> None:
    assert run("db", "upgrade").exit_code == 0
    checked = run("db", "check")
    assert (checked.exit_code, checked.exception) == (0, None), checked.output


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_an_upgrade_can_be_taken_back(
    run: Any, database: Path, ada: Person, upgraded: Any, revision: str
) -> None:
    schema = parts_of_schema(database)
    assert run("db", "downgrade", revision).exit_code == 0
    assert run("db", "upgrade").exit_code == 0
    assert parts_of_schema(database) == schema
    assert {path: ada.get(path).json for path in upgraded} == upgraded


# What goes wrong

Revise = Callable[[str], Path]


@pytest.fixture
def revise(tmp_path: Path) -> Revise:
    """Answers migrations with more revisions than ours, each of which does what its code says."""
    directory = tmp_path / "migrations"
    shutil.copytree(migrations.DIRECTORY, directory)
    newest = [REVISIONS[-1]]

    def add(code: str) -> Path:
        revision = f"{9000 + len(newest)}"
        head = "import sqlalchemy as sa\nfrom alembic import op\n"
        names = f"revision, down_revision = {revision!r}, {newest[-1]!r}\n"
        body = f"def upgrade():\n    {code}\n"
        (directory / "versions" / f"{revision}.py").write_text(head + names + body)
        newest.append(revision)
        return directory

    return add


RENAME = """op.execute("UPDATE projects SET name = 'Renamed'")"""
ADD = """op.add_column("projects", sa.Column("icon", sa.Text))"""
REBUILD = """
    with op.batch_alter_table("{table}", recreate="always") as table:
        table.add_column(sa.Column("icon", sa.Text))"""


@pytest.mark.usefixtures("old")
def test_an_upgrade_that_fails_halfway_leaves_all_as_it_was(
    run: Any, database: Path, revise: Revise
) -> None:
    before = content(database)
    for code in (RENAME, ADD, REBUILD.format(table="tickets"), 'op.drop_table("comments")'):
        revise(code)

    failed = run("db", "upgrade", "-d", revise('op.execute("nonsense")'))

    assert failed.exit_code != 0
    assert content(database) == before


@pytest.mark.usefixtures("old")
@pytest.mark.parametrize("table", ["projects", "users", "tickets", "sprints", "events"])
def test_a_table_is_made_anew_without_losing_what_refers_to_it(
    run: Any, database: Path, revise: Revise, table: str
) -> None:
    assert run("db", "upgrade").exit_code == 0
    schema, before = content(database)

    assert run("db", "upgrade", "-d", revise(REBUILD.format(table=table))).exit_code == 0

    new_schema, after = content(database)
    assert [each[:2] for each in new_schema] == [each[:2] for each in schema]
    assert after.pop("alembic_version") != before.pop("alembic_version")
    before[table] = [(*row, None) for row in before[table]]
    assert after == before


@pytest.fixture
def writer(app: Flask, database: Path, old: Any) -> Iterator[sqlite3.Connection]:
    """Another process, in the middle of a write."""
    close(app)
    with closing(sqlite3.connect(database, check_same_thread=False)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE users SET name = 'Written meanwhile'")
        yield connection


def test_an_upgrade_waits_for_whoever_writes(
    run: Any, revise: Revise, writer: sqlite3.Connection
) -> None:
    later = Timer(0.5, writer.commit)
    later.start()

    upgraded = run("db", "upgrade", "-d", revise(ADD))

    later.join()
    assert upgraded.exit_code == 0, upgraded.output
    names = writer.execute("SELECT DISTINCT name FROM users").fetchall()
    assert names == [("Written meanwhile",)]


def test_without_an_upgrade_to_make_nobody_waits(app: Flask, writer: sqlite3.Connection) -> None:
    writer.rollback()
    migrations.upgrade(app, app.config["PUNT"])
    writer.execute("BEGIN IMMEDIATE")

    migrations.upgrade(app, app.config["PUNT"])

    assert writer.in_transaction


def test_a_database_of_a_later_version_is_not_touched(
    app: Flask, run: Any, database: Path, revise: Revise
) -> None:
    assert run("db", "upgrade", "-d", revise(ADD)).exit_code == 0
    close(app)
    before = database.read_bytes()

    with pytest.raises(ConfigError, match="newer than this program"):
        migrations.upgrade(app, app.config["PUNT"])

    close(app)
    assert database.read_bytes() == before
