"""The life of one event stream: hello, what was missed, what happens, silence, the end."""

import logging
from collections.abc import Iterator
from math import inf

from gevent.queue import Empty
from sqlalchemy import Connection, Engine

from punt.database import now
from punt.events import reading
from punt.events.broker import Subscriber
from punt.events.messages import ANY_TIME, KEEPALIVE, Messages, notice
from punt.events.reading import Entry

logger = logging.getLogger("punt.events")

# How much of the log is in memory at once while a stream catches up; it stays there for as long as
# the reader takes.
ENTRIES_AT_ONCE = 10


def messages(
    subscriber: Subscriber, engine: Engine, newest: int, resume: int | None, keepalive: float
) -> Iterator[bytes]:
    """The bytes of a stream whose subscription began when `newest` was the newest event.

    With `resume`, the id of the last event that the client saw, it first gets what it missed.
    While it waits it holds no connection to the database and no context of the app.
    """
    lost = resume is not None and _is_lost(engine, resume)
    sent = newest if resume is None or lost else resume
    yield notice("connected", sent)
    if lost:
        yield notice("resync", sent)
    elif resume is not None:
        for event_id, message in _missed(subscriber, engine, resume):
            yield message
            sent = event_id
    yield from _live(subscriber, sent, keepalive)


def _is_lost(engine: Engine, resume: int) -> bool:
    with engine.connect() as connection:
        return not reading.is_complete_after(connection, resume)


def _missed(subscriber: Subscriber, engine: Engine, after: int) -> Iterator[tuple[int, bytes]]:
    listener = subscriber.listener
    while not subscriber.has_ended and _seconds_left(subscriber) > 0:
        with engine.connect() as connection:
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
            if subscriber.has_ended or _seconds_left(subscriber) <= 0:
                return
            if message:
                yield event_id, message


def _message(entry: Entry, connection: Connection, user_id: str) -> bytes | None:
    """An event as `user_id` gets it; word to read anew when it is one that nobody can be told."""
    try:
        return Messages(entry, connection).for_user(user_id)
    except Exception:
        logger.exception("event %s could not be sent", entry.id)
        return notice("resync", entry.id)


def _live(subscriber: Subscriber, sent: int, keepalive: float) -> Iterator[bytes]:
    """What happens from now on; events up to `sent` were sent before they came round again."""
    while (left := _seconds_left(subscriber)) > 0:
        try:
            item = subscriber.get(min(keepalive, left))
        except Empty:
            # Only a write can find out that the reader is gone.
            yield KEEPALIVE
            continue
        if item is None or _seconds_left(subscriber) <= 0:
            return
        event_id, message = item
        if event_id == ANY_TIME or event_id > sent:
            sent = max(sent, event_id)
            yield message


def _seconds_left(subscriber: Subscriber) -> float:
    """Until the session or token runs out that the stream was opened with."""
    expires = subscriber.listener.expires
    return inf if expires is None else (expires - now()).total_seconds()
