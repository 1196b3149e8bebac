"""The process: how it starts, what it refuses to start with, how it ends, what survives."""

import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping
from contextlib import closing, suppress
from http.client import HTTPException
from pathlib import Path
from threading import Thread

import pytest

from punt.config import SETTINGS
from tests.live.conftest import (
    PATIENCE,
    ROOT,
    Client,
    Server,
    Start,
    environment,
    eventually,
    file_ticket,
    make_project,
    register,
)

SETPRIV = shutil.which("setpriv")
# Root who is nobody special: what only others may write to is out of reach.
POWERLESS = [str(SETPRIV), "--securebits=+noroot", "--bounding-set=-all", "--inh-caps=-all"]


def run(
    command: list[str], directory: Path, settings: Mapping[str, object], powerless: bool = False
) -> "tuple[int, str]":
    """The exit code of a command that ends by itself, and what it said."""
    done = subprocess.run(
        [*(POWERLESS if powerless and os.geteuid() == 0 else []), sys.executable, *command],
        cwd=directory,
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return done.returncode, done.stdout + done.stderr


def test_it_says_where_it_listens_and_makes_its_data_directory(start: Start) -> None:
    server = start()

    assert Client(server).get("/auth/session").json == {}
    assert f"url=http://127.0.0.1:{server.port} " in server.log.read_text()
    assert {"punt.db", "secret_key", "uploads"} <= {each.name for each in server.data_dir.iterdir()}
    assert server.data_dir.stat().st_mode & 0o077 == 0
    assert (server.data_dir / "secret_key").stat().st_mode & 0o077 == 0


def test_as_long_as_there_are_no_accounts_the_log_says_how_to_make_one(start: Start) -> None:
    first = start()
    register(first, "ada")
    first.stop()
    second = start()
    second.stop()

    hint = re.search(r'event="no accounts yet" hint=(.*)', first.log.read_text())
    assert hint
    assert "POST /api/auth/register" in hint[1]
    assert "flask --app app create-admin" in hint[1]
    assert "no accounts" not in second.log.read_text()


def test_it_starts_from_any_directory_and_keeps_its_data_there(tmp_path: Path) -> None:
    server = Server(tmp_path, {"PUNT_DATA_DIR": ""})
    server.stop()

    assert (tmp_path / "data" / "punt.db").is_file()


def test_requests_share_a_connection_and_later_answers_are_not_late(server: Server) -> None:
    client = Client(server)
    times = []
    for _ in range(20):
        begun = time.perf_counter()
        assert client.get("/auth/session").status == 200
        times.append(time.perf_counter() - begun)

    # The system acknowledges at once when a connection is young, so the first answer never waits.
    assert min(times[10:]) < 5 * times[0]


def test_a_stop_finishes_what_is_under_way(start: Start) -> None:
    server = start()
    ada = register(server, "ada")
    stream = ada.listen("/users/events")
    assert stream.one().type == "connected"
    idle = Client(server)
    assert idle.get("/auth/session").status == 200
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as busy:
        body = b'{"name": "Ada Lovelace"}'
        head = f"PATCH /api/me HTTP/1.1\r\nHost: localhost\r\nCookie: {ada.cookie}\r\n"
        more = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        busy.sendall((head + more + "Expect: 100-continue\r\n\r\n").encode())
        assert busy.recv(4096).startswith(b"HTTP/1.1 100 ")

        server.process.terminate()
        assert stream.message() is None
        assert server.process.poll() is None
        busy.sendall(body)
        answer = b"".join(iter(lambda: busy.recv(4096), b""))

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"Ada Lovelace" in answer
    server.stop()
    assert server.log.read_text().endswith("event=stopped\n")


def test_what_was_acknowledged_survives_a_kill(start: Start) -> None:
    server = start(rate_limits="off")
    ada = register(server, "ada")
    project = make_project(ada)
    acknowledged: list[int] = []

    def write(client: Client) -> None:
        with suppress(OSError, HTTPException):
            while True:
                acknowledged.append(file_ticket(client, project)["number"])

    writers = [Thread(target=write, args=[ada.twin()]) for _ in range(8)]
    for writer in writers:
        writer.start()
    eventually(lambda: len(acknowledged) > 100)
    server.kill()
    for writer in writers:
        writer.join(PATIENCE)
    after = Client(start(), ada.username, ada.cookie)

    kept = [ticket["number"] for ticket in after.get(f"{project}/tickets?sort=number").json]
    assert set(acknowledged) <= set(kept)
    assert kept == list(range(1, len(kept) + 1))
    assert file_ticket(after, project)["number"] == len(kept) + 1


def test_a_restart_keeps_sessions_and_what_a_stream_missed(start: Start) -> None:
    server = start()
    ada = register(server, "ada")
    project = make_project(ada)
    stream = ada.listen(f"{project}/events")
    seen = stream.one().id
    ticket = file_ticket(ada, project)
    server.stop()
    key = (server.data_dir / "secret_key").read_text()
    after = Client(start(), ada.username, ada.cookie)

    assert after.get("/auth/session").json["user"]["username"] == ada.username
    assert (server.data_dir / "secret_key").read_text() == key
    resumed = after.listen(f"{project}/events", seen)
    assert [message.data for message in resumed.messages(2)[1:]] == [ticket]


def test_a_session_signed_with_another_key_is_none(start: Start) -> None:
    server = start(secret_key="the first of two keys")
    ada = register(server, "ada")
    server.stop()
    after = Client(start(secret_key="the second of two keys"), ada.username, ada.cookie)

    assert after.get("/me").status == 401
    assert after.sign_in().get("/me").json["username"] == ada.username
    assert not (server.data_dir / "secret_key").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUNT_PORT", "http"),
        ("PUNT_DATA_DIR", "/dev/null/punt"),
        ("PUNT_DATABASE_URL", "mssql://localhost/punt"),
        ("PUNT_DATABASE_URL", "sqlite:////dev/null/punt.db"),
        ("PUNT_RATE_LIMIT_LOGIN", "ten a day"),
        ("PUNT_HOST", "no.such.host.invalid"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named_in_one_line(
    tmp_path: Path, name: str, value: str
) -> None:
    settings = {"PUNT_PORT": 0, "PUNT_DATA_DIR": tmp_path / "data", name: value}

    code, said = run([str(ROOT / "wsgi.py")], tmp_path, settings)

    assert code == 1
    assert re.fullmatch(rf"punt: {name}\b.*\n", said)


def test_a_port_that_is_taken_is_named_in_one_line(server: Server, tmp_path: Path) -> None:
    code, said = run([str(ROOT / "wsgi.py")], tmp_path, {"PUNT_PORT": server.port})

    assert code == 1
    assert re.fullmatch(
        rf"punt: PUNT_HOST, PUNT_PORT: cannot listen on 127\.0\.0\.1:{server.port}: "
        r"Address already in use; .*choose another port\n",
        said,
    )


@pytest.mark.skipif(os.geteuid() == 0 and not SETPRIV, reason="nothing is unwritable for root")
def test_a_data_directory_that_cannot_be_written_to_is_named_in_one_line(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o500)
    settings = {"PUNT_PORT": 0, "PUNT_DATA_DIR": data}

    code, said = run([str(ROOT / "wsgi.py")], tmp_path, settings, powerless=True)

    assert code == 1
    refusal = f"punt: PUNT_DATA_DIR: cannot write to {data}: Permission denied; "
    assert said == refusal + "choose a directory that this user may write to\n"


def test_a_file_that_is_no_database_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "punt.db").write_bytes(b"no database" * 1000)
    settings = {"PUNT_PORT": 0, "PUNT_DATA_DIR": tmp_path}

    code, said = run([str(ROOT / "wsgi.py")], tmp_path, settings)

    assert code == 1
    assert said == "punt: PUNT_DATA_DIR: cannot use the database: file is not a database\n"
    assert (tmp_path / "punt.db").read_bytes() == b"no database" * 1000


def test_another_database_that_is_not_migrated_is_refused_in_one_line(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'other.db'}"
    settings = {"PUNT_PORT": 0, "PUNT_DATA_DIR": tmp_path / "data", "PUNT_DATABASE_URL": url}

    code, said = run([str(ROOT / "wsgi.py")], tmp_path, settings)

    assert code == 1
    refusal = "punt: PUNT_DATABASE_URL: the database is not migrated: "
    assert said == refusal + "run flask --app app db upgrade\n"


def test_its_help_lists_every_setting(tmp_path: Path) -> None:
    code, said = run([str(ROOT / "wsgi.py"), "--help"], tmp_path, {})

    assert code == 0
    assert re.findall(r"^  (PUNT_\w+) \(", said, re.MULTILINE) == [each.name for each in SETTINGS]
    assert list(tmp_path.iterdir()) == []


def test_an_argument_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    code, said = run([str(ROOT / "wsgi.py"), "--port", "80"], tmp_path, {})

    assert code == 2
    assert said.endswith("unrecognized arguments: --port 80\n")
    assert list(tmp_path.iterdir()) == []


def test_everyone_names_the_same_version(server: Server, tmp_path: Path) -> None:
    document = Client(server).get("/openapi.json").json
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    changes = (ROOT / "CHANGELOG.md").read_text()
    version = document["info"]["version"]

    assert run([str(ROOT / "wsgi.py"), "--version"], tmp_path, {}) == (0, f"punt {version}\n")
    assert re.findall(r"^## \[([^]]+)\]", changes, re.MULTILINE)[0] == version
    assert project["version"] == version
    assert f"version={version} " in server.log.read_text()


def test_a_database_from_a_later_version_is_left_alone(start: Start) -> None:
    server = start()
    server.stop()
    with closing(sqlite3.connect(server.data_dir / "punt.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = 'later'")
    settings = {"PUNT_PORT": 0, "PUNT_DATA_DIR": server.data_dir}

    code, said = run([str(ROOT / "wsgi.py")], server.data_dir.parent, settings)

    assert code == 1
    assert re.fullmatch(r"punt: PUNT_DATA_DIR\b.*newer than this program\n", said)


def test_another_database_is_migrated_by_hand(start: Start, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'other.db'}"
    settings = {"PUNT_DATA_DIR": tmp_path / "data", "PUNT_DATABASE_URL": url}

    code, _ = run(["-m", "flask", "--app", "app", "db", "upgrade"], ROOT, settings)
    ada = register(start(database_url=url), "ada")

    assert code == 0
    assert file_ticket(ada, make_project(ada))["number"] == 1
    assert not (tmp_path / "data" / "punt.db").exists()


def test_another_wsgi_server_may_serve_it(tmp_path: Path) -> None:
    settings = {"PUNT_DATA_DIR": tmp_path / "data"}

    code, said = run(["-c", "import wsgi; print(wsgi.app)"], ROOT, settings)

    assert (code, said) == (0, "<Flask 'punt'>\n")
    assert (tmp_path / "data" / "punt.db").is_file()
