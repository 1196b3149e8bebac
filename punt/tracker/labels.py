"""Labels (contract, section 3)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy import update as sql_update

from punt.database import folded
from punt.errors import RuleBroken
from punt.events import log
from punt.events.log import Actor
from punt.extensions import db
from punt.models import Label, Project, Ticket, ticket_labels
from punt.tracker import finding
from punt.tracker.palette import color_number
from punt.tracker.ticket_changes import recorded


def list_of(project: Project) -> Sequence[Label]:
    """The labels of a project by name."""
    query = select(Label).where(Label.project_id == project.id)
    # Not by the database, which may sort by the rules of some language.
    return sorted(db.session.scalars(query), key=lambda label: label.name_key)


def get(project: Project, label_id: str) -> Label:
    """The label of a project with this id; `NotFound` otherwise."""
    return finding.one(Label, Label.id == label_id, Label.project_id == project.id)


def create(project: Project, values: dict[str, Any], actor: Actor) -> Label:
    """A new label; `RuleBroken` when there is one of that name, ignoring case."""
    name = values["name"]
    _require_unused(project, name)
    count = select(func.count()).where(Label.project_id == project.id)
    color = values.get("color") or color_number(db.session.scalar(count) or 0)
    label = Label(project_id=project.id, name=name, name_key=folded(name), color=color)
    db.session.add(label)
    db.session.flush()
    log.record("label.created", label, actor, project=project)
    return label


def update(project: Project, label: Label, values: dict[str, Any], actor: Actor) -> Label:
    """Change the fields in `values`; what is already so stays as it is, and nobody hears of it."""
    changed = {name: value for name, value in values.items() if getattr(label, name) != value}
    if "name" in changed:
        if folded(changed["name"]) != label.name_key:
            _require_unused(project, changed["name"])
        label.name_key = folded(changed["name"])
    for name, value in changed.items():
        setattr(label, name, value)
    if changed:
        log.record("label.updated", label, actor, project=project)
    return label


def delete(project: Project, label: Label, actor: Actor) -> None:
    """Remove a label, from the tickets that carry it too."""
    carriers = select(Ticket).join(ticket_labels).where(ticket_labels.c.label_id == label.id)
    with recorded(project, db.session.scalars(carriers).all(), actor):
        _take_off(label)
        db.session.delete(label)
    log.record("label.deleted", label, actor, project=project)


def _take_off(label: Label) -> None:
    """Let the tickets that carry no other label count as unlabelled."""
    carriers = select(ticket_labels.c.ticket_id).where(ticket_labels.c.label_id == label.id)
    another = exists().where(
        ticket_labels.c.ticket_id == Ticket.id, ticket_labels.c.label_id != label.id
    )
    alone = sql_update(Ticket).where(Ticket.id.in_(carriers), ~another).values(is_labelled=False)
    db.session.execute(alone, execution_options={"synchronize_session": False})


def _require_unused(project: Project, name: str) -> None:
    same = exists().where(Label.project_id == project.id, Label.name_key == folded(name))
    if db.session.scalar(select(same)):
        raise RuleBroken(f"There is a label {name} already")
