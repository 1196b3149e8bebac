"""The event log: one row for every change, written with the change (contract, section 6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from marshmallow import Schema
from sqlalchemy import Update, and_, bindparam, delete, insert, or_, update
from sqlalchemy.orm.attributes import set_committed_value

from punt.extensions import db
from punt.models import Event, EventRecipient, Project, Ticket
from schemas.attachments import Attachment
from schemas.columns import Column
from schemas.comments import Comment
from schemas.labels import Label
from schemas.links import Link
from schemas.members import Member
from schemas.projects import Project as ProjectAnswer
from schemas.sprints import Sprint
from schemas.users import Person

# Tells the streams that someone may no longer listen; never sent to anyone.
ACCESS_ENDED = "access.ended"

ANSWERS: dict[str, Schema] = {
    "project": ProjectAnswer(exclude=["role"]),
    "column": Column(),
    "comment": Comment(),
    "attachment": Attachment(),
    "label": Label(),
    "link": Link(),
    "member": Member(),
    "sprint": Sprint(),
    "user": Person(),
}


# Made once, and without the unit of work: every change runs one or two of these.
_INSERT = insert(Event.__table__).returning(Event.__table__.c.id)  # type: ignore[arg-type]
_MOVE_PROJECT, _MOVE_TICKET = (
    update(model.__table__)  # type: ignore[arg-type]
    .where(model.__table__.c.id == bindparam("moved_id"))
    .values(revision=bindparam("event_id"))
    for model in (Project, Ticket)
)
_MOVE_TICKET = _MOVE_TICKET.values(updated_at=bindparam("moment"))


@dataclass(frozen=True)
class Actor:
    """Who makes a change, and in which of their tabs."""

    user_id: str
    tab_id: str | None = None


def record(
    type_: str,
    resource: Any,
    actor: Actor,
    *,
    project: Project | None = None,
    ticket: Ticket | None = None,
    recipients: Iterable[str] = (),
) -> int:
    """Write down that something changed, and move the revisions of what it changed.

    `resource` is what the event shows, `ticket` the one it is or stands on; of a ticket that is
    what changed, its `updated_at` is written too. `recipients` are the
    ids of the people whose own streams (`/projects/events`, `/users/events`) it goes to, besides
    the project's. Answers the event's id.
    """
    kind, _, verb = type_.partition(".")
    data = {"id": resource.id} if verb == "deleted" else _shown(kind, resource)
    event_id = _insert(
        type=type_,
        data=orjson.dumps(data).decode(),
        project_id=project.id if project else None,
        ticket_id=ticket.id if ticket else None,
        user_id=actor.user_id,
        tab_id=actor.tab_id,
    )
    if project:
        _move(_MOVE_PROJECT, project, event_id)
    if ticket and kind == "ticket" and verb != "deleted":
        _move(_MOVE_TICKET, ticket, event_id, moment=ticket.updated_at)
    rows = [{"user_id": user_id, "event_id": event_id} for user_id in recipients]
    if rows:
        db.session.execute(insert(EventRecipient), rows)
    return event_id


def _shown(kind: str, resource: Any) -> Any:
    # A ticket comes as it is shown, made by the database.
    return resource if kind == "ticket" else ANSWERS[kind].dump(resource)


def end_access(**whose: str) -> int:
    """End the streams of whom all of `whose` is true; answers the event's id.

    It names any of `user_id`, `session_id`, `token_id` and `project_id`.
    """
    return _insert(type=ACCESS_ENDED, data=orjson.dumps(whose).decode())


def forget(project: Project) -> None:
    """Remove what the log tells of a project, but for its end."""
    # What was told to one person only names the project in its data alone.
    told_to_one = and_(Event.project_id.is_(None), Event.data.startswith(f'{{"id":"{project.id}"'))
    about = or_(Event.project_id == project.id, told_to_one)
    db.session.execute(delete(Event).where(about, Event.type != "project.deleted"))


def touch_every_project(event_id: int) -> None:
    """Move the revision of every project: something changed that any of them may show."""
    db.session.execute(update(Project).values(revision=event_id))


def _insert(**values: Any) -> int:
    db.session.info["recorded"] = True
    event_id: int = db.session.connection().execute(_INSERT, values).scalar_one()
    return event_id


def _move(statement: Update, revised: Project | Ticket, event_id: int, **others: Any) -> None:
    values = {"moved_id": revised.id, "event_id": event_id, **others}
    db.session.connection().execute(statement, values)
    set_committed_value(revised, "revision", event_id)
