"""Projects: making, finding, changing and removing them (contract, section 3)."""

from typing import Any

from sqlalchemy import Select, bindparam, exists, func, select
from sqlalchemy import update as sql_update
from sqlalchemy.orm import aliased

from punt.database import now
from punt.errors import NotFound, RuleBroken
from punt.events import log
from punt.events.log import Actor
from punt.extensions import db
from punt.models import Column, Member, Project, Ticket
from punt.tracker import attachments, ordering
from punt.tracker.palette import color_number

FIRST_COLUMNS = ("To Do", "In Progress", "Done")
RESERVED_KEY = "EVENTS"

_NEXT_NUMBER = (
    sql_update(Project)
    .where(Project.id == bindparam("project_id"))
    .values(last_number=Project.last_number + 1)
    .returning(Project.last_number)
)


def list_of(user_id: str) -> list[dict[str, Any]]:
    """The projects that a user belongs to, oldest first, as they are shown to them."""
    query = _with_counts().where(Member.user_id == user_id).order_by(Project.id)
    return [_shown(row) for row in db.session.execute(query)]


def shown(project: Project, member: Member) -> dict[str, Any]:
    """A project as it is shown to one of its members."""
    db.session.flush()
    query = _with_counts().where(Member.id == member.id)
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound("Project")
    return _shown(row)


def _with_counts() -> Select[Any]:
    heights = select(func.sum(ordering.HEIGHT)).where(Column.project_id == Project.id)
    fellow = aliased(Member)
    members = select(func.count()).where(fellow.project_id == Project.id).scalar_subquery()
    return select(Project, Member.role, heights.scalar_subquery(), members).join(
        Member, Member.project_id == Project.id
    )


def _shown(row: Any) -> dict[str, Any]:
    project, role, ticket_count, member_count = row
    return {
        "id": project.id,
        "name": project.name,
        "key": project.key,
        "description": project.description,
        "color": project.color,
        "role": role,
        "ticket_count": ticket_count,
        "member_count": member_count,
        "created_at": project.created_at,
        "updated_at": project.updated_at,
    }


def create(values: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """A new project with its first columns, owned by the actor; `RuleBroken` for a taken key."""
    key = values["key"].upper()
    require_free(key)
    project = Project(
        key=key,
        name=values["name"],
        description=values.get("description"),
        color=values.get("color") or _next_color(),
    )
    db.session.add(project)
    db.session.flush()
    owner = Member(project_id=project.id, user_id=actor.user_id, role="owner")
    db.session.add(owner)
    for position, name in enumerate(FIRST_COLUMNS):
        db.session.add(Column(project_id=project.id, name=name, position=position))
    answer = shown(project, owner)
    log.record("project.created", answer, actor, project=project, recipients=[actor.user_id])
    return answer


def require_free(key: str) -> None:
    """Refuse (`RuleBroken`) a key that no new project can have."""
    if key == RESERVED_KEY:
        raise RuleBroken(f"Key may not be {RESERVED_KEY}: that path is a stream")
    if db.session.scalar(select(exists().where(Project.key == key))):
        raise RuleBroken(f"Key {key} is already in use")


def _next_color() -> str:
    count = db.session.scalar(select(func.count()).select_from(Project)) or 0
    return color_number(count)


def next_number(project: Project) -> int:
    """The number of a project's next ticket, which is given to no other."""
    found = db.session.connection().execute(_NEXT_NUMBER, {"project_id": project.id})
    return found.scalar_one()


def update(
    project: Project, member: Member, values: dict[str, Any], actor: Actor
) -> dict[str, Any]:
    """Change the fields in `values`; what is already so stays as it is, and nobody hears of it."""
    changed = {name: value for name, value in values.items() if getattr(project, name) != value}
    for name, value in changed.items():
        setattr(project, name, value)
    if changed:
        project.updated_at = now()
    answer = shown(project, member)
    if changed:
        log.record(
            "project.updated", answer, actor, project=project, recipients=member_ids(project)
        )
    return answer


def delete(project: Project, actor: Actor) -> None:
    """Remove a project and everything in it, and end its streams."""
    log.record("project.deleted", project, actor, project=project, recipients=member_ids(project))
    log.end_access(project_id=project.id)
    log.forget(project)
    attachments.discard_files(Ticket.project_id == project.id)
    db.session.delete(project)


def member_ids(project: Project) -> list[str]:
    """The ids of the people who belong to a project."""
    return list(db.session.scalars(select(Member.user_id).where(Member.project_id == project.id)))
