"""The life of one event stream: hello, what was missed, what happens, silence, the end."""

import logging
from collections.abc import Iterator
from itertools import chain

from sqlalchemy import Connection

from punt.events import reading
from punt.events.broker import Broker
from punt.events.messages import Messages, notice
from punt.events.reading import Entry
from punt.events.subscriber import Subscriber

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
        self, broker: Broker, subscriber: Subscriber, newest: int, resume: int | None
    ) -> None:
        self._broker, self._subscriber, self._resume = broker, subscriber, resume
        subscriber.sent = newest

    def __iter__(self) -> Iterator[bytes]:
        # Not one generator within another: thousands of streams wait in the depth of these calls.
        return chain(self._beginning(), iter(self._subscriber.get, None))

    def close(self) -> None:
        """Stop listening."""
        self._broker.unsubscribe(self._subscriber)

    def _beginning(self) -> Iterator[bytes]:
        resume = self._resume
        lost = resume is not None and self._is_lost(resume)
        if resume is not None and not lost:
            self._subscriber.sent = resume
        yield notice("connected", self._subscriber.sent)
        if lost:
            yield notice("resync", self._subscriber.sent)
        elif resume is not None:
            yield from self._missed(resume)

    def _is_lost(self, resume: int) -> bool:
        with self._broker.engine.connect() as connection:
            return not reading.is_complete_after(connection, resume)

    def _missed(self, after: int) -> Iterator[bytes]:
        listener = self._subscriber.listener
        while not self._subscriber.is_over:
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
                if self._subscriber.is_over:
                    return
                if message:
                    yield message
                    self._subscriber.sent = event_id


def _message(entry: Entry, connection: Connection, user_id: str) -> bytes | None:
    """An event as `user_id` gets it; word to read anew when it is one that nobody can be told."""
    try:
        return Messages(entry, connection).for_user(user_id)
    except Exception:
        logger.exception("event %s could not be sent", entry.id)
        return notice("resync", entry.id)
