"""Which tickets went through a sprint: how each came in, and how it left."""

from collections.abc import Sequence

from sqlalchemy import select

from punt.database import now, slices
from punt.extensions import db
from punt.models import Sprint, SprintEntry, Ticket


def follow(tickets: Sequence[Ticket]) -> None:
    """Note where tickets are now: out of the sprint each was in, and into its present one."""
    stays = _open_stays(tickets)
    sprint_of = {ticket.id: ticket.sprint_id for ticket in tickets}
    for stay in stays:
        if stay.sprint_id != sprint_of[stay.ticket_id]:
            _end(stay, "removed")
    noted = {(stay.ticket_id, stay.sprint_id) for stay in stays}
    for ticket in tickets:
        if ticket.sprint_id and (ticket.id, ticket.sprint_id) not in noted:
            _begin(ticket, ticket.sprint_id, "added")
    db.session.flush()


def carry_over(tickets: Sequence[Ticket], next_sprint: Sprint) -> None:
    """Note that tickets go on in the next sprint because they were not done in this one."""
    for stay in _open_stays(tickets):
        _end(stay, "carried_over")
    for ticket in tickets:
        _begin(ticket, next_sprint.id, "carried_over")
    db.session.flush()


def complete(tickets: Sequence[Ticket]) -> None:
    """Note that tickets were done in their sprint."""
    for stay in _open_stays(tickets):
        _end(stay, "completed")


def _begin(ticket: Ticket, sprint_id: str, entry_type: str) -> None:
    """A ticket comes into a sprint."""
    db.session.add(SprintEntry(sprint_id=sprint_id, ticket_id=ticket.id, entry_type=entry_type))


def _end(stay: SprintEntry, exit_status: str) -> None:
    """A ticket leaves a sprint, or the sprint ends with the ticket in it."""
    stay.exited_at = now()
    stay.exit_status = exit_status


def _open_stays(tickets: Sequence[Ticket]) -> list[SprintEntry]:
    return [
        stay
        for some in slices([ticket.id for ticket in tickets])
        for stay in db.session.scalars(
            select(SprintEntry).where(
                SprintEntry.ticket_id.in_(some), SprintEntry.exited_at.is_(None)
            )
        )
    ]


def of(sprint: Sprint) -> Sequence[SprintEntry]:
    """Every stay in a sprint, in the order in which they began."""
    query = select(SprintEntry).where(SprintEntry.sprint_id == sprint.id).order_by(SprintEntry.id)
    return db.session.scalars(query).all()
