"""The columns of a board (contract, section 3)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, bindparam, select

from punt.errors import Invalid, RuleBroken
from punt.events import log
from punt.events.log import Actor
from punt.extensions import db
from punt.models import Column, Project
from punt.tracker import finding, ordering
from punt.tracker.ticket_changes import recorded

MOST_COLUMNS = 100

_FIRST_ID = (
    select(Column.id)
    .where(Column.project_id == bindparam("project_id"))
    .order_by(Column.position)
    .limit(1)
)


def get(project: Project, column_id: str) -> Column:
    """The column of a project with this id; `NotFound` otherwise."""
    return finding.one(Column, Column.id == column_id, Column.project_id == project.id)


def list_of(project: Project) -> list[dict[str, Any]]:
    """The columns from left to right, as they are shown."""
    query = _shown_of().where(Column.project_id == project.id).order_by(Column.position)
    return [dict(row) for row in db.session.execute(query).mappings()]


def shown(column: Column) -> dict[str, Any]:
    """One column as it is shown, with the number of its tickets."""
    db.session.flush()
    return dict(db.session.execute(_shown_of().where(Column.id == column.id)).mappings().one())


def _shown_of() -> Select[*tuple[Any, ...]]:
    return select(
        Column.id,
        Column.name,
        Column.position,
        Column.color,
        Column.wip_limit,
        ordering.HEIGHT.label("ticket_count"),
    )


def in_order(project: Project) -> list[Column]:
    """The columns from left to right."""
    query = select(Column).where(Column.project_id == project.id).order_by(Column.position)
    return list(db.session.scalars(query))


def first_id_of(project: Project) -> str:
    """The id of the leftmost column, where new tickets go."""
    return db.session.connection().execute(_FIRST_ID, {"project_id": project.id}).scalar_one()


def done_ids(project: Project) -> list[str]:
    """The ids of the columns where work counts as complete: those so marked, or the last one."""
    every = in_order(project)
    return [column.id for column in every if column.is_done] or [every[-1].id]


def create(project: Project, values: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """A new column, by default to the right of all others."""
    others = in_order(project)
    if len(others) >= MOST_COLUMNS:
        raise RuleBroken(f"A project may have at most {MOST_COLUMNS} columns")
    order = min(values.pop("order", len(others)), len(others))
    column = Column(project_id=project.id, position=order, **values)
    db.session.add(column)
    db.session.flush()
    log.record("column.created", shown(column), actor, project=project)
    _renumber(project, [*others[:order], column, *others[order:]], actor)
    return shown(column)


def update(
    project: Project, column: Column, values: dict[str, Any], actor: Actor
) -> dict[str, Any]:
    """Change the fields in `values`; `order` moves the column, and the others close ranks."""
    order = values.pop("order", None)
    changed = {name: value for name, value in values.items() if getattr(column, name) != value}
    for name, value in changed.items():
        setattr(column, name, value)
    if order is not None:
        others = [each for each in in_order(project) if each.id != column.id]
        moved = _renumber(project, [*others[:order], column, *others[order:]], actor)
        if column in moved:
            return shown(column)
    if changed:
        log.record("column.updated", shown(column), actor, project=project)
    return shown(column)


def reorder(project: Project, column_ids: Sequence[str], actor: Actor) -> list[dict[str, Any]]:
    """Put the columns in the given order, which must name all of them."""
    every = {column.id: column for column in in_order(project)}
    unknown = [
        (f"columnIds.{place}", "Column is not in this project")
        for place, column_id in enumerate(column_ids)
        if column_id not in every
    ]
    if unknown:
        raise Invalid(unknown)
    if sorted(column_ids) != sorted(every):
        raise Invalid([("columnIds", "Columns must all be named, each once")])
    _renumber(project, [every[column_id] for column_id in column_ids], actor)
    return list_of(project)


def remove(project: Project, column: Column, target_id: str | None, actor: Actor) -> None:
    """Take a column away; its tickets go below those of the target column.

    `RuleBroken` for the last column, and without a target while the column holds tickets.
    """
    others = [each for each in in_order(project) if each.id != column.id]
    if not others:
        raise RuleBroken("The last column of a project cannot be removed")
    if target_id is not None and target_id not in {each.id for each in others}:
        raise Invalid([("moveTicketsTo", "There is no such other column in this project")])
    tickets = ordering.tickets_in(column)
    if tickets and target_id is None:
        raise RuleBroken("The column holds tickets: moveTicketsTo must say where they go")
    if target_id:
        with recorded(project, tickets, actor):
            ordering.gather(tickets, target_id, None)
    log.record("column.deleted", column, actor, project=project)
    db.session.delete(column)
    db.session.flush()
    _renumber(project, others, actor)


def _renumber(project: Project, columns: Sequence[Column], actor: Actor) -> list[Column]:
    """Number the columns from 0 in this order; tell of, and answer, those that moved."""
    moved = [column for place, column in enumerate(columns) if column.position != place]
    for place, column in enumerate(columns):
        column.position = place
    for column in moved:
        log.record("column.updated", shown(column), actor, project=project)
    return moved
