"""The recipes of README.md, pasted into a shell as they stand."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

import pytest

from tests.live.conftest import (
    PASSWORD,
    PATIENCE,
    Client,
    Server,
    environment,
    eventually,
    file_ticket,
    type_command,
)
from tests.live.readme import blocks, section

RECIPES = section("Recipes")
DEMO = "/projects/DEMO"

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="recipes are made with curl")


def recipe(title: str) -> str:
    """The commands of a recipe."""
    (commands,) = blocks("sh", section(title, RECIPES, "###"))
    return commands


@dataclass
class Desk:
    """A directory that somebody works in, with a shell."""

    directory: Path
    port: int

    def script(self, commands: str, port: int = 0) -> list[str]:
        """What bash is to run; recipes share a beginning."""
        _, beginning, *_ = blocks("sh", RECIPES)
        whole = f"{beginning}\n{commands}"
        assert "localhost:3000" in whole
        return ["bash", "-c", whole.replace("localhost:3000", f"localhost:{port or self.port}")]

    def run(
        self, commands: str, given: str = "", port: int = 0
    ) -> "subprocess.CompletedProcess[str]":
        """What becomes of the commands."""
        return subprocess.run(
            self.script(commands, port),
            cwd=self.directory,
            env=environment({"no_proxy": "localhost"}),
            input=given,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def paste(self, commands: str, given: str = "", port: int = 0) -> str:
        """What the commands print; they must not complain of anything."""
        done = self.run(commands, given, port)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    @contextmanager
    def left_running(self, commands: str, port: int) -> Iterator[Path]:
        """What the commands print, as it grows; they end with the block."""
        output = self.directory / "output"
        with output.open("a") as stdout:
            process = subprocess.Popen(
                self.script(commands, port),
                cwd=self.directory,
                env=environment({"no_proxy": "localhost"}),
                stdout=stdout,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        try:
            yield output
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)


class Relay(ThreadingTCPServer):
    """Stands between clients and a server, and can lose what the server says."""

    def __init__(self, target: int, loses: int = 0) -> None:
        super().__init__(("127.0.0.1", 0), Passing)
        self.target, self.loses = target, loses
        self.port: int = self.server_address[1]
        self.connections: list[socket.socket] = []
        self.accepting = Thread(target=self.serve_forever, args=[0.01])
        self.accepting.start()

    def cut(self) -> None:
        """Break every connection."""
        while self.connections:
            with suppress(OSError):
                self.connections.pop().shutdown(socket.SHUT_RDWR)

    def __exit__(self, *args: object) -> None:
        self.shutdown()
        self.accepting.join()
        self.cut()
        self.server_close()


class Passing(BaseRequestHandler):
    """One connection through the relay."""

    server: Relay

    def handle(self) -> None:
        ours = self.request
        with socket.create_connection(("127.0.0.1", self.server.target)) as theirs:
            self.server.connections += [ours, theirs]
            asking = Thread(target=self.pass_on, args=[ours, theirs])
            asking.start()
            if self.server.loses and theirs.recv(65536):
                self.server.loses -= 1
                self.server.cut()
            self.pass_on(theirs, ours)
            asking.join()

    def pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def ada(server: Server) -> Iterator[Client]:
    """The ada of the tour, who owns the sample project too."""
    ada = Client(server, "ada")
    account = {"username": "ada", "password": PASSWORD, "name": "Ada Lovelace"}
    assert ada.post("/auth/register", account).status == 201
    made = type_command(server.data_dir, "demo", "--owner", "ada")
    assert made.returncode == 0, made.stderr
    yield ada.sign_in()
    ada.close()


@pytest.fixture(scope="module")
def desk(ada: Client, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Where ada has signed in and made a token, by the first two recipes."""
    desk = Desk(tmp_path_factory.mktemp("desk"), ada.server.port)
    desk.paste(recipe("Sign in with a cookie jar"), PASSWORD + "\n")
    assert desk.paste(recipe("Use a token instead")) == "Ada Lovelace\n"
    return desk


def test_the_sample_project_is_made_by_the_command_that_is_shown() -> None:
    command, *_ = blocks("sh", RECIPES)
    assert command == ".venv/bin/flask --app app demo --owner ada\n"


def test_a_cookie_jar_is_signed_in(desk: Desk, ada: Client) -> None:
    printed = desk.paste(recipe("Sign in with a cookie jar"), PASSWORD + "\n")

    assert printed.strip()[:10] == ada.get("/auth/session").json["expires"][:10]
    assert "ada" in desk.paste('curl -sS -b jar "$API/me"')


def test_a_token_is_for_its_owner_only(desk: Desk, ada: Client) -> None:
    assert (desk.directory / "punt.curl").stat().st_mode & 0o077 == 0
    assert [token["name"] for token in ada.get("/me/tokens").json] == ["My laptop"]


def test_a_refusal_is_shown(desk: Desk) -> None:
    done = desk.run("""curl -sS -K punt.curl "$DEMO/tickets" -H "$JSON" -d '{}' | pick key""")

    assert (done.returncode, done.stdout) == (1, "")
    assert "Title is required" in done.stderr


def test_a_script_files_a_ticket(desk: Desk, ada: Client) -> None:
    before = {ticket["key"] for ticket in ada.get(f"{DEMO}/tickets").json}

    key = desk.paste(recipe("File a ticket from a script")).strip()

    ticket = ada.get(f"{DEMO}/tickets/{key}").json
    assert key not in before
    assert ticket["title"].endswith("is almost full")
    assert ticket["description"].startswith("Filesystem")


def test_the_tickets_of_the_sprint_are_closed(desk: Desk, ada: Client) -> None:
    before = ada.get(f"{DEMO}/sprints/active").json
    assert before["incompleteTicketCount"] > 0

    printed = desk.paste(recipe("Close all tickets of the sprint"))

    after = ada.get(f"{DEMO}/sprints/active").json
    assert int(printed) == before["incompleteTicketCount"]
    assert after["completedTicketCount"] == before["ticketCount"]


def newest_event(server: Server) -> str:
    """The id of the last event in the log."""
    with closing(sqlite3.connect(server.data_dir / "punt.db")) as connection:
        return str(connection.execute("SELECT max(id) FROM events").fetchone()[0])


def test_events_are_followed_over_lost_connections(desk: Desk, ada: Client) -> None:
    follow = recipe("Follow events")

    def titles(output: Path) -> list[str]:
        events = map(json.loads, output.read_text().splitlines())
        return [event["data"]["title"] for event in events if event["type"] == "ticket.created"]

    with Relay(desk.port) as relay, desk.left_running(follow, relay.port) as output:
        eventually(lambda: "connected" in output.read_text())
        file_ticket(ada, DEMO, "Seen")
        assert eventually(lambda: titles(output) == ["Seen"])
        relay.cut()
        file_ticket(ada, DEMO, "Missed")
        assert eventually(lambda: titles(output) == ["Seen", "Missed"])
        # What is printed is remembered a moment later.
        newest = newest_event(ada.server)
        assert eventually(lambda: (desk.directory / "last").read_text().strip() == newest)
    file_ticket(ada, DEMO, "Another day")
    with desk.left_running(follow, desk.port) as output:
        assert eventually(lambda: titles(output) == ["Seen", "Missed", "Another day"])


def test_only_what_changed_is_fetched(desk: Desk, ada: Client) -> None:
    poll = recipe("Poll cheaply")

    assert [desk.paste(poll) for _ in range(2)] == ["Changed: see tickets.json\n", "Nothing new\n"]
    ticket = file_ticket(ada, DEMO, "Look at me")
    assert desk.paste(poll) == "Changed: see tickets.json\n"
    assert desk.paste(poll) == "Nothing new\n"
    assert ticket in json.loads((desk.directory / "tickets.json").read_text())


def test_a_lost_answer_makes_no_second_ticket(desk: Desk, ada: Client) -> None:
    before = len(ada.get(f"{DEMO}/tickets").json)

    with Relay(desk.port, loses=1) as relay:
        done = desk.run(recipe("Retry safely"), port=relay.port)

    tickets = ada.get(f"{DEMO}/tickets?sort=-number").json
    assert relay.loses == 0
    assert done.returncode == 0
    assert done.stderr.startswith("curl: ")
    assert len(tickets) == before + 1
    assert tickets[0]["key"] == done.stdout.strip()
    assert tickets[0]["title"] == "Renew the certificate"


def test_all_pages_are_read(desk: Desk, ada: Client) -> None:
    printed = desk.paste(recipe("Page through everything"))

    tickets = ada.get(f"{DEMO}/tickets?sort=number").json
    assert len(tickets) >= 60
    assert printed.splitlines() == [f"{each['key']} {each['title']}" for each in tickets]
