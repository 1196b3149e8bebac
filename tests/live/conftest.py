"""A real server process, and people who talk to it over connections of their own."""

import json as jsonlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPMessage
from http.cookies import SimpleCookie
from itertools import count
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any, TypeVar

import pytest

ROOT = Path(__file__).parents[2]
PASSWORD = "Correct-horse-1"

# What takes longer than this will never come.
PATIENCE = 20.0

Found = TypeVar("Found")
Block = tuple[str, ...]

numbers = count(1)
opened: "list[Client | Stream]" = []


def eventually(look: Callable[[], Found]) -> Found:
    """What `look` finds as soon as it finds anything; what it found last when patience runs out."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return found


class Server:
    """`wsgi.py` as a process of its own, on a free port."""

    def __init__(self, directory: Path, settings: Mapping[str, object]) -> None:
        self.data_dir = directory / "data"
        self.log = directory / f"log-{next(numbers)}"
        given = {"PUNT_PORT": 0, "PUNT_DATA_DIR": self.data_dir, **settings}
        with self.log.open("w") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, ROOT / "wsgi.py"],
                cwd=directory,
                env=environment(given),
                stderr=stderr,
            )
        eventually(lambda: self.port or self.process.poll() is not None)
        if not self.port:
            self.kill()
            pytest.fail(self.log.read_text())

    @property
    def port(self) -> int:
        """The port that the log says we listen on; 0 before it says so."""
        found = re.search(r"event=listening .*url=http://[\w.]+:(\d+)", self.log.read_text())
        return int(found[1]) if found else 0

    def stop(self) -> None:
        """Ask it to stop, and see that it does so cleanly."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(PATIENCE)
        self.kill()
        assert self.process.returncode == 0
        assert "Traceback" not in self.log.read_text()

    def kill(self) -> None:
        """Let it die without a chance to tidy up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)


def environment(settings: Mapping[str, object]) -> dict[str, str]:
    """This process's environment with these settings of PUNT's and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PUNT_")}
    return kept | {name: str(value) for name, value in settings.items()}


def type_command(
    directory: Path, *args: object, given: str = "", settings: Mapping[str, object] | None = None
) -> "subprocess.CompletedProcess[str]":
    """A command of `flask --app app` on the data in `directory`, with `given` piped into it."""
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", *map(str, args)],
        cwd=ROOT,
        env=environment({"PUNT_DATA_DIR": directory, **(settings or {})}),
        input=given,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return jsonlib.loads(self.body)


class Client:
    """Someone with a connection that stays open and a cookie jar."""

    def __init__(self, server: Server, username: str = "", cookie: str = "") -> None:
        self.server, self.username, self.cookie = server, username, cookie
        self.id = ""
        self.connection = self.connect()
        opened.append(self)

    def close(self) -> None:
        """Hang up."""
        self.connection.close()

    def connect(self) -> HTTPConnection:
        """Another connection."""
        return HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE)

    def twin(self) -> "Client":
        """The same person on a connection of its own, for use in another thread."""
        return Client(self.server, self.username, self.cookie)

    def headers(self, headers: Mapping[str, str] | None = None) -> dict[str, str]:
        """`headers` and the cookie."""
        return {**({"Cookie": self.cookie} if self.cookie else {}), **(headers or {})}

    def ask(
        self, method: str, path: str, json: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Make a request and read the whole answer."""
        sent = self.headers(headers)
        if json is not None:
            sent["Content-Type"] = "application/json"
        body = None if json is None else jsonlib.dumps(json)
        self.connection.request(method, "/api" + path, body, sent)
        response = self.connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        for cookie in SimpleCookie(response.headers.get("Set-Cookie")).values():
            self.cookie = f"{cookie.key}={cookie.value}"
        return answer

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.ask("GET", path, None, headers)

    def post(self, path: str, json: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        return self.ask("POST", path, json, headers)

    def patch(
        self, path: str, json: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        return self.ask("PATCH", path, json, headers)

    def delete(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.ask("DELETE", path, None, headers)

    def listen(self, path: str, last_event_id: object = None) -> "Stream":
        """Open an event stream."""
        return Stream(self, path, last_event_id).read()

    def sign_in(self) -> "Client":
        """Fetch a cookie."""
        credentials = {"username": self.username, "password": PASSWORD}
        assert self.post("/auth/callback/credentials", credentials).status == 200
        return self


@dataclass(frozen=True)
class Message:
    """One event as a stream sent it."""

    id: int
    fields: tuple[str, ...]
    type: str
    data: Any
    tab_id: str | None
    timestamp: str | None


class Stream:
    """An open event stream, to be read by a thread of its own."""

    def __init__(self, client: Client, path: str, last_event_id: object = None) -> None:
        self.connection = client.connect()
        resume = {} if last_event_id is None else {"Last-Event-ID": str(last_event_id)}
        self.connection.request("GET", "/api" + path, headers=client.headers(resume))
        self.socket = self.connection.sock
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.socket.settimeout(None)
        self.blocks: Queue[Block | None] = Queue()
        self.reader = Thread(target=self._read, daemon=True)
        opened.append(self)

    def read(self) -> "Stream":
        """Begin to read."""
        self.reader.start()
        return self

    def _read(self) -> None:
        lines: list[str] = []
        with suppress(OSError, HTTPException):
            for line in self.response:
                if text := line.decode().removesuffix("\n"):
                    lines.append(text)
                else:
                    self.blocks.put(tuple(lines))
                    lines = []
        self.blocks.put(None)

    def block(self) -> Block | None:
        """The lines up to the next blank one, a comment's too; None at the end of the stream."""
        return self.blocks.get(timeout=PATIENCE)

    def message(self) -> Message | None:
        """The next message; None at the end of the stream."""
        while block := self.block():
            if not block[0].startswith(":"):
                return _message(block)
        return None

    def messages(self, count: int) -> list[Message]:
        """The next messages."""
        found = [self.message() for _ in range(count)]
        assert None not in found, f"the stream (status {self.status}) has ended"
        return [message for message in found if message]

    def one(self) -> Message:
        """The next message."""
        return self.messages(1)[0]

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        if self.reader.ident:
            self.reader.join(PATIENCE)
        self.response.close()
        self.connection.close()


def _message(block: Block) -> Message:
    pairs = [line.partition(": ") for line in block]
    values = {name: value for name, _, value in pairs}
    data = jsonlib.loads(values["data"])
    return Message(
        id=int(values["id"]),
        fields=tuple(name for name, _, _ in pairs),
        type=data["type"],
        data=data.get("data"),
        tab_id=data.get("tabId"),
        timestamp=data.get("timestamp"),
    )


@pytest.fixture(autouse=True)
def hang_up() -> Iterator[None]:
    """Close the connections that the test has opened."""
    yield
    while opened:
        opened.pop().close()


Start = Callable[..., Server]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a server on this test's data directory; whatever still runs at the end is stopped."""
    started: list[Server] = []

    def start(**settings: object) -> Server:
        given = {f"PUNT_{name.upper()}": value for name, value in settings.items()}
        started.append(Server(tmp_path, given))
        return started[-1]

    yield start
    try:
        for server in started:
            if server.process.poll() is None:
                server.stop()
    finally:
        for server in started:
            server.kill()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that leave it running."""
    server = Server(tmp_path_factory.mktemp("server"), {"PUNT_RATE_LIMITS": "off"})
    yield server
    server.stop()


def register(server: Server, name: str) -> Client:
    """Someone new, signed in; user names are numbered, as tests share a server."""
    client = Client(server, f"{name}-{next(numbers)}")
    account = {
        "username": client.username,
        "password": PASSWORD,
        "email": f"{client.username}@example.com",
    }
    made = client.post("/auth/register", account)
    assert made.status == 201, made.body
    client.id = made.json["id"]
    return client.sign_in()


@pytest.fixture
def ada(server: Server) -> Client:
    """The owner of the project."""
    return register(server, "ada")


@pytest.fixture
def bo(server: Server) -> Client:
    """Someone else, in no project yet."""
    return register(server, "bo")


@pytest.fixture
def ed(server: Server) -> Client:
    """A stranger to everyone's projects."""
    return register(server, "ed")


def make_project(owner: Client) -> str:
    """The path of a new project."""
    key = f"P{next(numbers)}"
    assert owner.post("/projects", {"name": "Apollo", "key": key}).status == 201
    return f"/projects/{key}"


@pytest.fixture
def project(ada: Client) -> str:
    """The path of ada's project."""
    return make_project(ada)


def file_ticket(client: Client, project: str, title: str = "Fix it", **fields: object) -> Any:
    """A new ticket."""
    made = client.post(f"{project}/tickets", {"title": title, **fields})
    assert made.status == 201, made.body
    return made.json
