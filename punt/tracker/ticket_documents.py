"""Tickets as they are shown: the one shape of lists, answers and events (contract, section 4).

The database makes the JSON; what only passes it on never takes it apart.
"""

from collections.abc import Sequence
from typing import Any, cast

import orjson
from sqlalchemy import ColumnElement, Select, String, Table, bindparam, func, select, type_coerce
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import aliased

from punt.database import slices
from punt.errors import NotFound
from punt.extensions import db
from punt.json_sql import document, document_or_null, documents, text_of, word
from punt.models import (
    Attachment,
    Column,
    Comment,
    Label,
    Project,
    Segment,
    Sprint,
    Ticket,
    User,
    ticket_labels,
    ticket_watchers,
)
from punt.tracker.segments import ORDER
from schemas.vocabulary import PRIORITIES, SPRINT_STATUSES, TICKET_TYPES

Document = dict[str, Any]

_assignee = aliased(User, name="assignee")
_creator = aliased(User, name="creator")
_parent = aliased(Ticket, name="parent")
_child = aliased(Ticket, name="child")


def _person(person: Any) -> dict[str, Any]:
    return {
        "id": person.id,
        "username": person.username,
        "name": person.name,
        "avatar": person.avatar,
    }


def _attached(table: Table, model: Any, values: dict[str, Any], order: Any) -> ColumnElement[Any]:
    """What stands beside the ticket in `table`, as a list."""
    found = (
        select(document(**values).label("document"))
        .select_from(table.join(model.__table__, model.id == list(table.c)[1]))
        .where(table.c.ticket_id == Ticket.id)
        .order_by(order)
        .correlate(Ticket)
        .subquery()
    )
    return documents(found)


def _count(of: Any, condition: ColumnElement[bool]) -> ColumnElement[int]:
    return select(func.count()).select_from(of).where(condition).scalar_subquery()


def _moment(column: Any) -> ColumnElement[str]:
    """A timestamp as it is kept, which is how it is shown."""
    return type_coerce(column, String)


def _key(number: Any) -> ColumnElement[str]:
    return Project.key + "-" + sql_cast(number, String)


_DOCUMENT = document(
    id=Ticket.id,
    number=Ticket.number,
    key=_key(Ticket.number),
    projectId=Ticket.project_id,
    title=Ticket.title,
    description=Ticket.description,
    type=word(Ticket.type, TICKET_TYPES),
    priority=word(Ticket.priority, PRIORITIES),
    columnId=Ticket.column_id,
    column=document(id=Column.id, name=Column.name),
    order=ORDER,
    assigneeId=Ticket.assignee_id,
    assignee=document_or_null(_assignee.id, **_person(_assignee)),
    creatorId=Ticket.creator_id,
    creator=document_or_null(_creator.id, **_person(_creator)),
    sprintId=Ticket.sprint_id,
    sprint=document_or_null(
        Sprint.id, id=Sprint.id, name=Sprint.name, status=word(Sprint.status, SPRINT_STATUSES)
    ),
    parentId=Ticket.parent_id,
    parent=document_or_null(
        _parent.id,
        id=_parent.id,
        key=_key(_parent.number),
        title=_parent.title,
        type=word(_parent.type, TICKET_TYPES),
    ),
    storyPoints=Ticket.story_points,
    estimate=Ticket.estimate,
    startDate=_moment(Ticket.start_date),
    dueDate=_moment(Ticket.due_date),
    environment=Ticket.environment,
    affectedVersion=Ticket.affected_version,
    fixVersion=Ticket.fix_version,
    resolution=Ticket.resolution,
    labels=_attached(
        ticket_labels,
        Label,
        {"id": Label.id, "name": Label.name, "color": Label.color},
        Label.name_key,
    ),
    watchers=_attached(ticket_watchers, User, _person(User), User.username_key),
    isCarriedOver=Ticket.is_carried_over,
    carriedFromSprintId=Ticket.carried_from_sprint_id,
    carriedOverCount=Ticket.carried_over_count,
    commentCount=_count(Comment, Comment.ticket_id == Ticket.id),
    attachmentCount=_count(Attachment, Attachment.ticket_id == Ticket.id),
    subtaskCount=_count(_child, _child.parent_id == Ticket.id),
    createdAt=_moment(Ticket.created_at),
    updatedAt=_moment(Ticket.updated_at),
)

# To be narrowed and ordered: its one column is the ticket's JSON.
SHOWN: Select[Any] = (
    select(text_of(_DOCUMENT))
    .select_from(Ticket)
    .join(Project, Project.id == Ticket.project_id)
    .join(Segment, Segment.id == Ticket.segment_id)
    .join(Column, Column.id == Segment.column_id)
    .outerjoin(_assignee, _assignee.id == Ticket.assignee_id)
    .outerjoin(_creator, _creator.id == Ticket.creator_id)
    .outerjoin(Sprint, Sprint.id == Ticket.sprint_id)
    .outerjoin(_parent, _parent.id == Ticket.parent_id)
)

_ONE = SHOWN.where(Ticket.id == bindparam("id"))
_SOME = SHOWN.where(Ticket.id.in_(bindparam("ids", expanding=True)))


def json_of(ticket_id: str) -> str:
    """One ticket as the JSON that is shown; `NotFound` when it is gone."""
    found = db.session.connection().execute(_ONE, {"id": ticket_id}).scalar()
    if found is None:
        raise NotFound("Ticket")
    return cast(str, found)


def of(ticket_id: str) -> Document:
    """One ticket as it is shown."""
    return cast(Document, orjson.loads(json_of(ticket_id)))


def by_id(ids: Sequence[str]) -> dict[str, Document]:
    """These tickets as they are shown, by id."""
    if len(ids) == 1:
        return {ids[0]: of(ids[0])}
    found = [
        orjson.loads(json)
        for some in slices(ids)
        for json in db.session.connection().scalars(_SOME, {"ids": list(some)})
    ]
    return {shown["id"]: shown for shown in found}


def json_list(found: Sequence[str]) -> str:
    """Tickets as one JSON list."""
    return f"[{','.join(found)}]"
