"""The one rule of order: the tickets of a column stand at 0, 1, 2 ... n-1, without gaps or ties."""

from collections.abc import Sequence

from sqlalchemy import ScalarSelect, bindparam, func, select, update
from sqlalchemy.orm import load_only

from punt.extensions import db
from punt.models import Column, Ticket

# How many tickets stand in a column, in a statement about columns: known from the last of them.
HEIGHT: ScalarSelect[int] = (
    select(func.coalesce(func.max(Ticket.position) + 1, 0))
    .where(Ticket.column_id == Column.id)
    .correlate(Column)
    .scalar_subquery()
)

_LAST = select(func.max(Ticket.position)).where(Ticket.column_id == bindparam("column_id"))


def make_room(column_id: str, order: int | None) -> int:
    """Open a gap for a newcomer at `order`, or at the bottom; answers the position it gets."""
    bottom = _bottom_of(column_id)
    if order is None or order >= bottom:
        return bottom
    _shift(column_id, order, bottom, +1)
    return order


def close_ranks(column_id: str, position: int) -> None:
    """Close the gap that a ticket leaves behind at `position`."""
    _shift(column_id, position + 1, None, -1)


def move(ticket: Ticket, column_id: str, order: int | None) -> None:
    """Put a ticket at `order` of a column; without one, at the bottom of a new column.

    An order beyond the bottom means the bottom.
    """
    if column_id != ticket.column_id:
        position = make_room(column_id, order)
        close_ranks(ticket.column_id, ticket.position)
        ticket.column_id, ticket.position = column_id, position
    elif order is not None:
        _move_within(ticket, min(order, _bottom_of(column_id) - 1))


def gather(tickets: Sequence[Ticket], column_id: str, order: int | None) -> None:
    """Put tickets, from whatever columns, side by side in one, in the given sequence.

    The first goes to `order` among the others there, or all of them to the bottom.
    """
    close_ranks_behind([ticket for ticket in tickets if ticket.column_id != column_id])
    others = _others(column_id, tickets)
    place = len(others) if order is None else order
    for ticket in tickets:
        ticket.column_id = column_id
    _number([*others[:place], *tickets, *others[place:]])


def close_ranks_behind(leaving: Sequence[Ticket]) -> None:
    """Close the gaps that tickets are about to leave in their columns."""
    for column_id in {ticket.column_id for ticket in leaving}:
        _number(_others(column_id, leaving))


def _others(column_id: str, tickets: Sequence[Ticket]) -> list[Ticket]:
    """Who else stands in a column, from the top."""
    apart = {ticket.id for ticket in tickets}
    query = select(Ticket).where(Ticket.column_id == column_id).order_by(Ticket.position)
    found = db.session.scalars(query.options(load_only(Ticket.position)))
    return [each for each in found if each.id not in apart]


def _number(tickets: Sequence[Ticket]) -> None:
    for position, ticket in enumerate(tickets):
        ticket.position = position


def _bottom_of(column_id: str) -> int:
    """The position below the last ticket of a column."""
    last = db.session.connection().execute(_LAST, {"column_id": column_id}).scalar()
    return 0 if last is None else last + 1


def _move_within(ticket: Ticket, order: int) -> None:
    if order < ticket.position:
        _shift(ticket.column_id, order, ticket.position, +1)
    else:
        _shift(ticket.column_id, ticket.position + 1, order + 1, -1)
    ticket.position = order


def _shift(column_id: str, start: int, stop: int | None, by: int) -> None:
    """Move the tickets at `start` up to, but not at, `stop` by one place."""
    moved = update(Ticket).where(Ticket.column_id == column_id, Ticket.position >= start)
    if stop is not None:
        moved = moved.where(Ticket.position < stop)
    db.session.execute(moved.values(position=Ticket.position + by))
