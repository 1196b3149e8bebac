"""Accounts: registering, proving who one is, changing one's profile (contract, section 2)."""

from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select

from punt.database import folded, now
from punt.errors import AuthenticationRequired, Forbidden, RuleBroken
from punt.events import log
from punt.events.log import Actor
from punt.extensions import db
from punt.models import Member, User
from punt.tracker import avatars, sessions
from punt.tracker.passwords import is_correct

ON_CARD = ("id", "username", "name", "email", "avatar", "is_system_admin")

WRONG_PASSWORD = "Current password is wrong"  # noqa: S105 - a sentence


def register(
    username: str, password_hash: str, name: str | None, email: str | None, *, is_open: bool
) -> User:
    """A new account; the very first is the system admin.

    Raises `RuleBroken` when the name or address is taken, `Forbidden` when registration is closed.
    """
    is_first = not db.session.scalar(select(exists(select(User.id))))
    if not (is_open or is_first):
        raise Forbidden("Registration is closed")
    if _taken(User.username_key == folded(username)):
        raise RuleBroken("Username already taken")
    if email and _taken(User.email_key == folded(email)):
        raise RuleBroken("Email already registered")
    user = User(
        username=username,
        username_key=folded(username),
        name=name or username,
        email=email,
        email_key=folded(email) if email else None,
        password_hash=password_hash,
        is_system_admin=is_first,
    )
    db.session.add(user)
    db.session.flush()
    return user


def _taken(condition: ColumnElement[bool]) -> bool:
    return bool(db.session.scalar(select(exists().where(condition))))


def authenticate(login: str, password: str) -> User | None:
    """The user with this name or address and password, unless disabled.

    A wrong name takes as long to refuse as a wrong password.
    """
    key = folded(login)
    user = db.session.scalar(
        select(User).where(or_(User.username_key == key, User.email_key == key))
    )
    if user:
        db.session.expunge(user)
    right = is_correct(password, user.password_hash if user else None)
    return user if right and user and not user.disabled_at else None


def get(user_id: str) -> User:
    """The user with this id; `AuthenticationRequired` when there is none any more."""
    user = db.session.get(User, user_id)
    if user is None:
        raise AuthenticationRequired
    return user


def card(user_id: str) -> dict[str, Any]:
    """What a user is told of themselves: nothing that must not be kept in memory."""
    user = get(user_id)
    return {name: getattr(user, name) for name in ON_CARD}


def prove(user_id: str, password: str) -> str:
    """The hash that one's password was checked against; `RuleBroken` when it is wrong.

    Never call this inside a transaction: checking takes its time. What is to be done for it is
    done in a transaction afterwards, where `require_proven` sees that the hash is still that one.
    """
    proven_hash = get(user_id).password_hash
    db.session.rollback()
    if not is_correct(password, proven_hash):
        raise RuleBroken(WRONG_PASSWORD)
    return proven_hash


def require_proven(user: User, proven_hash: str) -> None:
    """Refuse (`RuleBroken`) when the password has changed since it was proven."""
    if user.password_hash != proven_hash:
        raise RuleBroken(WRONG_PASSWORD)


def change_email(actor: Actor, proven_hash: str, email: str | None) -> User:
    """Give oneself another address, or none; `RuleBroken` when it is somebody else's."""
    user = get(actor.user_id)
    require_proven(user, proven_hash)
    key = folded(email) if email else None
    if key and key != user.email_key and _taken(User.email_key == key):
        raise RuleBroken("Email already registered")
    user.email, user.email_key = email, key
    return user


def change_password(actor: Actor, proven_hash: str, password_hash: str) -> None:
    """Give oneself another password. Tokens stay valid: they do not stand for a sign-in."""
    user = get(actor.user_id)
    require_proven(user, proven_hash)
    user.password_hash = password_hash


def change_profile(actor: Actor, name: str | None) -> User:
    """Give oneself another name; everyone who can see the person hears of it."""
    user = get(actor.user_id)
    if name is not None and name != user.name:
        user.name = name
        show_changed(user, actor)
    return user


def change_avatar(actor: Actor, avatar: str | None) -> User:
    """Show oneself by another picture, or by none; the file of the present one goes."""
    user = get(actor.user_id)
    if avatar != user.avatar:
        avatars.discard(user)
        user.avatar = avatar
        show_changed(user, actor)
    return user


def show_changed(user: User, actor: Actor) -> None:
    """Tell those who see a person that they look different, and drop every answer kept of them."""
    event_id = log.record("user.updated", user, actor, recipients=_acquaintances(user))
    log.touch_every_project(event_id)


def _acquaintances(user: User) -> set[str]:
    theirs = select(Member.project_id).where(Member.user_id == user.id)
    query = select(Member.user_id).where(Member.project_id.in_(theirs)).distinct()
    return {user.id, *db.session.scalars(query)}


def named(username: str) -> User:
    """The user of this name, in any case; `RuleBroken` when there is none."""
    user = db.session.scalar(select(User).where(User.username_key == folded(username)))
    if user is None:
        raise RuleBroken(f"There is no user {username}")
    return user


def appoint(user: User) -> None:
    """Make a user a system admin."""
    user.is_system_admin = True


def reset_password(user: User, password_hash: str) -> None:
    """Give a user who may have lost the present one another password, and sign them out."""
    user.password_hash = password_hash
    sessions.end_all(user.id)


def disable(user: User) -> None:
    """Lock an account: it cannot sign in, and its sessions, tokens and streams stop working."""
    user.disabled_at = user.disabled_at or now()
    log.end_access(user_id=user.id)


def enable(user: User) -> None:
    """Unlock a disabled account."""
    user.disabled_at = None
