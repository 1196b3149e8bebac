"""What a ticket may refer to: only things of its own project (contract, section 4)."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from sqlalchemy import bindparam, select

from punt.errors import Invalid
from punt.events.log import Actor
from punt.extensions import db
from punt.models import Column, Label, Member, Project, Sprint, Ticket, ticket_watchers
from punt.tracker.addressing import ticket_name

_IN_PROJECT = select(Ticket).where(Ticket.project_id == bindparam("project_id"))
_BY_ID = _IN_PROJECT.where(Ticket.id == bindparam("name"))
_BY_NUMBER = _IN_PROJECT.where(Ticket.number == bindparam("name"))


def find(project: Project, text: str) -> Ticket | None:
    """The ticket of a project with this id, key (in any case) or bare number."""
    is_number, name, key = ticket_name(text)
    if key not in ("", project.key):
        return None
    statement = _BY_NUMBER if is_number else _BY_ID
    values = {"project_id": project.id, "name": name}
    return cast("Ticket | None", db.session.scalar(statement, values))


def resolve(
    project: Project, ticket: Ticket | None, values: dict[str, Any], actor: Actor
) -> dict[str, Any]:
    """`values` with every reference as an id of the project; `Invalid` names all that are not.

    What `ticket` refers to already is not questioned: an assignee may have left meanwhile.
    """
    checks: dict[str, Callable[[], str | list[str]]] = {
        "column_id": lambda: _in_project(Column, project, values["column_id"]),
        "sprint_id": lambda: _open_sprint(project, values["sprint_id"]),
        "assignee_id": lambda: _member(project, values["assignee_id"], actor),
        "parent_id": lambda: _parent(project, ticket, values["parent_id"]),
        "label_ids": lambda: _labels(project, values["label_ids"]),
        "watcher_ids": lambda: _watchers(project, ticket, values["watcher_ids"], actor),
    }
    resolved, problems = dict(values), []
    for name, check in checks.items():
        given = values.get(name)
        if given is None or (ticket and given == getattr(ticket, name, None)):
            continue
        try:
            resolved[name] = check()
        except Invalid as error:
            problems += [(each["field"], each["message"]) for each in error.details]
    if problems:
        raise Invalid(problems)
    return resolved


def _in_project(model: Any, project: Project, id_: str) -> str:
    query = select(model.id).where(model.id == id_, model.project_id == project.id)
    if db.session.scalar(query) is None:
        name = model.__name__
        raise Invalid([(f"{name.lower()}Id", f"{name} is not in this project")])
    return id_


def _open_sprint(project: Project, sprint_id: str) -> str:
    _in_project(Sprint, project, sprint_id)
    sprint = db.session.get_one(Sprint, sprint_id)
    if sprint.status == "completed":
        raise Invalid([("sprintId", "Sprint is completed")])
    return sprint_id


def _member(project: Project, user_id: str, actor: Actor) -> str:
    wanted = actor.user_id if user_id.lower() == "me" else user_id
    if not _members_among(project, [wanted]):
        raise Invalid([("assigneeId", "Assignee is not a member of this project")])
    return wanted


def _members_among(project: Project, user_ids: Sequence[str]) -> set[str]:
    query = select(Member.user_id).where(
        Member.project_id == project.id, Member.user_id.in_(user_ids)
    )
    return set(db.session.scalars(query))


def _parent(project: Project, ticket: Ticket | None, reference: str) -> str:
    parent = find(project, reference)
    if parent is None:
        raise Invalid([("parentId", "Parent is not in this project")])
    if ticket and ticket.id in _with_ancestors(parent):
        raise Invalid([("parentId", "Parent may not be the ticket itself or below it")])
    return parent.id


def _with_ancestors(ticket: Ticket) -> set[str]:
    """The ids of a ticket, its parent, its parent's parent and so on."""
    line = select(Ticket.id, Ticket.parent_id).where(Ticket.id == ticket.id).cte(recursive=True)
    above = select(Ticket.id, Ticket.parent_id).where(Ticket.id == line.c.parent_id)
    return set(db.session.scalars(select(line.union(above).c.id)))


def _labels(project: Project, label_ids: list[str]) -> list[str]:
    query = select(Label.id).where(Label.project_id == project.id, Label.id.in_(label_ids))
    known = set(db.session.scalars(query))
    _refuse_unknown("labelIds", "Label is not in this project", label_ids, known)
    return list(dict.fromkeys(label_ids))


def _watchers(
    project: Project, ticket: Ticket | None, user_ids: list[str], actor: Actor
) -> list[str]:
    wanted = [actor.user_id if user_id.lower() == "me" else user_id for user_id in user_ids]
    known = _members_among(project, wanted)
    if ticket:
        watching = select(ticket_watchers.c.user_id).where(ticket_watchers.c.ticket_id == ticket.id)
        known |= set(db.session.scalars(watching))
    _refuse_unknown("watcherIds", "Watcher is not a member of this project", wanted, known)
    return list(dict.fromkeys(wanted))


def _refuse_unknown(field: str, message: str, ids: list[str], known: set[str]) -> None:
    problems = [(f"{field}.{place}", message) for place, id_ in enumerate(ids) if id_ not in known]
    if problems:
        raise Invalid(problems)
