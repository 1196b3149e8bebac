"""Which tickets a list shows, and in what order (contract, section 4)."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    func,
    or_,
    select,
    tuple_,
    type_coerce,
)

from punt.database import folded
from punt.extensions import db
from punt.models import Column, Project, Ticket, User, ticket_labels
from punt.tracker.ticket_documents import SHOWN
from punt.tracker.ticket_references import find

PLAIN_FILTERS = ("sprint_id", "column_id", "type", "priority", "assignee_id", "parent_id")

Keys = tuple[Any, ...]

# Tickets without a due date come last, whichever way the list runs.
AFTER_ALL, BEFORE_ALL = "Z", ""


def conditions(project: Project, user: User, wanted: dict[str, Any]) -> list[ColumnElement[bool]]:
    """What the tickets of a project must be to answer the filters in `wanted`."""
    found: list[ColumnElement[bool]] = [Ticket.project_id == project.id]
    for name in PLAIN_FILTERS:
        if name in wanted:
            found.append(_any_of(getattr(Ticket, name), _resolved(name, wanted, project, user)))
    if "label_id" in wanted:
        found.append(_labelled(wanted["label_id"]))
    if "q" in wanted:
        found.append(_matches(project, wanted["q"]))
    return found


def _resolved(name: str, wanted: dict[str, Any], project: Project, user: User) -> list[Any]:
    values = wanted[name]
    if name == "assignee_id":
        return [user.id if value and value.lower() == "me" else value for value in values]
    if name == "parent_id":
        return [value and _parent_id(project, value) for value in values]
    return list(values)


def _parent_id(project: Project, reference: str) -> str:
    parent = find(project, reference)
    return parent.id if parent else reference


def _any_of(column: Any, values: list[Any]) -> ColumnElement[bool]:
    given = [value for value in values if value is not None]
    alternatives: list[ColumnElement[bool]] = [column.in_(given)] if given else []
    if None in values:
        alternatives.append(column.is_(None))
    return or_(*alternatives)


def _labelled(label_ids: list[str | None]) -> ColumnElement[bool]:
    given = [label_id for label_id in label_ids if label_id is not None]
    carriers = select(ticket_labels.c.ticket_id)
    alternatives: list[ColumnElement[bool]] = [
        Ticket.id.in_(carriers.where(ticket_labels.c.label_id.in_(given)))
    ]
    if None in label_ids:
        any_label = carriers.where(ticket_labels.c.ticket_id == Ticket.id)
        alternatives.append(~any_label.exists())
    return or_(*alternatives)


def _matches(project: Project, text: str) -> ColumnElement[bool]:
    """Every word stands in title or description, or the text is the ticket's key."""
    words = [Ticket.search_text.contains(word, autoescape=True) for word in folded(text).split()]
    key = re.fullmatch(rf"{project.key}-([0-9]{{1,9}})", text.strip(), re.IGNORECASE)
    return or_(and_(*words), Ticket.number == int(key[1])) if key else and_(*words)


def sort_keys(sort: str) -> Keys:
    """The expressions that `sort` orders by, ending in one that no two tickets share."""
    number = type_coerce(Ticket.number, Integer)
    absent = BEFORE_ALL if sort.startswith("-") else AFTER_ALL
    due = func.coalesce(type_coerce(Ticket.due_date, String), absent)
    return {
        "order": (Column.position, Ticket.position),
        "number": (number,),
        "priority": (type_coerce(Ticket.priority, Integer), number),
        "createdAt": (type_coerce(Ticket.created_at, String), number),
        "updatedAt": (type_coerce(Ticket.updated_at, String), number),
        "dueDate": (due, number),
    }[sort.removeprefix("-")]


def listed(where: Sequence[ColumnElement[bool]], sort: str) -> list[str]:
    """The JSON of all the tickets that `where` admits, in order."""
    return list(db.session.scalars(_sorted(where, sort)))


def _sorted(where: Sequence[ColumnElement[bool]], sort: str) -> Select[Any]:
    descending = sort.startswith("-")
    order = [key.desc() if descending else key for key in sort_keys(sort)]
    return SHOWN.where(*where).order_by(*order)


def page(
    where: Sequence[ColumnElement[bool]], sort: str, limit: int, after: Sequence[Any] | None
) -> tuple[list[str], list[Any] | None]:
    """The JSON of up to `limit` tickets behind the place `after`, and where the next begins."""
    keys = sort_keys(sort)
    query = _sorted(where, sort).add_columns(*keys)
    if after is not None:
        place, seen = tuple_(*keys), tuple_(*after)
        query = query.where(place < seen if sort.startswith("-") else place > seen)
    rows = db.session.execute(query.limit(limit + 1)).all()
    shown = [row[0] for row in rows[:limit]]
    return shown, list(rows[limit - 1][1:]) if len(rows) > limit else None


def count(where: Sequence[ColumnElement[bool]]) -> int:
    """How many tickets `where` admits."""
    return db.session.scalar(select(func.count()).select_from(Ticket).where(*where)) or 0


def in_sprint(sprint_id: str) -> list[str]:
    """The JSON of the tickets that are in a sprint now, by column, then position."""
    return listed([Ticket.sprint_id == sprint_id], "order")
