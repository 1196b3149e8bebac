"""What changed in a ticket, in words a person reads (contract, section 4, history)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson
from sqlalchemy import Table, insert, select

from punt.database import now
from punt.events.log import Actor
from punt.extensions import db
from punt.models import Ticket, TicketChange, User
from punt.tracker.ticket_documents import Document

MOST_CHARACTERS = 2000

AS_THEY_ARE = (
    "title",
    "description",
    "type",
    "priority",
    "order",
    "storyPoints",
    "estimate",
    "startDate",
    "dueDate",
    "environment",
    "affectedVersion",
    "fixVersion",
    "resolution",
)


@dataclass(frozen=True)
class Difference:
    """A field that changed, with values as a person reads them."""

    field: str
    old: Any
    new: Any


_INSERT = insert(cast(Table, TicketChange.__table__))

Reader = Callable[[Document], Any]


def _plain(name: str) -> Reader:
    return lambda shown: shown[name]


def _name_of(what: str, name: str = "name") -> Reader:
    return lambda shown: shown[what] and shown[what][name]


def _names_of(what: str) -> Reader:
    return lambda shown: ", ".join(each["name"] for each in shown[what]) or None


# The field, what tells whether it changed, and how a person reads it.
FIELDS: tuple[tuple[str, Reader, Reader], ...] = (
    *((name, _plain(name), _plain(name)) for name in AS_THEY_ARE),
    ("columnId", _plain("columnId"), _name_of("column")),
    ("assigneeId", _plain("assigneeId"), _name_of("assignee")),
    ("sprintId", _plain("sprintId"), _name_of("sprint")),
    ("parentId", _plain("parentId"), _name_of("parent", "key")),
    ("labelIds", _plain("labels"), _names_of("labels")),
    ("watcherIds", _plain("watchers"), _names_of("watchers")),
)


def differences(before: Document, after: Document) -> list[Difference]:
    """The fields in which two showings of a ticket differ."""
    return [
        Difference(field, read(before), read(after))
        for field, compared, read in FIELDS
        if compared(before) != compared(after)
    ]


def write(ticket: Ticket, found: Sequence[Difference], actor: Actor) -> None:
    """Add to the history of a ticket."""
    moment = now()
    rows = [
        {
            "ticket_id": ticket.id,
            "field": each.field,
            "old_value": orjson.dumps(_clipped(each.old)).decode(),
            "new_value": orjson.dumps(_clipped(each.new)).decode(),
            "user_id": actor.user_id,
            "created_at": moment,
        }
        for each in found
    ]
    db.session.connection().execute(_INSERT, rows)


def _clipped(value: Any) -> Any:
    # Whole descriptions would make a history that no answer has room for.
    if isinstance(value, str) and len(value) > MOST_CHARACTERS:
        return value[: MOST_CHARACTERS - 1] + "…"
    return value


def entries(ticket: Ticket) -> list[dict[str, Any]]:
    """The history of a ticket, newest first: one entry for each changed field."""
    query = (
        select(TicketChange, User.name)
        .outerjoin(User, User.id == TicketChange.user_id)
        .where(TicketChange.ticket_id == ticket.id)
        .order_by(TicketChange.id.desc())
    )
    return [_entry(change, name) for change, name in db.session.execute(query)]


def _entry(change: TicketChange, name: str | None) -> dict[str, Any]:
    return {
        "id": change.id,
        "field": change.field,
        "old_value": orjson.loads(change.old_value),
        "new_value": orjson.loads(change.new_value),
        "changed_by": {"id": change.user_id, "name": name} if name else None,
        "changed_at": change.created_at,
    }
