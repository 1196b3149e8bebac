"""The same done to many tickets at once: to all of them, or to none (contract, section 4)."""

from collections.abc import Sequence
from typing import Any

from punt.errors import Invalid
from punt.events.log import Actor
from punt.models import Project, Ticket
from punt.tracker import ordering, tickets
from punt.tracker.ticket_changes import recorded
from punt.tracker.ticket_references import find


def update(
    project: Project, references: Sequence[str], values: dict[str, Any], actor: Actor
) -> list[dict[str, Any]]:
    """Change these tickets, named by id, key or number; with `order`, they come side by side."""
    found = _named(project, references)
    with recorded(project, found, actor) as shown:
        for ticket in found:
            _apply(project, ticket, values, actor)
        _move(found, values.get("column_id"), values.get("order"))
    return [shown[ticket.id] for ticket in found]


def delete(project: Project, references: Sequence[str], actor: Actor) -> int:
    """Delete these tickets; answers how many they were."""
    found = _named(project, references)
    ordering.close_ranks(found)
    tickets.take_out(project, found, actor)
    return len(found)


def _named(project: Project, references: Sequence[str]) -> list[Ticket]:
    found = [find(project, reference) for reference in references]
    problems = [
        (f"ticketIds.{place}", "Ticket is not in this project")
        for place, ticket in enumerate(found)
        if ticket is None
    ]
    if problems:
        raise Invalid(problems)
    return list(dict.fromkeys(ticket for ticket in found if ticket))


def _apply(project: Project, ticket: Ticket, values: dict[str, Any], actor: Actor) -> None:
    try:
        tickets.apply(project, ticket, values, actor)
    except Invalid as error:
        problems = [(f"updates.{each['field']}", each["message"]) for each in error.details]
        raise Invalid(problems) from error


def _move(found: Sequence[Ticket], column_id: str | None, order: int | None) -> None:
    if column_id is None and order is None:
        return
    target_id = column_id or _column_of(found)
    if order is None:
        found = [ticket for ticket in found if ticket.column_id != target_id]
    ordering.gather(found, target_id, order)


def _column_of(found: Sequence[Ticket]) -> str:
    column_id, *others = {ticket.column_id for ticket in found}
    if others:
        raise Invalid([("updates.order", "Order needs all the tickets in one column")])
    return column_id
