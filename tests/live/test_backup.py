"""A backup of a server that people are working on, and a server made from it elsewhere."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

from punt import data_dir
from punt.config import Config
from tests.live.conftest import (
    PATIENCE,
    ROOT,
    Answer,
    Client,
    Server,
    Start,
    environment,
    eventually,
    make_project,
    register,
    type_command,
)

WRITERS = 4
HEAD = '--b\r\nContent-Disposition: form-data; name="file"; filename="note.txt"\r\n\r\n'
TAIL = "\r\n--b--\r\n"


def attach(client: Client, path: str, content: str) -> Any:
    """Send a text as a browser's form does."""
    headers = client.headers({"Content-Type": "multipart/form-data; boundary=b"})
    client.connection.request("POST", f"/api{path}", HEAD + content + TAIL, headers)
    response = client.connection.getresponse()
    answer = Answer(response.status, response.headers, response.read())
    assert answer.status == 201, answer.body
    return answer.json


class Writer:
    """Someone who files one ticket after another with a text on it, and takes every other off."""

    def __init__(self, client: Client, project: str) -> None:
        self.client, self.tickets = client, f"{project}/tickets"
        self.acknowledged: list[str] = []
        self._enough = Event()
        self._thread = Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        for turn in count():
            title = f"{self.client.username} {turn}"
            ticket = self.client.post(self.tickets, {"title": title}).json
            attachments = f"{self.tickets}/{ticket['number']}/attachments"
            attached = attach(self.client, attachments, title)
            if turn % 2:
                assert self.client.delete(f"{attachments}/{attached['id']}").status == 200
            self.acknowledged.append(title)
            if self._enough.is_set():
                return

    def finish(self) -> None:
        """Stop after the present turn."""
        self._enough.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()


def acknowledged(writers: list[Writer]) -> set[str]:
    """What the server has said to have written so far."""
    return {title for writer in writers for title in writer.acknowledged}


def is_whole(server: Server) -> bool:
    """Whether SQLite finds nothing wrong with a server's database."""
    with closing(sqlite3.connect(server.data_dir / "punt.db")) as connection:
        (state,) = connection.execute("PRAGMA integrity_check").fetchone()
        return state == "ok" and not connection.execute("PRAGMA foreign_key_check").fetchall()


def test_a_backup_under_load_has_all_that_was_acknowledged_before(
    start: Start, tmp_path: Path
) -> None:
    server = start(rate_limits="off")
    ada = register(server, "ada")
    project = make_project(ada)
    writers = [Writer(ada.twin(), project) for _ in range(WRITERS)]
    assert eventually(lambda: len(acknowledged(writers)) >= 40)
    before = acknowledged(writers)

    saved = type_command(server.data_dir, "backup", tmp_path / "saved")
    assert eventually(lambda: len(acknowledged(writers)) > len(before) + WRITERS)
    for writer in writers:
        writer.finish()

    assert (saved.returncode, saved.stderr) == (0, "")
    elsewhere = tmp_path / "elsewhere"
    restored = type_command(elsewhere / "data", "restore", tmp_path / "saved")
    assert (restored.returncode, restored.stderr) == (0, "")
    other = Server(elsewhere, {"PUNT_RATE_LIMITS": "off"})
    try:
        assert is_whole(other)
        check_tickets(Client(other, ada.username, ada.cookie), project, before)
    finally:
        other.stop()


def check_tickets(ada: Client, project: str, before: set[str]) -> None:
    """Every ticket that must be there is, and every text that is said to be on one."""
    tickets = ada.get(f"{project}/tickets")
    assert tickets.status == 200
    assert before <= {ticket["title"] for ticket in tickets.json}
    for ticket in tickets.json:
        path = f"{project}/tickets/{ticket['number']}"
        for attached in ada.get(f"{path}/attachments").json:
            text = ada.get(attached["url"].removeprefix("/api"))
            assert (text.status, text.body.decode()) == (200, ticket["title"])
    kept = {ticket["title"] for ticket in tickets.json if ticket["attachmentCount"]}
    assert {title for title in before if int(title.split()[-1]) % 2 == 0} <= kept


def test_the_old_server_goes_on_as_if_nothing_had_happened(start: Start, tmp_path: Path) -> None:
    server = start()
    ada = register(server, "ada")
    assert type_command(server.data_dir, "backup", tmp_path / "saved").returncode == 0
    project = make_project(ada)
    assert ada.get(project).status == 200


def test_a_running_server_is_not_restored_over(start: Start, tmp_path: Path) -> None:
    server = start()
    ada = register(server, "ada")
    type_command(server.data_dir, "backup", tmp_path / "saved")
    restored = type_command(server.data_dir, "restore", tmp_path / "saved", "--force")
    assert restored.returncode == 1
    assert restored.stderr.endswith(": it is in use: stop the server first\n")
    assert ada.get("/me").status == 200

    server.stop()
    restored = type_command(server.data_dir, "restore", tmp_path / "saved", "--force")
    assert restored.returncode == 0
    assert Client(start(), ada.username, ada.cookie).get("/me").status == 200


def test_a_killed_server_can_be_restored_over(start: Start, tmp_path: Path) -> None:
    server = start()
    ada = register(server, "ada")
    type_command(server.data_dir, "backup", tmp_path / "saved")
    project = make_project(ada)
    server.kill()
    restored = type_command(server.data_dir, "restore", tmp_path / "saved", "--force")
    assert restored.returncode == 0
    again = Client(start(), ada.username, ada.cookie)
    assert again.get("/me").status == 200
    assert again.get(project).status == 404


def test_a_server_does_not_start_while_a_backup_is_restored(start: Start) -> None:
    server = start()
    server.stop()
    settings = {"PUNT_PORT": 0, "PUNT_DATA_DIR": server.data_dir}
    with data_dir.hold_alone(Config(data_dir=server.data_dir)):
        refused = subprocess.run(
            [sys.executable, ROOT / "wsgi.py"],
            env=environment(settings),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    assert refused.returncode == 1
    assert refused.stderr.endswith(": a backup is being restored there\n")


def test_a_server_finishes_a_restore_that_was_cut_short(start: Start, tmp_path: Path) -> None:
    server = start()
    ada = register(server, "ada")
    server.stop()
    with closing(sqlite3.connect(server.data_dir / "punt.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    # As a crash leaves them: all that was saved is ready, and nothing is in its place yet.
    replacement = server.data_dir / "replacement"
    replacement.mkdir()
    for name in ("punt.db", "secret_key", "uploads"):
        (server.data_dir / name).rename(replacement / name)
    assert Client(start(), ada.username, ada.cookie).get("/me").status == 200
    assert not replacement.exists()
