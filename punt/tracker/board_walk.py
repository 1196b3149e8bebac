"""How a page of tickets in the board's order is found: by indexes, without sorting the project."""

from typing import Any, cast

from sqlalchemy import ColumnClause, ColumnElement, Table, case, func, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.visitors import replacement_traverse

from punt.models import Column, Segment, Ticket
from punt.tracker.ordering import BOTTOM

# What to order by. With the ids each index is unique, so that nothing is left to sort.
PATH: tuple[Any, ...] = (Column.position, Column.id, Segment.base, Segment.id, Ticket.position)

_COLUMN_ID = cast(Table, Ticket.__table__).c.column_id


def beyond(column: int, order: int, *, upwards: bool) -> list[ColumnElement[bool]]:
    """That a ticket may stand beyond a place, said of its column and segment, to begin there."""
    same = Column.position == column
    if upwards:
        return [Column.position <= column, Segment.base <= case((same, order), else_=BOTTOM)]
    other = aliased(Segment)
    bases = select(func.max(other.base)).where(other.column_id == Column.id, other.base <= order)
    least = case((same, bases.correlate(Column).scalar_subquery()), else_=0)
    return [Column.position >= column, Segment.base >= least]


def said_of_segments(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same condition, but for the column of a ticket, which is asked of its segment."""

    def replaced(element: Any, **_: Any) -> Any:
        is_column = isinstance(element, ColumnClause) and element.shares_lineage(_COLUMN_ID)
        return Segment.column_id if is_column else None

    return replacement_traverse(condition, {}, replaced)
