"""Clients as cheap as can be: requests made beforehand, raw sockets, one thread."""

import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from selectors import EVENT_READ, DefaultSelector

PIECE = 1024 * 1024
SECONDS_TO_ANSWER = 120.0
LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
HEAD_END = b"\r\n\r\n"
NO_BODY = (204, 304)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    head: str
    body: bytes

    def header(self, name: str) -> str:
        """The value of its header of this name."""
        return self.head.partition(f"\r\n{name}: ")[2].partition("\r\n")[0]


class Connection:
    """A connection that stays open, with one request at a time."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), SECONDS_TO_ANSWER)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = 0.0
        self._received = bytearray()
        self._expected: int | None = None

    def fileno(self) -> int:
        """For selectors."""
        return self.socket.fileno()

    def send(self, request: bytes) -> None:
        self._received, self._expected = bytearray(), None
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def read(self) -> bytes:
        """Whatever has come; waits for something."""
        piece = self.socket.recv(PIECE)
        if not piece:
            raise ConnectionError("the server has hung up")
        return piece

    def receive(self) -> bool:
        """Take in what has come; answers whether that is all."""
        self._received += self.read()
        if self._expected is None:
            self._expected = self._total()
        return self._expected is not None and len(self._received) >= self._expected

    def _total(self) -> int | None:
        head_end = self._received.find(HEAD_END)
        if head_end < 0:
            return None
        body_at = head_end + len(HEAD_END)
        if self.status in NO_BODY:
            return body_at
        length = LENGTH.search(self._received, 0, head_end)
        if length is None:
            raise ValueError(f"no length in {self._received[:head_end]!r}")
        return body_at + int(length[1])

    @property
    def status(self) -> int:
        """Of the answer that is coming in."""
        return int(self._received[9:12])

    @property
    def answer(self) -> Answer:
        """The answer, once it is complete."""
        head, _, body = self._received.partition(HEAD_END)
        return Answer(self.status, head.decode("latin-1"), bytes(body))

    @property
    def answer_bytes(self) -> int:
        """The length of the complete answer, with its head."""
        return len(self._received)

    def ask(self, request: bytes) -> Answer:
        """Make a request and wait for its answer."""
        self.send(request)
        while not self.receive():
            pass
        return self.answer


@dataclass
class Load:
    """What a server did in some seconds."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    answer_bytes: int = 0

    def count(self, connection: Connection, status: int) -> None:
        """Note a complete answer, which must have this status."""
        self.latencies.append(time.perf_counter() - connection.began)
        self.answer_bytes += connection.answer_bytes
        if connection.status != status:
            raise ValueError(f"expected {status}, got {connection.answer}")


def keep_busy(
    port: int, requests: Iterator[bytes], status: int, connections: int, seconds: float
) -> Load:
    """Have each of so many connections make one request after the other for so long."""
    load = Load()
    with DefaultSelector() as selector:
        opened = [Connection(port) for _ in range(connections)]
        began = time.perf_counter()
        for connection in opened:
            selector.register(connection, EVENT_READ, connection)
            connection.send(next(requests))
        while selector.get_map():
            for key, _ in selector.select(SECONDS_TO_ANSWER):
                connection = key.data
                if not connection.receive():
                    continue
                load.count(connection, status)
                if time.perf_counter() < began + seconds:
                    connection.send(next(requests))
                else:
                    selector.unregister(connection)
    load.seconds = time.perf_counter() - began
    for connection in opened:
        connection.socket.close()
    return load
