"""What a URL calls a project and a ticket of it (contract, section 1, addressing)."""

from dataclasses import dataclass
from itertools import product
from typing import Any, cast

from sqlalchemy import Select, Table, and_, bindparam, or_, select

from punt.errors import NotFound
from punt.extensions import db
from punt.models import Member, Project, Ticket
from punt.tracker import ticket_references

ID_LENGTH = 26

_PROJECTS = cast(Table, Project.__table__)
_MEMBERS = cast(Table, Member.__table__)
_TICKETS = cast(Table, Ticket.__table__)

_OF_USER = _PROJECTS.outerjoin(
    _MEMBERS,
    and_(_MEMBERS.c.project_id == _PROJECTS.c.id, _MEMBERS.c.user_id == bindparam("user_id")),
)


@dataclass(frozen=True)
class Place:
    """A project, what a user is in it, a ticket of it if there is one, and their revisions."""

    project_id: str
    project_revision: int
    role: str | None
    ticket_id: str | None
    ticket_revision: int | None


def _loaded(*, by_id: bool) -> Select[Project, Member]:
    name = _PROJECTS.c.id if by_id else _PROJECTS.c.key
    return select(Project, Member).select_from(_OF_USER).where(name == bindparam("project"))


def _told(*, by_id: bool, by_number: bool) -> Select[Any]:
    names_ticket = and_(
        _TICKETS.c.project_id == _PROJECTS.c.id,
        (_TICKETS.c.number if by_number else _TICKETS.c.id) == bindparam("ticket"),
        or_(bindparam("key") == "", _PROJECTS.c.key == bindparam("key")),
    )
    return (
        _loaded(by_id=by_id)
        .outerjoin(_TICKETS, names_ticket)
        .with_only_columns(
            _PROJECTS.c.id,
            _PROJECTS.c.revision,
            _MEMBERS.c.role,
            _TICKETS.c.id,
            _TICKETS.c.revision,
            maintain_column_froms=True,
        )
    )


# Made once: every request in a project asks one of these.
_LOADED = {by_id: _loaded(by_id=by_id) for by_id in (False, True)}
_TOLD = {
    (by_id, by_number): _told(by_id=by_id, by_number=by_number)
    for by_id, by_number in product((False, True), repeat=2)
}


def project(reference: str, user_id: str) -> tuple[Project, Member | None]:
    """The project with this id or key (in any case), and the membership of a user in it."""
    by_id, name = _read(reference)
    row = db.session.execute(_LOADED[by_id], {"project": name, "user_id": user_id}).one_or_none()
    if row is None:
        raise NotFound("Project")
    project, member = row
    return project, member


def place(reference: str, ticket: str | None, user_id: str) -> Place:
    """The same and a ticket (by id, key or number), as far as tells whether there is news."""
    by_id, name = _read(reference)
    named = ticket_references.read(ticket or "")
    values = {"project": name, "user_id": user_id, "ticket": named.name, "key": named.key}
    statement = _TOLD[by_id, named.is_number]
    row = db.session.connection().execute(statement, values).one_or_none()
    if row is None:
        raise NotFound("Project")
    return Place(*row)


def _read(reference: str) -> tuple[bool, str]:
    """Whether `reference` is the id of a project, and what to look for."""
    if not reference.isascii():
        # Some letters of other scripts would become ours in upper case.
        raise NotFound("Project")
    is_id = len(reference) == ID_LENGTH
    return is_id, reference if is_id else reference.upper()
