"""Lists of tickets, whole and in pages, such that an index stands behind each (section 4).

There are two ways to a list. One finds the tickets that the filters admit and sorts them. The other
walks along the index that has the project's tickets in order, and checks each until there are
enough. The first is shorter when few are admitted, the second when many are; how many, an index can
count. SQLite would choose without knowing, so each way is said such that there is no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select

from punt.extensions import db
from punt.models import Column, Project, Segment, Ticket
from punt.tracker import board_walk, filtering
from punt.tracker.filtering import Filter
from punt.tracker.ticket_documents import SHOWN
from punt.tracker.ticket_orders import LEADING, Place, Stretch, stretches

# To find one ticket and to sort it in takes about as long as to pass so many on the way.
FINDING = 2


@dataclass(frozen=True)
class Page:
    """The JSON of some tickets, where the next page begins, and how many there are on all pages."""

    tickets: list[str]
    next_place: list[Any] | None
    total: int


def whole(project: Project, filters: Sequence[Filter], sort: str) -> list[str]:
    """The JSON of all the tickets of a project that the filters admit, in order."""
    total = count(project, filters) if filters else 0
    walks = _walks(project, filters, total, total)
    query = SHOWN.where(*_where(project, filters, sort, walks))
    parts = (
        db.session.scalars(part.sorts(query.where(*part.where)))
        for part in stretches(sort, None, indexed=walks)
    )
    return list(chain.from_iterable(parts))


def page(
    project: Project, filters: Sequence[Filter], sort: str, limit: int, after: Place | None
) -> Page:
    """Up to `limit` of those tickets, behind the place `after`."""
    total = count(project, filters)
    walks = _walks(project, filters, total, min(limit, total))
    query = _ids(sort).where(*_where(project, filters, sort, walks))
    rows: list[Row[Any]] = []
    for part in stretches(sort, after, indexed=walks):
        rows += _rows(query, part, limit + 1 - len(rows))
        if len(rows) > limit:
            break
    next_place: list[Any] | None = list(rows[limit - 1][1:]) if len(rows) > limit else None
    return Page([row[0] for row in rows[:limit]], next_place, total)


def count(project: Project, filters: Sequence[Filter]) -> int:
    """How many tickets of a project the filters admit."""
    if not filters:
        counts = filtering.heights(project)
    elif len(filters) == 1 and filters[0].counts is not None:
        counts = filters[0].counts
    else:
        found = (each.finds for each in filters)
        counts = select(func.count()).select_from(Ticket).where(*found)
    return db.session.scalar(counts) or 0


def in_sprint(project: Project, sprint_id: str) -> list[str]:
    """The JSON of the tickets that are in a sprint now, by column, then position."""
    return whole(project, [filtering.by_column(project, "sprint_id", [sprint_id])], "order")


def _walks(project: Project, filters: Sequence[Filter], total: int, wanted: int) -> bool:
    """Whether that many of `total` tickets are sooner met along the way than all of them found."""
    return not filters or project.last_number * wanted < total * total * FINDING


def _where(
    project: Project, filters: Sequence[Filter], sort: str, walks: bool
) -> list[ColumnElement[bool]]:
    if not walks:
        return [each.finds for each in filters]
    leading = LEADING.get(sort.removeprefix("-"))
    checks = [each.finds if each.column == leading else each.checks for each in filters]
    if leading == "column_id":
        # The columns' order leads the way, and from segment to segment.
        return [Column.project_id == project.id, *map(board_walk.said_of_segments, checks)]
    return [Ticket.project_id == project.id, *checks]


def _ids(sort: str) -> Select[Any]:
    query = select(Ticket.id)
    if sort.removeprefix("-") == "order":
        query = query.join(Segment, Segment.id == Ticket.segment_id)
        query = query.join(Column, Column.id == Segment.column_id)
    return query


def _rows(query: Select[Any], part: Stretch, most: int) -> Sequence[Row[Any]]:
    """The JSON of `most` tickets of a part, and their places."""
    named = [key.label(f"key_{place}") for place, key in enumerate(part.keys)]
    chosen = part.sorts(query.add_columns(*named).where(*part.where)).limit(most).subquery()
    keys = list(chosen.c)[1:]
    # JSON is made of those that were chosen, not of all that had to be sorted.
    shown = SHOWN.add_columns(*keys).join(chosen, chosen.c.id == Ticket.id)
    return db.session.execute(part.sorts(shown, keys)).all()
