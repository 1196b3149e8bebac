"""Where tickets stand: in segments of a column, so that a move shifts few, however tall it is."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    ColumnElement,
    Executable,
    Row,
    Table,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from punt.database import slices
from punt.extensions import db
from punt.models import Segment, Ticket

# A segment begins with so many tickets and is split when it has twice as many. When one moves, the
# tickets below it in its segment change, whose rows are wide, and the segments below that one.
SIZE = 32

_TICKETS = cast(Table, Ticket.__table__)
_SEGMENTS = cast(Table, Segment.__table__)

ORDER: ColumnElement[int] = Segment.base + Ticket.position

# How many tickets stand in a segment, in a statement about segments: known from the last of them.
HEIGHT = (
    select(func.max(Ticket.position) + 1)
    .where(Ticket.segment_id == Segment.id)
    .correlate(Segment)
    .scalar_subquery()
)

_AT = (
    select(Segment.id, Segment.base, HEIGHT)
    .where(Segment.column_id == bindparam("column_id"), Segment.base <= bindparam("order"))
    .order_by(Segment.base.desc())
    .limit(1)
)
_PLACES = (
    select(Ticket.id, Ticket.position, Ticket.segment_id, Segment.base, Segment.column_id)
    .join(Segment, Segment.id == Ticket.segment_id)
    .where(Ticket.id.in_(bindparam("ids", expanding=True)))
)

_BEGIN = insert(_SEGMENTS).returning(_SEGMENTS.c.id)
_MOVE_BASES = (
    update(_SEGMENTS)
    .where(_SEGMENTS.c.column_id == bindparam("of"), _SEGMENTS.c.base > bindparam("above"))
    .values(base=_SEGMENTS.c.base + bindparam("by"))
)
_REMOVE_EMPTY = delete(_SEGMENTS).where(
    _SEGMENTS.c.id == bindparam("emptied"),
    ~exists().where(_TICKETS.c.segment_id == _SEGMENTS.c.id),
)
_SHIFT = (
    update(_TICKETS)
    .where(_TICKETS.c.segment_id == bindparam("of"), _TICKETS.c.position >= bindparam("start"))
    .values(position=_TICKETS.c.position + bindparam("by"))
)
_MOVE_INTO = _SHIFT.values(segment_id=bindparam("into"))
_TAKE_OUT = update(_TICKETS).where(_TICKETS.c.id == bindparam("ticket_id")).values(segment_id=None)
_PUT = (
    update(_TICKETS)
    .where(_TICKETS.c.id == bindparam("ticket_id"))
    .values(column_id=bindparam("of"), segment_id=bindparam("into"), position=bindparam("at"))
)


class Place(NamedTuple):
    """Where a ticket may stand."""

    segment_id: int
    position: int


def open_gap(column_id: str, order: int, count: int) -> list[Place]:
    """Make room for so many newcomers at `order`, or at the bottom if that is above it."""
    segment_id, base, height = _at(column_id, order)
    start = min(order - base, height)
    _run(_MOVE_BASES, {"of": column_id, "above": base, "by": count})
    if start < height:
        _run(_SHIFT, {"of": segment_id, "start": start, "by": count})
    parts = _split(column_id, segment_id, base, height + count)
    return [_place(parts, position) for position in range(start, start + count)]


def _at(column_id: str, order: int) -> tuple[int, int, int]:
    """The segment in which `order` is, its base and its height."""
    found = _run(_AT, {"column_id": column_id, "order": order}).one_or_none()
    return tuple(found) if found else (_begin(column_id, 0), 0, 0)


def _begin(column_id: str, base: int) -> int:
    return cast(int, _run(_BEGIN, {"column_id": column_id, "base": base}).scalar_one())


def _split(column_id: str, segment_id: int, base: int, height: int) -> list[int]:
    """Leave the first tickets to a segment that has grown too high; answers it and the new ones."""
    added = []
    for start in range(SIZE, height - SIZE + 1, SIZE)[::-1]:
        added.append(_begin(column_id, base + start))
        _run(_MOVE_INTO, {"of": segment_id, "start": start, "by": -start, "into": added[-1]})
    return [segment_id, *added[::-1]]


def _place(parts: Sequence[int], position: int) -> Place:
    part = min(position // SIZE, len(parts) - 1)
    return Place(parts[part], position - part * SIZE)


def put(ids: Sequence[str], column_id: str, places: Sequence[Place]) -> None:
    """Let tickets stand in the places that were made for them in a column."""
    _run(
        _PUT,
        [
            {"ticket_id": ticket_id, "of": column_id, "into": segment_id, "at": position}
            for ticket_id, (segment_id, position) in zip(ids, places, strict=True)
        ],
    )


def take_out(ids: Sequence[str]) -> None:
    """Let tickets leave their places, and the others close ranks."""
    leaving = _from_below(ids)
    _run(_TAKE_OUT, [{"ticket_id": each.id} for each in leaving])
    _run(
        _SHIFT,
        [{"of": each.segment_id, "start": each.position + 1, "by": -1} for each in leaving],
    )
    losses = Counter((each.column_id, each.base) for each in leaving)
    _run(
        _MOVE_BASES,
        [{"of": of, "above": base, "by": -count} for (of, base), count in losses.items()],
    )
    # Only a segment that has lost its first ticket can have lost all.
    emptied = [{"emptied": each.segment_id} for each in leaving if each.position == 0]
    if emptied:
        _run(_REMOVE_EMPTY, emptied)


def _from_below(ids: Sequence[str]) -> list[Row[Any]]:
    """Where tickets stand, the lowest first: what happens there moves none of those to come."""
    found = [row for some in slices(ids) for row in _run(_PLACES, {"ids": list(some)})]
    return sorted(found, key=lambda row: (row.base, row.position), reverse=True)


def _run(statement: Executable, values: Any) -> Any:
    return db.session.connection().execute(statement, values)
