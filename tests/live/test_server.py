"""What the server itself answers for, seen from the wire: a real process, a raw socket."""

import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPResponse
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 10.0

SCRIPT = r"""
from gevent import monkey

monkey.patch_all()

import json, logging, sys
import gevent
from gevent.event import Event
from punt.server import Handler, Server

for name, value in json.loads(sys.argv[1]).items():
    setattr(Server if hasattr(Server, name) else Handler, name, value)

stopped = Event()
counts = {"reading": 0, "streams closed": 0, "stuck": [], "paths": []}


def stream():
    try:
        yield b"hello "
        stopped.wait()
        yield b"bye"
    finally:
        counts["streams closed"] += 1


def flood():
    try:
        while True:
            yield b"x" * 100_000
    finally:
        counts["streams closed"] += 1


def ahead(environ):
    # As many parts as fit, a bit of one that does not, and how many that makes.
    yield b"0"
    number = 1
    while environ["punt.send_now"](b"%100000d" % number):
        number += 1
    counts["stuck"].append(environ["SERVER_PROTOCOL"])
    yield b" were %d" % number


def silent():
    yield b"before "
    gevent.sleep(3 * Handler.io_seconds)
    yield b"after"


def in_chunks():
    yield b"one"
    yield b"two"


def late_bug():
    yield b"begun"
    raise RuntimeError("secret detail")


def answer(environ, path):
    if path == "/echo":
        counts["reading"] += 1
        return [environ["wsgi.input"].read()]
    if path == "/careful":
        try:
            return [environ["wsgi.input"].read()]
        except OSError as error:
            return [b"OSError " + type(error).__name__.encode()]
    if path == "/stubborn":
        try:
            return [environ["wsgi.input"].read()]
        except OSError:
            return [environ["wsgi.input"].read()]
    if path == "/counts":
        return [json.dumps(counts).encode()]
    if path == "/bug":
        raise RuntimeError("secret detail")
    if path == "/big":
        return [b"x" * 30_000_000]
    if path == "/ahead":
        return ahead(environ)
    generators = {
        "/stream": stream,
        "/flood": flood,
        "/silent": silent,
        "/in-chunks": in_chunks,
        "/late-bug": late_bug,
    }
    return generators[path]() if path in generators else [b"hello"]


def app(environ, start_response):
    path = environ["PATH_INFO"]
    counts["paths"].append(path)
    body = answer(environ, path)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return body


def on_stop():
    stopped.set()
    if "fails" in sys.argv:
        raise RuntimeError("on_stop failed")


log = logging.StreamHandler()
layout = "%(levelname)s %(name)s %(message)s %(fields)s"
log.setFormatter(logging.Formatter(layout, defaults={"fields": ""}))
logging.basicConfig(level=logging.INFO, handlers=[log])
server = Server(("127.0.0.1", 0), app, logger=logging.getLogger("our.logger"))
server.start()
print(server.server_port, flush=True)
server.serve_until_signalled(on_stop=on_stop)
print("returned", flush=True)
"""


class Live:
    """A server process and what it wrote to its log."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        assert process.stdout is not None
        self.process = process
        self.log = log
        self.port = int(process.stdout.readline())

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def ask(self, request: bytes) -> "Answer":
        with self.connect() as client:
            client.sendall(request)
            return Answer(client)

    def counts(self) -> Any:
        return json.loads(self.ask(get("/counts")).body)


class Answer:
    """One answer, read from the connection up to its own end and no further."""

    def __init__(self, client: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = client.recv(1)
            assert byte, f"connection closed after {head!r}"
            head += byte
        status, *lines = head.decode("latin-1").strip().split("\r\n")
        self.status = int(status.split()[1])
        self.headers = {
            name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)
        }
        length = int(self.headers.get("content-length", 0))
        self.body = b""
        while len(self.body) < length:
            data = client.recv(length - len(self.body))
            assert data, f"connection closed after {len(self.body)} of {length} bytes"
            self.body += data


def get(path: str, *headers: str) -> bytes:
    return request("GET", path, *headers)


def post(path: str, *headers: str, body: bytes = b"") -> bytes:
    return request("POST", path, *headers) + body


def request(method: str, path: str, *headers: str) -> bytes:
    return "\r\n".join((f"{method} {path} HTTP/1.1", "Host: punt", *headers, "", "")).encode()


def drain(client: socket.socket) -> bytes:
    """Everything up to the end of the connection."""
    data = b""
    while piece := client.recv(65536):
        data += piece
    return data


def ended(client: socket.socket) -> bool:
    """Whether the server has closed: a reset is as good as an end."""
    with suppress(ConnectionResetError):
        return client.recv(1) == b""
    return True


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return False


def pauses(seconds: float, count: int) -> Iterator[None]:
    """What makes a client slow."""
    for _ in range(count):
        time.sleep(seconds)
        yield


def reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def assert_refused(answer: Answer, status: int) -> None:
    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["connection"] == "close"
    assert answer.headers["x-request-id"]
    body = json.loads(answer.body)
    assert list(body) == ["error"]
    assert not re.search(r"secret|[a-z]Error|Traceback|gevent|\.py", body["error"])


@contextmanager
def serving(tmp_path: Path, *flags: str, **settings: float) -> Iterator[Live]:
    script = tmp_path / "serve.py"
    script.write_text(SCRIPT)
    log = tmp_path / "log"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, script, json.dumps(settings), *flags],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    with process:
        try:
            yield Live(process, log)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("live")) as server:
        yield server


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server whose patience is over in no time."""
    with serving(
        tmp_path_factory.mktemp("hasty"), idle_seconds=0.3, head_seconds=0.5, io_seconds=0.5
    ) as server:
        yield server


def test_requests_share_a_connection(live: Live) -> None:
    with live.connect() as client:
        for text in (b"one", b"two"):
            client.sendall(post("/echo", "Content-Length:  3 ", body=text))
            answer = Answer(client)
            assert (answer.status, answer.body) == (200, text)
            assert "connection" not in answer.headers


def test_requests_may_be_sent_ahead(live: Live) -> None:
    with live.connect() as client:
        client.sendall(post("/echo", "Content-Length: 3", body=b"one") + get("/"))
        assert [Answer(client).body, Answer(client).body] == [b"one", b"hello"]


def test_later_answers_are_not_late(live: Live) -> None:
    times = []
    with live.connect() as client:
        for _ in range(20):
            start = time.perf_counter()
            client.sendall(get("/"))
            Answer(client)
            times.append(time.perf_counter() - start)
    # The system acknowledges at once when a connection is young, so the first answer never waits.
    assert min(times[10:]) < 5 * times[0]


def test_client_may_end_the_connection(live: Live) -> None:
    with live.connect() as client:
        client.sendall(get("/", "Connection: foo, Close"))
        assert Answer(client).headers["connection"] == "close"
        assert ended(client)


def test_http_1_0_ends_the_connection(live: Live) -> None:
    with live.connect() as client:
        client.sendall(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert Answer(client).headers["connection"] == "close"
        assert ended(client)


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
def test_what_was_sent_without_waiting_is_whole_and_before_what_is_written_next(
    live: Live, version: str
) -> None:
    with live.connect() as client:
        client.sendall(f"GET /ahead {version}\r\n\r\n".encode())
        assert eventually(lambda: version in live.counts()["stuck"])
        with HTTPResponse(client) as answer:
            answer.begin()
            body = answer.read()
    parts, _, number = body.rpartition(b" were ")
    assert parts == b"0" + b"".join(b"%100000d" % each for each in range(1, int(number) + 1))


def test_raw_utf8_in_the_target_is_taken(live: Live) -> None:
    assert live.ask("GET /?q=à HTTP/1.1\r\n\r\n".encode()).status == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stop_finishes_what_is_under_way(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path) as server, server.connect() as idle, server.connect() as fresh:
        with server.connect() as stream, server.connect() as upload:
            idle.sendall(get("/"))
            Answer(idle)
            stream.sendall(get("/stream"))
            assert Answer(stream).headers["transfer-encoding"] == "chunked"
            upload.sendall(post("/echo", "Content-Length: 8", body=b"half"))
            assert eventually(lambda: server.counts()["reading"] == 1)

            server.process.send_signal(number)
            assert ended(idle)
            assert ended(fresh)
            assert b"bye" in drain(stream)
            with pytest.raises(ConnectionRefusedError):
                server.connect()
            server.process.send_signal(signal.SIGTERM)
            server.process.send_signal(signal.SIGINT)
            assert server.process.poll() is None

            upload.sendall(b"done")
            answer = Answer(upload)
            assert (answer.status, answer.body) == (200, b"halfdone")
            assert answer.headers["connection"] == "close"
            assert ended(upload)
        assert server.process.wait(PATIENCE) == 0
        assert server.process.stdout is not None
        assert server.process.stdout.read() == "returned\n"
        assert server.log.read_text() == ""


def test_stop_is_bounded(tmp_path: Path) -> None:
    with serving(tmp_path, stop_seconds=0.2) as server, server.connect() as upload:
        upload.sendall(post("/echo", "Content-Length: 8", body=b"half"))
        assert eventually(lambda: server.counts()["reading"] == 1)
        server.process.terminate()
        assert server.process.wait(PATIENCE) == 0
        assert server.log.read_text() == ""


def test_stop_survives_a_failing_callback(tmp_path: Path) -> None:
    with serving(tmp_path, "fails") as server:
        server.counts()
        server.process.terminate()
        assert server.process.wait(PATIENCE) == 0
        assert server.log.read_text().startswith("ERROR our.logger")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b"GET / HTTP/0.9\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\n\n", 400),
        (b"GET  / HTTP/1.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\n", 400),
        (b"GET /%s HTTP/1.1\r\n\r\n" % (b"x" * 9_000), 414),
        (b"GET /%s" % (b"x" * 100_000), 414),
        (get("/", "X-Long: " + "x" * 40_000), 431),
        (get("/", *["X-Many: 1"] * 200), 431),
        (get("/", "No colon"), 400),
        (get("/", "Space : before"), 400),
        (get("/", "X-Folded: a", " b"), 400),
        (get("/", "X-Nul: \0"), 400),
        (get("/", "X-Bare: a\rTransfer-Encoding: chunked"), 400),
        (post("/echo", "Content-Length: -1"), 400),
        (post("/echo", "Content-Length: +1", body=b"x"), 400),
        (post("/echo", "Content-Length: 1_0", body=b"x" * 10), 400),
        (post("/echo", "Content-Length: 0x1", body=b"x"), 400),
        (post("/echo", "Content-Length: \u00b9"), 400),
        (post("/echo", "Content-Length:"), 400),
        (post("/echo", "Content-Length: " + "9" * 5000), 400),
        (post("/echo", "Content-Length: 1", "Content-Length: 2", body=b"xx"), 400),
        (post("/echo", "Content-Length: 1, 2", body=b"xx"), 400),
        (post("/echo", "Content-Length: 1", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"), 400),
        (post("/echo", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), 400),
        (post("/echo", "Transfer-Encoding: gzip, chunked"), 400),
        (post("/echo", "Transfer-Encoding: identity"), 400),
        (post("/echo", "Transfer-Encoding: xchunked"), 400),
        (b"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ],
    ids=lambda value: str(value[:60]) if isinstance(value, bytes) else None,
)
def test_malformed_requests_are_refused(live: Live, data: bytes, status: int) -> None:
    before = live.counts()["paths"]
    with live.connect() as client:
        client.sendall(get("/"))
        assert Answer(client).status == 200
        client.sendall(data + get("/smuggled"))
        assert_refused(Answer(client), status)
        assert ended(client)
    assert live.counts()["paths"] == [*before, "/", "/counts"]


@pytest.mark.parametrize("path", ["/echo", "/careful"])
@pytest.mark.parametrize(
    "body",
    [
        b"zz\r\n",
        b"\r\n",
        b"-1\r\n",
        b"3\r\nabcdef\r\n",
        b"3\nabc\r\n",
        b"f" * 20,
        b"0\r\n\x01: b\r\n\r\n",
    ],
)
def test_malformed_chunks_end_the_connection(live: Live, path: str, body: bytes) -> None:
    with live.connect() as client:
        client.sendall(post(path, "Transfer-Encoding: chunked", body=body) + get("/smuggled"))
        answer = Answer(client)
        if path == "/echo":
            assert_refused(answer, 400)
        else:
            assert answer.body == b"OSError Refused"
            assert answer.headers["connection"] == "close"
        assert ended(client)
    assert "/smuggled" not in live.counts()["paths"]


def test_body_read_on_after_a_failure_ends_the_connection_too(live: Live) -> None:
    with live.connect() as client:
        chunks = b"x3\r\nabc\r\n0\r\n\r\n"
        client.sendall(post("/stubborn", "Transfer-Encoding: chunked", body=chunks))
        assert Answer(client).headers["connection"] == "close"
        assert ended(client)


def test_chunked_body_is_read(live: Live) -> None:
    with live.connect() as client:
        chunks = b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: 1\r\n\r\n"
        client.sendall(post("/echo", "Transfer-Encoding: Chunked", body=chunks) + get("/"))
        assert [Answer(client).body, Answer(client).body] == [b"abcde", b"hello"]


def test_upgrade_does_not_unlock_the_bare_connection(live: Live) -> None:
    with live.connect() as client:
        head = ("Connection: upgrade", "Upgrade: websocket", "Content-Length: 3")
        client.sendall(post("/echo", *head, body=b"abc") + get("/"))
        assert [Answer(client).body, Answer(client).body] == [b"abc", b"hello"]


def test_callers_request_id_is_kept_if_sane(live: Live) -> None:
    wrong = "Content-Length: x"
    kept = live.ask(post("/echo", "X-Request-Id: abc-1", wrong)).headers["x-request-id"]
    made = live.ask(post("/echo", "X-Request-Id: <b>", wrong)).headers["x-request-id"]
    assert kept == "abc-1"
    assert re.fullmatch("[0-9A-Z]{26}", made)


def test_refusal_owes_nothing_to_an_earlier_answer(live: Live) -> None:
    with live.connect() as client:
        client.sendall(get("/in-chunks", "X-Request-Id: abc-1"))
        received = b""
        while not received.endswith(b"\r\n0\r\n\r\n"):
            received += client.recv(100)
        client.sendall(b"nonsense\r\n\r\n")
        answer = Answer(client)
        assert_refused(answer, 400)
        assert answer.headers["x-request-id"] != "abc-1"


def test_bug_is_logged_and_not_shown(live: Live) -> None:
    answer = live.ask(get("/bug", "X-Request-Id: bug-1"))
    assert_refused(answer, 500)
    logged = live.log.read_text()
    assert re.search(r"ERROR our.logger Internal server error .*'bug-1'.*\nTraceback", logged)
    assert "RuntimeError: secret detail" in logged


def test_bug_in_a_begun_answer_cuts_it_off(live: Live) -> None:
    with live.connect() as client:
        client.sendall(get("/late-bug", "X-Request-Id: bug-2"))
        assert drain(client).endswith(b"\r\n5\r\nbegun\r\n")
    assert re.search(r"ERROR our.logger Internal server error .*'bug-2'", live.log.read_text())


def test_idle_connection_is_closed(hasty: Live) -> None:
    with hasty.connect() as client, hasty.connect() as silent:
        client.sendall(get("/"))
        Answer(client)
        assert ended(client)
        assert ended(silent)


@pytest.mark.parametrize("start", [b"G", b"GET / HTTP/1.1\r\nX-Slow: "])
def test_head_has_a_deadline_however_it_dribbles(hasty: Live, start: bytes) -> None:
    with hasty.connect() as client:
        client.sendall(start)
        client.settimeout(0.05)
        for _ in range(200):
            client.sendall(b"x")
            with suppress(TimeoutError):
                first = client.recv(1)
                break
        assert first == b"H"
        client.settimeout(PATIENCE)
        assert b" 408 Request Timeout\r\n" in drain(client)


def test_silent_sender_of_a_body_is_an_oserror_to_the_app(hasty: Live) -> None:
    assert_refused(hasty.ask(post("/echo", "Content-Length: 8", body=b"half")), 408)
    with hasty.connect() as client:
        client.sendall(post("/careful", "Content-Length: 8", body=b"half"))
        answer = Answer(client)
        assert answer.body == b"OSError Refused"
        assert answer.headers["connection"] == "close"
        assert ended(client)


def test_reader_that_takes_nothing_ends_its_stream(hasty: Live) -> None:
    closed = hasty.counts()["streams closed"]
    with hasty.connect() as client:
        client.sendall(get("/flood"))
        assert eventually(lambda: hasty.counts()["streams closed"] == closed + 1)


def test_slow_reader_gets_its_answer(hasty: Live) -> None:
    with hasty.connect() as client:
        client.sendall(get("/big", "Connection: close"))
        slow = b"".join(client.recv(1_000_000) for _ in pauses(0.04, 30))
        assert len(slow + drain(client)) > 30_000_000


def test_sender_without_a_pause_leaves_others_their_turn(live: Live) -> None:
    enough, done = Event(), Event()
    chunks = (b"1;" + b"x" * 8_000 + b"\r\nx\r\n") * 1_000

    def flood() -> None:
        with live.connect() as client:
            client.sendall(post("/echo", "Transfer-Encoding: chunked"))
            while not done.is_set():
                client.sendall(chunks)
                enough.set()

    thread = Thread(target=flood)
    thread.start()
    try:
        assert enough.wait(PATIENCE)
        assert live.ask(get("/")).status == 200
    finally:
        done.set()
        thread.join()


def test_stream_may_be_silent_for_longer_than_a_write_may_take(hasty: Live) -> None:
    with hasty.connect() as client:
        client.sendall(get("/silent", "Connection: close"))
        data = drain(client)
    assert b"before" in data
    assert data.endswith(b"5\r\nafter\r\n0\r\n\r\n")


def test_patience_running_out_is_no_error(hasty: Live) -> None:
    logged = hasty.log.read_text()
    assert "Traceback" not in logged
    assert "ERROR" not in logged


def test_clients_that_leave_are_no_error(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        for data in (
            b"",
            b"GE",
            b"GET / HTTP/1.1\r\nHost: pu",
            post("/echo", "Content-Length: 8", body=b"half"),
            post("/echo", "Transfer-Encoding: chunked", body=b"8\r\nhalf"),
            get("/big"),
            get("/flood"),
        ):
            for leave in (reset, socket.socket.close):
                client = server.connect()
                client.sendall(data)
                leave(client)
        assert eventually(lambda: server.counts()["streams closed"] == 2)
        server.process.terminate()
        assert server.process.wait(PATIENCE) == 0
        assert "Traceback" not in server.log.read_text()
        assert "ERROR" not in server.log.read_text()


def test_expect_continue(live: Live) -> None:
    with live.connect() as client:
        client.sendall(post("/echo", "Expect: 100-Continue", "Content-Length: 3"))
        assert Answer(client).status == 100
        client.sendall(b"abc" + get("/"))
        assert [Answer(client).body, Answer(client).body] == [b"abc", b"hello"]


def test_expect_continue_for_an_unwanted_body(live: Live) -> None:
    with live.connect() as client:
        client.sendall(post("/", "Expect: 100-continue", "Content-Length: 3"))
        answer = Answer(client)
        assert answer.status == 200
        assert answer.headers["connection"] == "close"
        assert ended(client)


def test_unwanted_body_does_not_cost_the_answer(live: Live) -> None:
    body = b"x" * 20_000_000
    answer = live.ask(post("/", f"Content-Length: {len(body)}", body=body))
    assert answer.body == b"hello"
    assert answer.headers["connection"] == "close"
