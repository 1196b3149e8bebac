"""Which tickets a list shows (contract, section 4)."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, distinct, func, or_, select

from punt.models import Column, Label, Project, Ticket, ticket_labels
from punt.tracker import filtering
from punt.tracker.filtering import Filter
from punt.tracker.ticket_references import find
from punt.tracker.ticket_search import search
from punt.unindexed import unindexed

PLAIN_FILTERS = ("sprint_id", "column_id", "type", "priority", "assignee_id", "parent_id")


def filters(project: Project, user_id: str, wanted: dict[str, Any]) -> list[Filter]:
    """What the tickets of a project must be to answer the filters in `wanted`."""
    found = []
    for name in PLAIN_FILTERS:
        if name in wanted:
            values = _resolved(name, wanted, project, user_id)
            counts = _counts(project, name, values)
            found.append(filtering.by_column(project, name, values, counts))
    if "label_id" in wanted:
        found.append(_labelled(project, wanted["label_id"]))
    if "q" in wanted:
        found.append(search(project, wanted["q"]))
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


def _counts(project: Project, name: str, values: list[Any]) -> Select[Any] | None:
    """How many tickets a filter admits, where there is a shorter way than to count them."""
    if name == "column_id":
        these = Column.id.in_([column_id for column_id in values if column_id is not None])
        return filtering.heights(project).where(these)
    if name == "parent_id" and values == [None]:
        parts = select(func.count()).where(
            Ticket.project_id == project.id, Ticket.parent_id.is_not(None)
        )
        return select(filtering.heights(project).scalar_subquery() - parts.scalar_subquery())
    return None


def _labelled(project: Project, label_ids: list[str | None]) -> Filter:
    given = [label_id for label_id in label_ids if label_id is not None]
    if not given:
        return filtering.by_column(project, "is_labelled", [False])
    ours = select(Label.id).where(Label.project_id == project.id, Label.id.in_(given))
    carried = ticket_labels.c.label_id.in_(ours)
    own = select(ticket_labels.c.ticket_id).where(ticket_labels.c.ticket_id == Ticket.id)
    checks: ColumnElement[bool] = own.where(carried).exists()
    if None in label_ids:
        checks = or_(checks, ~unindexed(Ticket.is_labelled))
        return Filter(and_(Ticket.project_id == project.id, checks), checks)
    ticket_id = ticket_labels.c.ticket_id
    # The tickets themselves are in no index of labels, and none has a label twice.
    number = func.count() if len(given) == 1 else func.count(distinct(ticket_id))
    counts = select(number).select_from(ticket_labels).where(carried)
    return Filter(Ticket.id.in_(select(ticket_id).where(carried)), checks, counts=counts)
