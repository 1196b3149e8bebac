"""What a filter of tickets is to the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from punt.models import Column, Project, Ticket
from punt.tracker import ordering
from punt.unindexed import unindexed


@dataclass(frozen=True)
class Filter:
    """What a ticket must be, said in the two ways in which a database can make something of it."""

    # Leads to the tickets of the project that are so.
    finds: ColumnElement[bool]
    # Judges a ticket of the project that was come by otherwise.
    checks: ColumnElement[bool]
    # The column that says so, if one does.
    column: str = ""
    # How many are so, where that can be said without a look at them.
    counts: Select[int] | None = None


def heights(project: Project) -> Select[int]:
    """How many tickets stand in the columns of a project, or in some of them."""
    height = func.coalesce(func.sum(ordering.HEIGHT), 0)
    return select(height).where(Column.project_id == project.id)


def by_column(
    project: Project,
    name: str,
    values: Sequence[Any],
    counts: Select[int] | None = None,
) -> Filter:
    """That a column of a ticket has any of these values, of which one may be null."""
    column = getattr(Ticket, name)
    # What is in a column of the board is of its project: no index need tell.
    owner = unindexed(Ticket.project_id) if name == "column_id" else Ticket.project_id
    finds = and_(owner == project.id, _any_of(column, values))
    return Filter(finds, _any_of(unindexed(column), values), name, counts)


def _any_of(column: Any, values: Sequence[Any]) -> ColumnElement[bool]:
    given = [value for value in values if value is not None]
    alternatives: list[ColumnElement[bool]] = [column.in_(given)] if given else []
    if None in values:
        alternatives.append(column.is_(None))
    return or_(*alternatives)
