"""What a ticket may refer to: only things of its own project (contract, section 4)."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Select, Table, bindparam, select

from punt.errors import Invalid
from punt.events.log import Actor
from punt.extensions import db
from punt.models import Column, Label, Member, Project, Sprint, Ticket, ticket_watchers

# A number beyond this was never given out, and may not fit the database.
MOST_DIGITS = 9

_TABLE = cast(Table, Ticket.__table__)


def _by_reference(*selected: Any) -> Sequence[Select[*tuple[Any, ...]]]:
    """What is to be read of a ticket of a project: by the ticket's id, by its number."""
    in_project = select(*selected).where(_TABLE.c.project_id == bindparam("project_id"))
    names = (_TABLE.c.id, _TABLE.c.number)
    return [in_project.where(name == bindparam("reference")) for name in names]


_TICKET = _by_reference(Ticket)
_IDENTITY = _by_reference(_TABLE.c.id, _TABLE.c.revision)


@dataclass(frozen=True)
class Identity:
    """Which ticket it is, and the revision that it has."""

    ticket_id: str
    revision: int


def find(project: Project, reference: str) -> Ticket | None:
    """The ticket of a project with this id, key (in any case) or bare number."""
    is_number, name = _read(reference, project.key)
    values = {"project_id": project.id, "reference": name}
    return cast("Ticket | None", db.session.scalar(_TICKET[is_number], values))


def identify(project_id: str, key: str, reference: str) -> Identity | None:
    """The same as far as a reader needs it to be told whether there is anything new for them."""
    is_number, name = _read(reference, key)
    values = {"project_id": project_id, "reference": name}
    row = db.session.connection().execute(_IDENTITY[is_number], values).one_or_none()
    return None if row is None else Identity(*row)


def _read(reference: str, key: str) -> tuple[bool, str | int]:
    """Whether `reference` is the number or key of a ticket, and what to look for."""
    form = rf"(?:{key}-)?([0-9]{{1,{MOST_DIGITS}}})"
    number = re.fullmatch(form, reference, re.IGNORECASE | re.ASCII)
    return (True, int(number[1])) if number else (False, reference)


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
