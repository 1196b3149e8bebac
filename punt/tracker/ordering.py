"""The one rule of order: the tickets of a column stand at 0, 1, 2 ... n-1, without gaps or ties."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm.attributes import set_committed_value

from punt.extensions import db
from punt.models import Column, Segment, Ticket
from punt.tracker import segments
from punt.tracker.segments import ORDER, Place

# Below every ticket.
BOTTOM = 2**31 - 1

# How many tickets stand in a column, in a statement about columns: known from its last segment.
HEIGHT = func.coalesce(
    select(Segment.base + segments.HEIGHT)
    .where(Segment.column_id == Column.id)
    .order_by(Segment.base.desc())
    .limit(1)
    .correlate(Column)
    .scalar_subquery(),
    0,
)


def tickets_in(column: Column) -> Sequence[Ticket]:
    """The tickets of a column, from the top."""
    query = select(Ticket).join(Segment, Segment.id == Ticket.segment_id)
    return db.session.scalars(query.where(Segment.column_id == column.id).order_by(ORDER)).all()


def make_room(column_id: str, order: int | None, count: int = 1) -> list[Place]:
    """Open a gap for so many newcomers at `order`, or at the bottom; answers their places."""
    return segments.open_gap(column_id, BOTTOM if order is None else order, count)


def close_ranks(leaving: Sequence[Ticket]) -> None:
    """Close the gaps of tickets that go: to other places, or for good."""
    segments.take_out([ticket.id for ticket in leaving])


def move(ticket: Ticket, column_id: str, order: int | None) -> None:
    """Put a ticket at `order` of a column; without one, at the bottom of a new column.

    An order beyond the bottom means the bottom.
    """
    if order is not None or column_id != ticket.column_id:
        gather([ticket], column_id, order)


def gather(tickets: Sequence[Ticket], column_id: str, order: int | None) -> None:
    """Put tickets, from whatever columns, side by side in one, in the given sequence.

    The first goes to `order` among the others there, or all of them to the bottom.
    """
    if not tickets:
        return
    close_ranks(tickets)
    places = make_room(column_id, order, len(tickets))
    segments.put([ticket.id for ticket in tickets], column_id, places)
    for ticket, place in zip(tickets, places, strict=True):
        set_committed_value(ticket, "column_id", column_id)
        set_committed_value(ticket, "segment_id", place.segment_id)
        set_committed_value(ticket, "position", place.position)
