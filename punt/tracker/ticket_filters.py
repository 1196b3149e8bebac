"""Which tickets a list shows (contract, section 4)."""

import re
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from punt.database import folded
from punt.models import Label, Project, Ticket, ticket_labels
from punt.tracker.ticket_references import find

PLAIN_FILTERS = ("sprint_id", "column_id", "type", "priority", "assignee_id", "parent_id")


def conditions(project: Project, user_id: str, wanted: dict[str, Any]) -> list[ColumnElement[bool]]:
    """What the tickets of a project must be to answer the filters in `wanted`."""
    found: list[ColumnElement[bool]] = []
    for name in PLAIN_FILTERS:
        if name in wanted:
            found.append(_any_of(getattr(Ticket, name), _resolved(name, wanted, project, user_id)))
    if "label_id" in wanted:
        found.append(_labelled(project, wanted["label_id"]))
    if "q" in wanted:
        found.append(_matches(project, wanted["q"]))
    return found


def _resolved(name: str, wanted: dict[str, Any], project: Project, user_id: str) -> list[Any]:
    values = wanted[name]
    if name == "assignee_id":
        return [user_id if value and value.lower() == "me" else value for value in values]
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


def _labelled(project: Project, label_ids: list[str | None]) -> ColumnElement[bool]:
    given = [label_id for label_id in label_ids if label_id is not None]
    carriers = select(ticket_labels.c.ticket_id).join(Label, Label.id == ticket_labels.c.label_id)
    carriers = carriers.where(Label.project_id == project.id, Label.id.in_(given))
    alternatives: list[ColumnElement[bool]] = [Ticket.id.in_(carriers)] if given else []
    if None in label_ids:
        any_label = select(ticket_labels.c.ticket_id).where(ticket_labels.c.ticket_id == Ticket.id)
        alternatives.append(~any_label.exists())
    return or_(*alternatives)


def _matches(project: Project, text: str) -> ColumnElement[bool]:
    """Every word stands in title or description, or the text is the ticket's key."""
    words = [Ticket.search_text.contains(word, autoescape=True) for word in folded(text).split()]
    key = re.fullmatch(rf"{project.key}-([0-9]{{1,9}})", text.strip(), re.IGNORECASE)
    return or_(and_(*words), Ticket.number == int(key[1])) if key else and_(*words)
