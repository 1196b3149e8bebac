"""Who belongs to a project, and as what (contract, section 3, members)."""

from collections.abc import Sequence

from sqlalchemy import exists, func, select
from sqlalchemy.orm import joinedload

from punt.database import folded
from punt.errors import Invalid, RuleBroken
from punt.events import log
from punt.events.log import Actor
from punt.extensions import db
from punt.models import Member, Project, User
from punt.tracker import finding, permissions, projects
from punt.tracker.permissions import OWNER


def list_of(project: Project) -> Sequence[Member]:
    """The members of a project, in the order in which they joined."""
    query = (
        select(Member)
        .options(joinedload(Member.user))
        .where(Member.project_id == project.id)
        .order_by(Member.id)
    )
    return db.session.scalars(query).all()


def get(project: Project, member_id: str) -> Member:
    """The member of a project with this id; `NotFound` otherwise."""
    return finding.one(Member, Member.id == member_id, Member.project_id == project.id)


def add(project: Project, own: Member, values: dict[str, str], actor: Actor) -> Member:
    """Let a person in, named by `user_id` or `username`. They hear of it as of a new project."""
    permissions.require_rank(own, values["role"])
    user = _person(values)
    theirs = exists().where(Member.project_id == project.id, Member.user_id == user.id)
    if db.session.scalar(select(theirs)):
        raise RuleBroken(f"{user.username} is a member of this project already")
    member = Member(project_id=project.id, user=user, role=values["role"])
    db.session.add(member)
    db.session.flush()
    log.record("member.created", member, actor, project=project)
    _tell("project.created", project, member, actor)
    return member


def _person(values: dict[str, str]) -> User:
    if "user_id" in values:
        field, named = "userId", User.id == values["user_id"]
    else:
        field, named = "username", User.username_key == folded(values["username"])
    user = db.session.scalar(select(User).where(named))
    if user is None:
        raise Invalid([(field, "There is no such user")])
    return user


def change_role(project: Project, own: Member, member: Member, role: str, actor: Actor) -> Member:
    """Give a member another role. The last owner cannot be demoted."""
    permissions.require_rank(own, member.role)
    permissions.require_rank(own, role)
    if role == member.role:
        return member
    _keep_an_owner(project, member)
    member.role = role
    log.record("member.updated", member, actor, project=project)
    _tell("project.updated", project, member, actor)
    return member


def remove(project: Project, own: Member, member: Member, actor: Actor) -> None:
    """Put a member out, or leave oneself. Tickets stay assigned to them; their streams end."""
    if member.id != own.id:
        permissions.require("member.manage", own.role)
        permissions.require_rank(own, member.role)
    _keep_an_owner(project, member)
    log.record("member.deleted", member, actor, project=project)
    log.record("project.deleted", project, actor, recipients=[member.user_id])
    log.end_access(user_id=member.user_id, project_id=project.id)
    db.session.delete(member)
    db.session.flush()


def _keep_an_owner(project: Project, member: Member) -> None:
    owners = select(func.count()).where(Member.project_id == project.id, Member.role == OWNER)
    if member.role == OWNER and db.session.scalar(owners) == 1:
        raise RuleBroken("The last owner of a project can be neither removed nor demoted")


def _tell(type_: str, project: Project, member: Member, actor: Actor) -> None:
    """Send a member, and nobody else, the project as they now see it in their list."""
    shown = projects.shown(project, member)
    log.record(type_, shown, actor, recipients=[member.user_id])
