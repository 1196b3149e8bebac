"""Which tickets went through a sprint: how each came in, and how it left."""

from collections.abc import Sequence

from sqlalchemy import select

from punt.database import now
from punt.extensions import db
from punt.models import Sprint, SprintEntry, Ticket


def follow(ticket: Ticket) -> None:
    """Note where a ticket is now: out of the sprint it was in, and into its present one."""
    stays = _open_stays(ticket)
    for stay in stays:
        if stay.sprint_id != ticket.sprint_id:
            _end(stay, "removed")
    if ticket.sprint_id and all(stay.sprint_id != ticket.sprint_id for stay in stays):
        _begin(ticket, ticket.sprint_id, "added")


def carry_over(ticket: Ticket, next_sprint: Sprint) -> None:
    """Note that a ticket goes on in the next sprint because it was not done in this one."""
    for stay in _open_stays(ticket):
        _end(stay, "carried_over")
    _begin(ticket, next_sprint.id, "carried_over")


def complete(ticket: Ticket) -> None:
    """Note that a ticket was done in its sprint."""
    for stay in _open_stays(ticket):
        _end(stay, "completed")


def _begin(ticket: Ticket, sprint_id: str, entry_type: str) -> None:
    """A ticket comes into a sprint."""
    db.session.add(SprintEntry(sprint_id=sprint_id, ticket_id=ticket.id, entry_type=entry_type))
    db.session.flush()


def _end(stay: SprintEntry, exit_status: str) -> None:
    """A ticket leaves a sprint, or the sprint ends with the ticket in it."""
    stay.exited_at = now()
    stay.exit_status = exit_status


def _open_stays(ticket: Ticket) -> Sequence[SprintEntry]:
    query = select(SprintEntry).where(
        SprintEntry.ticket_id == ticket.id, SprintEntry.exited_at.is_(None)
    )
    return db.session.scalars(query).all()


def of(sprint: Sprint) -> Sequence[SprintEntry]:
    """Every stay in a sprint, in the order in which they began."""
    query = select(SprintEntry).where(SprintEntry.sprint_id == sprint.id).order_by(SprintEntry.id)
    return db.session.scalars(query).all()
