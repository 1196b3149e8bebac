"""One open stream as the broker sees it: whose it is, and what its reader has and has not got."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import inf
from time import monotonic, time

from gevent.event import Event as Signal

from punt.events.messages import ANY_TIME, KEEPALIVE
from punt.events.reading import Topic

# What a reader may fall behind, besides what is on its way to it, before it is cut off, to catch up
# when it reconnects. The largest event takes about half of this.
MOST_BYTES_WAITING = 1024 * 1024

# Sends what takes no waiting, and answers whether that was all; the rest goes before whatever is
# written next.
SendNow = Callable[[bytes], bool]


@dataclass(frozen=True)
class Listener:
    """Whose stream it is, by which sign-in, what it follows, and until when."""

    topic: Topic
    user_id: str
    session_id: str | None
    token_id: str | None
    expires: datetime | None

    def matches(self, whose: dict[str, str]) -> bool:
        """Whether everything in `whose` is true of this listener."""
        project_id = self.topic[1] if self.topic[0] == "project" else None
        known = {**vars(self), "project_id": project_id}
        return all(known[name] == value for name, value in whose.items())


class Subscriber:
    """One open stream, and the messages that wait for it.

    Its greenlet writes what it gets from here. With `send_now`, a message that would wake it goes
    to the reader past it, as far as the connection takes it at once.
    """

    def __init__(self, listener: Listener, keepalive: float, send_now: SendNow | None) -> None:
        self.listener = listener
        # The newest event that the reader has got.
        self.sent = 0
        self.has_ended = False
        self._deadline = listener.expires.timestamp() if listener.expires else inf
        self._keepalive, self._send_now = keepalive, send_now
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._bytes_waiting = 0
        self._news = Signal()
        self._is_idle = False
        self._spoke = monotonic()

    @property
    def is_over(self) -> bool:
        """Whether nothing more may be sent than what waits."""
        return self.has_ended or time() >= self._deadline

    def put(self, event_id: int, message: bytes) -> None:
        """Have a message sent; a reader that is too far behind is cut off instead."""
        if self.is_over:
            return
        if self._is_idle and self._send_now:
            self._hand_over(event_id, message, self._send_now)
        elif self._bytes_waiting + len(message) > MOST_BYTES_WAITING:
            self.end()
        else:
            self._keep(event_id, message)

    def _hand_over(self, event_id: int, message: bytes, send_now: SendNow) -> None:
        if self._has(event_id):
            return
        self._note(event_id)
        try:
            if not send_now(message):
                # What the greenlet writes next takes the rest along.
                self._keep(ANY_TIME, KEEPALIVE)
        except OSError:
            self.end()

    def _keep(self, event_id: int, message: bytes) -> None:
        self._waiting.append((event_id, message))
        self._bytes_waiting += len(message)
        self._wake()

    def _has(self, event_id: int) -> bool:
        # The broker comes to every event, also to what a reader has been sent to catch up.
        return event_id != ANY_TIME and event_id <= self.sent

    def _note(self, event_id: int) -> None:
        if event_id != ANY_TIME:
            self.sent = event_id
        self._spoke = monotonic()

    def _wake(self) -> None:
        self._is_idle = False
        self._news.set()

    def get(self) -> bytes | None:
        """The next message, once there is one; None at the end."""
        while not self.is_over or self._waiting:
            if not self._waiting:
                self._rest()
                continue
            event_id, message = self._waiting.popleft()
            self._bytes_waiting -= len(message)
            if not self._has(event_id):
                self._note(event_id)
                return message
        return None

    def _rest(self) -> None:
        self._is_idle = True
        try:
            self._news.wait()
        finally:
            self._is_idle = False
        self._news.clear()

    def tend(self) -> None:
        """Break a silence that has lasted, and end what has expired."""
        if time() >= self._deadline:
            self.end()
        elif self._is_idle and monotonic() - self._spoke >= self._keepalive:
            # Only a write can find out that the reader is gone.
            self.put(ANY_TIME, KEEPALIVE)

    def end(self) -> None:
        """End the stream now, whatever still waits."""
        self._waiting.clear()
        self.finish()

    def finish(self) -> None:
        """End the stream when all that waits has been sent."""
        self.has_ended = True
        self._wake()
