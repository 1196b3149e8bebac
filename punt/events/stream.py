"""The life of one event stream: hello, what was missed, what happens, silence, the end."""

import logging
from collections.abc import Iterator
from itertools import chain
from math import inf
from time import time

from gevent.queue import Empty
from sqlalchemy import Connection

from punt.events import reading
from punt.events.broker import Broker, Subscriber
from punt.events.messages import ANY_TIME, KEEPALIVE, Messages, notice
from punt.events.reading import Entry

logger = logging.getLogger("punt.events")

# How much of the log is in memory at once while a stream catches up; it stays there for as long as
# the reader takes.
ENTRIES_AT_ONCE = 10


class EventStream:
    """The bytes of a stream whose subscription began when `newest` was the newest event.

    With `resume`, the id of the last event that the client saw, it first gets what it missed.
    While it waits it holds no connection to the database and no context of the app. The server
    calls `close` when the stream is over, whoever has ended it.
    """

    def __init__(
        self,
        broker: Broker,
        subscriber: Subscriber,
        newest: int,
        resume: int | None,
        keepalive: float,
    ) -> None:
        self._broker, self._subscriber = broker, subscriber
        self._sent, self._resume, self._keepalive = newest, resume, keepalive
        expires = subscriber.listener.expires
        self._deadline = expires.timestamp() if expires else inf

    def __iter__(self) -> Iterator[bytes]:
        # Not one generator within another: thousands of streams wait in the depth of these calls.
        return chain(self._beginning(), self._live())

    def close(self) -> None:
        """Stop listening."""
        self._broker.unsubscribe(self._subscriber)

    @property
    def _is_over(self) -> bool:
        return self._subscriber.has_ended or time() >= self._deadline

    def _beginning(self) -> Iterator[bytes]:
        resume = self._resume
        lost = resume is not None and self._is_lost(resume)
        if resume is not None and not lost:
            self._sent = resume
        yield notice("connected", self._sent)
        if lost:
            yield notice("resync", self._sent)
        elif resume is not None:
            yield from self._missed(resume)

    def _is_lost(self, resume: int) -> bool:
        with self._broker.engine.connect() as connection:
            return not reading.is_complete_after(connection, resume)

    def _missed(self, after: int) -> Iterator[bytes]:
        listener = self._subscriber.listener
        while not self._is_over:
            with self._broker.engine.connect() as connection:
                entries = reading.entries_after(connection, after, ENTRIES_AT_ONCE, listener.topic)
                found = [
                    (entry.id, _message(entry, connection, listener.user_id))
                    for entry in entries
                    if listener.topic in entry.topics
                ]
            if not entries:
                return
            after = entries[-1].id
            del entries
            for event_id, message in found:
                if self._is_over:
                    return
                if message:
                    yield message
                    self._sent = event_id

    def _live(self) -> Iterator[bytes]:
        """What happens from now on; events up to `_sent` were sent before they come round again."""
        while (left := self._deadline - time()) > 0:
            try:
                item = self._subscriber.get(min(self._keepalive, left))
            except Empty:
                # Only a write can find out that the reader is gone.
                yield KEEPALIVE
                continue
            if item is None or time() >= self._deadline:
                return
            event_id, message = item
            if event_id == ANY_TIME or event_id > self._sent:
                self._sent = max(self._sent, event_id)
                yield message


def _message(entry: Entry, connection: Connection, user_id: str) -> bytes | None:
    """An event as `user_id` gets it; word to read anew when it is one that nobody can be told."""
    try:
        return Messages(entry, connection).for_user(user_id)
    except Exception:
        logger.exception("event %s could not be sent", entry.id)
        return notice("resync", entry.id)
