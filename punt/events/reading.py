"""The event log as streams read it: entries after an id, and whom each one goes to."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, String, Text, exists, func, select, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from punt.models import Event, EventRecipient, Member

# A stream follows one of these: a project, or what concerns one user.
Topic = tuple[str, str]


class undecoded(GenericFunction[Any]):  # noqa: N801 - SQL functions are lower case
    """Text as it is stored: one that is not UTF-8 must not fail all that are read with it."""

    type = Text()
    inherit_cache = True


@compiles(undecoded)
def _as_it_is(element: undecoded, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(undecoded, "sqlite")
def _as_bytes(element: undecoded, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS BLOB)"


# Nothing in a row is judged here: whoever reads one that is damaged can still read the next.
_ENTRIES = select(
    Event.id,
    Event.type,
    undecoded(Event.data).label("data"),
    Event.project_id,
    Event.ticket_id,
    Event.tab_id,
    type_coerce(Event.created_at, String).label("created_at"),
)


@dataclass(frozen=True)
class Entry:
    """An event; `recipients` are the users whose own streams it goes to."""

    id: int
    type: str
    data: str | bytes
    project_id: str | None
    ticket_id: str | None
    tab_id: str | None
    created_at: str
    recipients: frozenset[str]

    @property
    def topics(self) -> set[Topic]:
        """The streams that this event goes to."""
        kind = "projects" if self.type.startswith("project.") else "users"
        found = {(kind, user_id) for user_id in self.recipients}
        return found | {("project", self.project_id)} if self.project_id else found

    @property
    def shows_role(self) -> bool:
        """Whether what it shows depends on the reader: a project names the reader's role in it."""
        return self.type in ("project.created", "project.updated")


def last_id(connection: Connection) -> int:
    """The id of the newest event; 0 when nothing ever happened."""
    return connection.scalar(select(func.max(Event.id))) or 0


def is_complete_after(connection: Connection, event_id: int) -> bool:
    """Whether every event after `event_id` is still in the log.

    So it is while that event itself is there, for the oldest are removed first. One that is not
    was removed, or happened in a past that a restored backup has undone.
    """
    if event_id == 0:
        return last_id(connection) == 0 or bool(
            connection.scalar(select(exists().where(Event.id == 1)))
        )
    return bool(connection.scalar(select(exists().where(Event.id == event_id))))


def entries_after(
    connection: Connection, event_id: int, most: int, topic: Topic | None = None
) -> list[Entry]:
    """Up to `most` events newer than `event_id`, oldest first; of one topic, or all."""
    query = _ENTRIES.where(Event.id > event_id).order_by(Event.id).limit(most)
    if topic and topic[0] == "project":
        query = query.where(Event.project_id == topic[1])
    elif topic:
        query = query.join(EventRecipient, EventRecipient.event_id == Event.id).where(
            EventRecipient.user_id == topic[1]
        )
    rows = connection.execute(query).all()
    recipients = _recipients(connection, [row.id for row in rows])
    return [Entry(**row._mapping, recipients=frozenset(recipients[row.id])) for row in rows]


def _recipients(connection: Connection, ids: list[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    if ids:
        query = select(EventRecipient.event_id, EventRecipient.user_id).where(
            EventRecipient.event_id.between(ids[0], ids[-1])
        )
        for event_id, user_id in connection.execute(query):
            found[event_id].add(user_id)
    return found


def roles_in(connection: Connection, project_id: str) -> dict[str, str]:
    """The role of each member of a project."""
    query = select(Member.user_id, Member.role).where(Member.project_id == project_id)
    return {row.user_id: row.role for row in connection.execute(query)}
