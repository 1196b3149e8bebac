"""The end of an account: what stays of it, and what must not (contract, section 2, me)."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from punt.errors import RuleBroken
from punt.events import log
from punt.events.log import Actor
from punt.extensions import db
from punt.models import Member, Project, User
from punt.tracker import accounts, avatars, members
from punt.tracker.permissions import OWNER


def delete(actor: Actor, proven_hash: str) -> None:
    """Remove one's own account, with its sessions, tokens, memberships and picture.

    Tickets and comments stay, without a name. `RuleBroken` while a project has no other owner or
    the server no other admin who can sign in, even if nobody else has an account: whoever
    registers next would be the admin.
    """
    user = accounts.get(actor.user_id)
    accounts.require_proven(user, proven_hash)
    _require_another_admin(user)
    _require_other_owners(user)
    for project, member in _memberships(user):
        members.remove(project, member, member, actor)
    avatars.discard(user)
    # The name may also stand on tickets of projects that the person has left.
    log.touch_every_project(log.end_access(user_id=user.id))
    db.session.delete(user)
    db.session.flush()


def _require_another_admin(user: User) -> None:
    if not user.is_system_admin:
        return
    others = select(func.count()).where(
        User.is_system_admin, User.disabled_at.is_(None), User.id != user.id
    )
    if not db.session.scalar(others):
        raise RuleBroken("You are the only system admin: somebody else must be one first")


def _require_other_owners(user: User) -> None:
    fellow = aliased(Member)
    others = (
        select(fellow.id)
        .where(fellow.project_id == Project.id, fellow.role == OWNER, fellow.user_id != user.id)
        .exists()
    )
    query = (
        select(Project.key)
        .join(Member, Member.project_id == Project.id)
        .where(Member.user_id == user.id, Member.role == OWNER, ~others)
        .order_by(Project.key)
    )
    keys = db.session.scalars(query).all()
    if keys:
        raise RuleBroken(f"You are the only owner of {', '.join(keys)}: hand over or delete first")


def _memberships(user: User) -> Sequence[tuple[Project, Member]]:
    query = (
        select(Project, Member)
        .join(Member, Member.project_id == Project.id)
        .where(Member.user_id == user.id)
        .order_by(Member.id)
    )
    return [(project, member) for project, member in db.session.execute(query)]
