"""Lists of tickets, whole and in pages, such that an index stands behind each (section 4)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    func,
    literal_column,
    select,
    tuple_,
    type_coerce,
)

from punt.extensions import db
from punt.models import Column, Project, Segment, Ticket
from punt.tracker import board_walk, ordering
from punt.tracker.segments import ORDER
from punt.tracker.ticket_documents import SHOWN

Keys = tuple[ColumnElement[Any], ...]
Where = Sequence[ColumnElement[bool]]

# Tickets without a due date come last, whichever way the list runs: no plain index does that.
DUE = {
    "dueDate": func.coalesce(Ticket.due_date, literal_column("'Z'"), type_=String),
    "-dueDate": func.coalesce(Ticket.due_date, literal_column("''"), type_=String),
}


def sort_keys(sort: str) -> Keys:
    """The expressions that `sort` orders by, ending in one that no two tickets share."""
    number = type_coerce(Ticket.number, Integer)
    keys: dict[str, Keys] = {
        "order": (type_coerce(Column.position, Integer), type_coerce(ORDER, Integer)),
        "number": (number,),
        "priority": (type_coerce(Ticket.priority, Integer), number),
        "createdAt": (type_coerce(Ticket.created_at, String), number),
        "updatedAt": (type_coerce(Ticket.updated_at, String), number),
        "dueDate": (DUE["-dueDate" if sort.startswith("-") else "dueDate"], number),
    }
    return keys[sort.removeprefix("-")]


def _path(sort: str) -> Sequence[Any]:
    """The same order, said in what indexes hold."""
    if sort.removeprefix("-") == "order":
        return board_walk.PATH
    return sort_keys(sort)


def _within(project: Project, sort: str) -> ColumnElement[bool]:
    """That a ticket is of the project: said of its column, the columns' order leads the way."""
    owner = Column if sort.removeprefix("-") == "order" else Ticket
    return owner.project_id == project.id


def _direction(sort: str, keys: Sequence[Any]) -> list[Any]:
    return [key.desc() if sort.startswith("-") else key.asc() for key in keys]


def whole(project: Project, where: Where, sort: str) -> list[str]:
    """The JSON of all the tickets of a project that `where` admits, in order."""
    query = SHOWN.where(_within(project, sort), *where)
    return list(db.session.scalars(query.order_by(*_direction(sort, _path(sort)))))


def page(
    project: Project, where: Where, sort: str, limit: int, after: Sequence[Any] | None
) -> tuple[list[str], list[Any] | None]:
    """The JSON of up to `limit` tickets behind the place `after`, and where the next begins."""
    chosen = _chosen(project, where, sort, after).limit(limit + 1).subquery()
    keys = list(chosen.c)[1:]
    # JSON is made of those that were chosen, not of all that had to be sorted.
    query = SHOWN.add_columns(*keys).join(chosen, chosen.c.id == Ticket.id)
    rows = db.session.execute(query.order_by(*_direction(sort, keys))).all()
    shown = [row[0] for row in rows[:limit]]
    return shown, list(rows[limit - 1][1:]) if len(rows) > limit else None


def _chosen(
    project: Project, where: Where, sort: str, after: Sequence[Any] | None
) -> Select[*tuple[Any, ...]]:
    keys = sort_keys(sort)
    named = [key.label(f"key_{place}") for place, key in enumerate(keys)]
    query = select(Ticket.id, *named).where(_within(project, sort))
    if sort.removeprefix("-") == "order":
        where = [board_walk.said_of_segments(condition) for condition in where]
        query = query.join(Segment, Segment.id == Ticket.segment_id)
        query = query.join(Column, Column.id == Segment.column_id)
    query = query.where(*where)
    if after is not None:
        place, seen = tuple_(*keys), tuple_(*after)
        query = query.where(place < seen if sort.startswith("-") else place > seen)
        if sort.removeprefix("-") == "order":
            query = query.where(*board_walk.beyond(*after, upwards=sort.startswith("-")))
    return query.order_by(*_direction(sort, _path(sort)))


def count(project: Project, where: Where) -> int:
    """How many tickets of a project `where` admits."""
    if not where:
        heights = select(func.sum(ordering.HEIGHT)).where(Column.project_id == project.id)
        return db.session.scalar(heights) or 0
    query = select(func.count()).where(Ticket.project_id == project.id, *where)
    return db.session.scalar(query) or 0


def in_sprint(project: Project, sprint_id: str) -> list[str]:
    """The JSON of the tickets that are in a sprint now, by column, then position."""
    return whole(project, [Ticket.sprint_id == sprint_id], "order")
