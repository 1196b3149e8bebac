"""Who listens to what: reads the log once, and hands each event to the streams that follow it."""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, cast

import gevent
import orjson
from flask import current_app
from gevent.event import Event as Signal
from sqlalchemy import Connection, Engine, event

from punt.errors import TooMany
from punt.events import reading
from punt.events.log import ACCESS_ENDED
from punt.events.messages import ANY_TIME, KEEPALIVE, Messages
from punt.events.reading import Entry, Topic
from punt.events.subscriber import Subscriber
from punt.extensions import db

logger = logging.getLogger("punt.events")

STREAMS_PER_USER = 10

# Another process does not wake us; this is how soon we notice what it wrote.
POLL_SECONDS = 0.5

# How late a silence may be broken, or an expired stream ended: no stream has a timer of its own.
TEND_SECONDS = 0.5

ENTRIES_AT_ONCE = 500
STREAMS_AT_ONCE = 100
SECONDS_TO_FIND_OUT = 0.05
SECONDS_AFTER_FAILURE = 1.0


def in_turns(subscribers: Iterable[Subscriber]) -> Iterator[Subscriber]:
    """Each of them; after so many it is the others' turn to be served."""
    for number, subscriber in enumerate(subscribers, 1):
        yield subscriber
        if number % STREAMS_AT_ONCE == 0:
            gevent.sleep(0)


class Broker:
    """The streams of one process."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._subscribers: dict[Topic, set[Subscriber]] = defaultdict(set)
        self._streams_of: Counter[str] = Counter()
        self._news = Signal()
        self._reader: gevent.Greenlet[..., None] | None = None
        self._cursor = 0

    def subscribe(self, subscriber: Subscriber) -> None:
        """Have a stream told from now on. `TooMany` when its user has as many as one may."""
        listener = subscriber.listener
        if self._streams_of[listener.user_id] >= STREAMS_PER_USER:
            self._find_out_who_left(listener.user_id)
        if self._streams_of[listener.user_id] >= STREAMS_PER_USER:
            raise TooMany(f"At most {STREAMS_PER_USER} event streams may be open at once")
        if not self._reader:
            with self.engine.connect() as connection:
                self._cursor = reading.last_id(connection)
            self._reader = gevent.spawn(self._read_on)
        self._subscribers[listener.topic].add(subscriber)
        self._streams_of[listener.user_id] += 1

    def _find_out_who_left(self, user_id: str) -> None:
        """Only a write tells that a reader is gone, and only the second one for certain."""
        for _ in range(2):
            for subscriber in self._everyone():
                if subscriber.listener.user_id == user_id:
                    subscriber.put(ANY_TIME, KEEPALIVE)
            gevent.sleep(SECONDS_TO_FIND_OUT)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Forget a stream; once more does no harm."""
        listener = subscriber.listener
        following = self._subscribers[listener.topic]
        if subscriber in following:
            following.remove(subscriber)
            self._streams_of[listener.user_id] -= 1
        if not following:
            del self._subscribers[listener.topic]
        if not self._streams_of[listener.user_id]:
            del self._streams_of[listener.user_id]

    def wake(self) -> None:
        """Something was committed."""
        self._news.set()

    def close(self) -> None:
        """End every stream."""
        for subscriber in self._everyone():
            subscriber.end()

    def _everyone(self) -> list[Subscriber]:
        return [each for following in self._subscribers.values() for each in following]

    def _read_on(self) -> None:
        """Hand out what is new, for as long as anyone listens; survive whatever goes wrong."""
        tending = gevent.spawn(self._tend)
        while self._subscribers:
            self._news.wait(POLL_SECONDS)
            self._news.clear()
            try:
                self._hand_out_news()
            except Exception:
                logger.exception("the event log could not be read")
                gevent.sleep(SECONDS_AFTER_FAILURE)
        self._reader = None
        tending.kill(block=False)

    def _tend(self) -> None:
        while True:
            gevent.sleep(TEND_SECONDS)
            try:
                for subscriber in in_turns(self._everyone()):
                    subscriber.tend()
            except Exception:
                logger.exception("the event streams could not be tended")

    def _hand_out_news(self) -> None:
        with self.engine.connect() as connection:
            while entries := reading.entries_after(connection, self._cursor, ENTRIES_AT_ONCE):
                for entry in entries:
                    self._cursor = entry.id
                    self._hand_out_or_end(entry, connection)

    def _hand_out_or_end(self, entry: Entry, connection: Connection) -> None:
        """Hand out one event; when that fails, its streams end, and get it when they resume."""
        try:
            self._hand_out(entry, connection)
        except Exception:
            logger.exception("event %s could not be handed out", entry.id)
            for topic in entry.topics:
                for subscriber in self._subscribers.get(topic, ()):
                    subscriber.end()

    def _hand_out(self, entry: Entry, connection: Connection) -> None:
        if entry.type == ACCESS_ENDED:
            self._end_access(orjson.loads(entry.data))
            return
        following = [each for topic in entry.topics for each in self._subscribers.get(topic, ())]
        if following:
            messages = Messages(entry, connection)
            for subscriber in in_turns(following):
                message = messages.for_user(subscriber.listener.user_id)
                if message:
                    subscriber.put(entry.id, message)

    def _end_access(self, whose: dict[str, Any]) -> None:
        for subscriber in self._everyone():
            if not subscriber.listener.matches(whose):
                continue
            if whose.keys() == {"project_id"}:
                # Nobody was put out: that the project is gone is the last they hear of it.
                subscriber.finish()
            else:
                subscriber.end()


@event.listens_for(db.session, "after_commit")
def _wake_the_streams(session: Any) -> None:
    if session.info.pop("recorded", False):
        cast(Broker, current_app.extensions["punt.broker"]).wake()


@event.listens_for(db.session, "after_rollback")
def _let_them_sleep(session: Any) -> None:
    session.info.pop("recorded", None)
