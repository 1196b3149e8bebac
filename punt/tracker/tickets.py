"""Tickets: filing, changing, moving and deleting them (contract, section 4)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, insert, select
from sqlalchemy import delete as sql_delete

from punt.database import folded
from punt.errors import Invalid, NotFound
from punt.events import log
from punt.events.log import Actor
from punt.extensions import db
from punt.models import Project, Ticket, ticket_labels, ticket_watchers
from punt.tracker import (
    attachments,
    columns,
    ordering,
    projects,
    sprint_entries,
    ticket_documents,
    ticket_references,
)
from punt.tracker.ticket_changes import recorded
from punt.tracker.ticket_documents import Document

# These are sets beside the ticket, and its place is a matter of ordering.
NOT_OWN = {"label_ids", "watcher_ids", "column_id", "order"}


def get(project: Project, reference: str) -> Ticket:
    """The ticket of a project with this id, key or number; `NotFound` otherwise."""
    ticket = ticket_references.find(project, reference)
    if ticket is None:
        raise NotFound("Ticket")
    return ticket


def create(project: Project, values: dict[str, Any], actor: Actor) -> Document:
    """File a ticket under the project's next number, by default below all in the first column."""
    values = ticket_references.resolve(project, None, values, actor)
    _check_dates(values.get("start_date"), values.get("due_date"))
    column_id = values.get("column_id") or columns.first_id_of(project)
    (place,) = ordering.make_room(column_id, values.get("order"))
    ticket = Ticket(
        project_id=project.id,
        number=projects.next_number(project),
        creator_id=actor.user_id,
        column_id=column_id,
        segment_id=place.segment_id,
        position=place.position,
    )
    _assign(ticket, values)
    db.session.add(ticket)
    db.session.flush()
    _replace_sets(ticket, values)
    if ticket.sprint_id:
        sprint_entries.follow([ticket])
    shown = ticket_documents.of(ticket.id)
    log.record("ticket.created", shown, actor, project=project, ticket=ticket)
    return shown


def update(project: Project, ticket: Ticket, values: dict[str, Any], actor: Actor) -> Document:
    """Change the fields in `values` and no others; with `columnId` or `order`, the ticket moves.

    What is already so stays as it is, and nobody hears of it.
    """
    with recorded(project, [ticket], actor) as shown:
        apply(project, ticket, values, actor)
        ordering.move(ticket, values.get("column_id", ticket.column_id), values.get("order"))
    return shown[ticket.id]


def apply(project: Project, ticket: Ticket, values: dict[str, Any], actor: Actor) -> None:
    """Make the fields of a ticket, but not its place, what `values` says; without recording it."""
    values = ticket_references.resolve(project, ticket, values, actor)
    _check_dates(
        values.get("start_date", ticket.start_date), values.get("due_date", ticket.due_date)
    )
    _assign(ticket, values)
    _replace_sets(ticket, values)


def delete(project: Project, ticket: Ticket, actor: Actor) -> None:
    """Remove a ticket with its comments, attachments and links; its subtasks lose their parent."""
    ordering.close_ranks([ticket])
    take_out(project, [ticket], actor)


def take_out(project: Project, leaving: Sequence[Ticket], actor: Actor) -> None:
    """Remove tickets with all that hangs on them, once the others have closed ranks."""
    ids = [ticket.id for ticket in leaving]
    orphans = select(Ticket).where(Ticket.parent_id.in_(ids), Ticket.id.not_in(ids))
    children = db.session.scalars(orphans).all()
    with recorded(project, children, actor):
        for child in children:
            child.parent_id = None
    attachments.discard_files(Ticket.id.in_(ids))
    for ticket in leaving:
        log.record("ticket.deleted", ticket, actor, project=project, ticket=ticket)
        db.session.delete(ticket)
    db.session.flush()


def _check_dates(start: datetime | None, due: datetime | None) -> None:
    if start and due and start > due:
        raise Invalid([("dueDate", "Due date must not be before the start date")])


def _assign(ticket: Ticket, values: dict[str, Any]) -> None:
    for name in values.keys() - NOT_OWN:
        setattr(ticket, name, values[name])
    if "label_ids" in values:
        ticket.is_labelled = bool(values["label_ids"])
    if {"title", "description"} & values.keys():
        ticket.search_text = search_text(ticket.title, ticket.description)


def search_text(title: str, description: str | None) -> str:
    """What `q` looks in."""
    return folded(f"{title}\n{description or ''}")


def _replace_sets(ticket: Ticket, values: dict[str, Any]) -> None:
    if "label_ids" in values:
        _replace(ticket_labels, ticket, "label_id", values["label_ids"])
    if "watcher_ids" in values:
        _replace(ticket_watchers, ticket, "user_id", values["watcher_ids"])


def _replace(table: Table, ticket: Ticket, column: str, ids: list[str]) -> None:
    db.session.execute(sql_delete(table).where(table.c.ticket_id == ticket.id))
    if ids:
        rows = [{"ticket_id": ticket.id, column: id_} for id_ in ids]
        db.session.execute(insert(table), rows)
