"""gevent.pywsgi made strict about framing, bounded in all its waits and graceful in stopping."""

import errno
import json
import logging
import re
import signal
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException, responses
from io import BufferedReader, BytesIO
from socket import IPPROTO_TCP, SHUT_RD, SHUT_WR, TCP_NODELAY
from typing import Any, Literal

import gevent
from gevent.event import Event
from gevent.pool import Pool
from gevent.pywsgi import WSGIHandler, WSGIServer

from punt.logs import request_id
from punt.wire import Body, Refused, Wire

TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
REQUEST_LINE = re.compile(TOKEN + rb" [!-~\x80-\xff]+ HTTP/1\.[01]\r\n")
HEADER_LINE = re.compile(TOKEN + rb":[\t -~\x80-\xff]*\r\n")


class Handler(WSGIHandler):  # type: ignore[misc]
    """One connection: its requests one after the other."""

    idle_seconds = 75.0
    head_seconds = 20.0
    io_seconds = 30.0
    linger_seconds = 5.0
    max_request_line = 8 * 1024
    max_headers = 32 * 1024
    piece = 64 * 1024
    buffer = 1024  # held by each connection for as long as it is open

    def __init__(self, sock: Any, address: tuple[Any, ...], server: "Server") -> None:
        super().__init__(sock, address, server)
        self.rfile = BufferedReader(Wire(sock, "r"), self.buffer)

    def handle_one_request(self) -> Literal[True] | None:
        """Serve one request; None ends the connection."""
        self.headers: Any = {}
        self.headers_sent = self.response_use_chunked = False
        self.wsgi_input: Any = None
        self.unsent = b""
        try:
            if self.server.stopping or not self.await_request():
                return None
            with gevent.Timeout(self.head_seconds, Refused(408, "The request came too slowly")):
                self.read_head()
        except Refused as refusal:
            self.refuse(refusal.status, refusal.sentence)
        except OSError:
            return None
        else:
            self.environ = self.get_environ()
            self.application = self.server.application
            self.handle_one_response()
        if self.close_connection and not (self.wsgi_input and self.wsgi_input.finished):
            self.linger()
        return None if self.close_connection else True

    def await_request(self) -> bool:
        """Whether a request begins before the client leaves, idles too long or the server stops."""
        self.socket.settimeout(self.idle_seconds)
        self.server.idle.add(self)
        try:
            return bool(self.rfile.peek(1))
        finally:
            self.server.idle.discard(self)
            self.socket.settimeout(self.io_seconds)

    def read_head(self) -> None:
        line = self.read_line(self.max_request_line, 414)
        if not REQUEST_LINE.fullmatch(line):
            raise Refused(400, "The request line is malformed")
        self.command, self.path, self.request_version = line.decode("latin-1").rstrip().split(" ")
        block = b""
        while (line := self.read_line(self.max_headers - len(block), 431)) != b"\r\n":
            if not HEADER_LINE.fullmatch(line):
                raise Refused(400, "A request header is malformed")
            block += line.rstrip() + b"\r\n"
        try:
            self.headers = self.MessageClass(BytesIO(block), 0)
        except HTTPException as error:
            raise Refused(431, "The request has too many headers") from error
        self.content_length, self.chunked = self.framing()
        options = self.headers.get("Connection", "").lower().replace(" ", "").split(",")
        self.close_connection = self.request_version == "HTTP/1.0" or "close" in options

    def read_line(self, limit: int, too_long: int) -> bytes:
        line: bytes = self.rfile.readline(limit + 1)
        if len(line) > limit:
            raise Refused(too_long, "The head of the request is too long")
        return line

    def framing(self) -> tuple[int | None, bool]:
        """The body's length, or that it comes in chunks."""
        lengths = self.headers.get_all("Content-Length", [])
        codings = self.headers.get_all("Transfer-Encoding", [])
        # If a proxy saw another end, part of a body could pass for a request of somebody else.
        if len(lengths) + len(codings) > 1:
            raise Refused(400, "The length of the request body is given more than once")
        if codings and (codings[0].lower() != "chunked" or self.request_version == "HTTP/1.0"):
            raise Refused(400, "Transfer-Encoding must be chunked")
        if lengths and not re.fullmatch("[0-9]{1,18}", lengths[0]):
            raise Refused(400, "Content-Length must be a whole number")
        return int(lengths[0]) if lengths else None, bool(codings)

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        asks = self.socket if environ.get("HTTP_EXPECT", "").lower() == "100-continue" else None
        # Set for each request: pywsgi hands out the bare connection to whoever says "Upgrade".
        self.wsgi_input = Body(self.rfile, self.content_length, asks, self.chunked)
        environ |= {"wsgi.input": self.wsgi_input, "wsgi.input_terminated": True}
        environ["punt.send_now"] = self.send_now
        return environ

    def send_now(self, data: bytes) -> bool:
        """Send a part of an answer that has begun as far as it takes no waiting.

        Answers whether that was all of it; what is left goes before whatever is written next.
        """
        framed = b"%x\r\n%b\r\n" % (len(data), data) if self.response_use_chunked else data
        try:
            sent = self.socket.send(framed, timeout=0.0)
        except BlockingIOError:
            sent = 0
        self.unsent = framed[sent:]
        return not self.unsent

    def process_result(self) -> None:
        # The answer may take as long as its reader stays; what was asked need not be kept for it.
        self.environ = {}
        super().process_result()

    def finalize_headers(self) -> None:
        super().finalize_headers()
        if self.close_connection or self.server.stopping or not self.wsgi_input.finished:
            self.close_connection = True
            others = [pair for pair in self.response_headers if pair[0].lower() != b"connection"]
            self.response_headers[:] = [*others, (b"Connection", b"close")]

    def _sendall(self, data: bytes | bytearray) -> None:
        """Send in pieces, so that a slow reader of a large answer is not taken for a dead one."""
        data, self.unsent = self.unsent + data, b""
        try:
            for start in range(0, len(data), self.piece):
                self.socket.sendall(data[start : start + self.piece])
        except OSError as error:
            # pywsgi is silent about this error, and would log a timeout with its traceback.
            raise ConnectionResetError(errno.ECONNRESET, "The client is gone") from error

    def handle_error(self, _kind: object, error: BaseException, _trace: object) -> None:
        if isinstance(error, gevent.GreenletExit):
            raise error
        if isinstance(error, Refused):
            self.refuse(error.status, error.sentence)
        else:
            self.refuse(500, "Internal server error", error)

    def log_request(self) -> None:
        """Not here: the app does."""

    def refuse(self, status: int, sentence: str, bug: BaseException | None = None) -> None:
        """Answer in the API's envelope, unless another answer has begun, and close."""
        self.close_connection = True
        name = request_id(self.headers.get("X-Request-Id", ""))
        level = logging.ERROR if bug else logging.INFO
        fields = {"request": name, "status": status, "address": self.client_address[0]}
        self.server.logger.log(level, sentence, exc_info=bug, extra={"fields": fields})
        if self.headers_sent:
            return
        headers = [("Content-Type", "application/json"), ("X-Request-Id", name)]
        self.result = [json.dumps({"error": sentence}).encode()]
        with suppress(OSError):
            self.start_response(f"{status} {responses[status]}", headers)
            self.process_result()

    def linger(self) -> None:
        """Take in what is still being sent: closing on it could cost the client our answer."""
        with suppress(OSError), gevent.Timeout(self.linger_seconds, False):
            self.socket.shutdown(SHUT_WR)
            while self.rfile.read(self.piece):
                pass


class Server(WSGIServer):  # type: ignore[misc]
    """Serves `app` until the process is told to stop."""

    handler_class = Handler
    stop_seconds = 10.0

    def __init__(self, listener: tuple[str, int], app: Any, *, logger: logging.Logger) -> None:
        # Without a name given here, pywsgi asks the DNS for it at each start.
        name = {"SERVER_NAME": listener[0] or "localhost"}
        super().__init__(listener, app, log=None, spawn=Pool(), environ=name)
        self.logger = logger
        self.stopping = False
        self.idle: set[Handler] = set()

    def init_socket(self) -> None:
        super().init_socket()
        # Accepted sockets inherit it. Head and body are two writes: without it, the second one
        # waits until the client has acknowledged the first, which takes it 40 ms.
        self.socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)

    def serve_until_signalled(self, on_stop: Callable[[], object]) -> None:
        """Serve; at SIGTERM or SIGINT finish what is under way, for `stop_seconds` at most."""
        signalled = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(number, signalled.set)
        if not self.started:
            self.start()
        signalled.wait()
        self.stopping = True
        self.close()
        try:
            on_stop()
        except Exception:
            self.logger.exception("Could not end the event streams")
        for handler in list(self.idle):
            with suppress(OSError):
                handler.socket.shutdown(SHUT_RD)
        self.stop(self.stop_seconds)
