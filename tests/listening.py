"""What people hear on their streams: the log as streams read it, without a connection."""

from collections.abc import Callable
from typing import Any

import orjson
from flask import Flask
from sqlalchemy import Connection

from punt.events import reading
from punt.events.messages import Messages
from punt.events.reading import Topic
from punt.extensions import db
from tests.conftest import Person, project_id

Heard = Callable[[], list[dict[str, Any]]]


def listen(app: Flask, person: Person, project: str | None = None) -> Heard:
    """Answers what someone has heard from now on: of a project, or else of all that are theirs."""
    topic = ("project", project_id(app, project)) if project else ("projects", person.id)
    with app.app_context(), db.engine.connect() as connection:
        start = reading.last_id(connection)

    def heard() -> list[dict[str, Any]]:
        with app.app_context(), db.engine.connect() as connection:
            return _sent(connection, topic, person.id, start)

    return heard


def _sent(connection: Connection, topic: Topic, user_id: str, after: int) -> list[dict[str, Any]]:
    entries = reading.entries_after(connection, after, 1000, topic)
    messages = [
        Messages(entry, connection).for_user(user_id) for entry in entries if topic in entry.topics
    ]
    return [orjson.loads(each.partition(b"data: ")[2]) for each in messages if each]


def kinds(heard: Heard) -> list[str]:
    """The types of the events that were heard."""
    return [each["type"] for each in heard()]
