"""The operator's commands at a terminal, and what a running server makes of them."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.live.conftest import (
    PASSWORD,
    PATIENCE,
    ROOT,
    Client,
    Start,
    environment,
    make_project,
    register,
    type_command,
)

NEW_PASSWORD = "Another-horse-2"


class Terminal:
    """A command at a terminal, where somebody answers what it asks."""

    def __init__(self, directory: Path, *args: str) -> None:
        self.ours, theirs = pty.openpty()
        self.shown = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "app", *args],
            cwd=ROOT,
            env=environment({"PUNT_DATA_DIR": directory}),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def read_until(self, question: str) -> None:
        """Wait for what it asks, or for its end."""
        while not re.search(question, self.shown):
            try:
                piece = os.read(self.ours, 4096).decode()
            except OSError:
                piece = ""
            assert piece, self.shown
            self.shown += piece

    def answer(self, question: str, text: str) -> None:
        """Wait for a question and type the answer."""
        self.read_until(question)
        self.shown = ""
        os.write(self.ours, f"{text}\n".encode())

    def end(self) -> int:
        """The status it exits with."""
        status = self.process.wait(PATIENCE)
        os.close(self.ours)
        return status


def test_a_password_is_asked_for_twice_and_not_shown(start: Start) -> None:
    server = start()
    terminal = Terminal(server.data_dir, "create-admin", "flo")
    terminal.answer(r"Password: ", PASSWORD)
    terminal.answer(r"Repeat for confirmation: ", PASSWORD)
    terminal.read_until("flo is a system admin now")
    assert PASSWORD not in terminal.shown
    assert terminal.end() == 0
    assert Client(server, "flo").sign_in().get("/me").json["isSystemAdmin"] is True


def test_a_password_that_is_repeated_wrongly_is_asked_for_again(start: Start) -> None:
    server = start()
    terminal = Terminal(server.data_dir, "create-admin", "flo")
    for first, second in ((PASSWORD, NEW_PASSWORD), (NEW_PASSWORD, NEW_PASSWORD)):
        terminal.answer(r"Password: ", first)
        terminal.answer(r"Repeat for confirmation: ", second)
    terminal.read_until("flo is a system admin now")
    assert terminal.end() == 0
    credentials = {"username": "flo", "password": NEW_PASSWORD}
    assert Client(server).post("/auth/callback/credentials", credentials).status == 200


def ends_everything(start: Start, change: Callable[[Path, Client], object]) -> Client:
    """Somebody whose streams have ended by a command; nobody else's have."""
    server = start()
    ada, bo = register(server, "ada"), register(server, "bo")
    project = make_project(ada)
    member = {"username": bo.username, "role": "member"}
    assert ada.post(f"{project}/members", member).status == 201
    streams = [bo.listen(path) for path in (f"{project}/events", "/users/events")]
    kept = ada.listen(f"{project}/events")
    assert [stream.one().type for stream in [*streams, kept]] == ["connected"] * 3
    change(server.data_dir, bo)
    assert [stream.message() for stream in streams] == [None, None]
    assert ada.patch(project, {"name": "Still there"}).status == 200
    assert kept.one().type == "project.updated"
    return bo


def test_a_reset_password_ends_the_streams_of_a_running_server(start: Start) -> None:
    bo = ends_everything(
        start,
        lambda data, bo: type_command(data, "reset-password", bo.username, given=NEW_PASSWORD),
    )
    assert bo.get("/me").status == 401


def test_disabling_a_user_ends_their_streams_on_a_running_server(start: Start) -> None:
    bo = ends_everything(start, lambda data, bo: type_command(data, "disable-user", bo.username))
    assert bo.get("/me").status == 403
    type_command(bo.server.data_dir, "enable-user", bo.username)
    assert bo.get("/me").status == 200


def test_the_commands_are_listed(tmp_path: Path) -> None:
    listed = type_command(tmp_path, "--help").stdout
    for command in ("create-admin", "reset-password", "disable-user", "enable-user", "backup",
                    "restore", "demo", "export", "import"):  # fmt: skip
        assert re.search(rf"^  {command} +[A-Z][^.]+\.$", listed, re.M), command


def test_a_setting_that_makes_no_sense_is_one_line(tmp_path: Path) -> None:
    for args in (["backup", "x"], ["create-admin", "flo"]):
        refused = type_command(tmp_path, *args, settings={"PUNT_PORT": "x"})
        assert refused.returncode == 1
        assert refused.stderr == "Error: PUNT_PORT must be a whole number from 0 to 65535\n"
