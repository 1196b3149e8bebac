"""Sign-ins: kept on the server, so that ending one takes effect at once (contract, section 1)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select

from punt.database import now
from punt.errors import AuthenticationRequired
from punt.events import log
from punt.extensions import db
from punt.models import Session, User
from punt.tracker import finding
from punt.tracker.secrets import digest, new_secret
from punt.tracker.sign_ins import SignIn

# How often the use of a session is written down, and its end pushed back.
NOTED_EVERY = timedelta(minutes=1)

SHOWN = ("id", "created_at", "last_used_at", "expires", "user_agent", "ip")

# Made once: every request that a session signs asks this.
_SIGN_IN = (
    select(
        Session.id.label("session_id"),
        Session.expires,
        Session.last_used_at,
        Session.user_id,
        User.disabled_at.is_not(None).label("is_disabled"),
    )
    .join(User, User.id == Session.user_id)
    .where(Session.secret_hash == bindparam("digest"))
)


def sign_in(secret: str) -> SignIn | None:
    """What a cookie's secret stands for, whether or not it has expired."""
    row = db.session.connection().execute(_SIGN_IN, {"digest": digest(secret)}).one_or_none()
    return row and SignIn(**row._mapping)


def find(secret: str) -> Session | None:
    """The live session behind a cookie's secret."""
    query = select(Session).where(Session.secret_hash == digest(secret), Session.expires > now())
    return db.session.scalar(query)


def start(
    user: User, proven_hash: str, lifetime: timedelta, user_agent: str | None, ip: str | None
) -> tuple[Session, str]:
    """Sign `user` in; answers the session and the secret for the cookie.

    `proven_hash` is the password hash that the caller was checked against: when it has changed
    since, or the account is disabled by now, `AuthenticationRequired` is raised.
    """
    fresh = db.session.get(User, user.id)
    if fresh is None or fresh.disabled_at or fresh.password_hash != proven_hash:
        raise AuthenticationRequired("Invalid username or password")
    secret = new_secret()
    session = Session(
        user_id=user.id,
        secret_hash=digest(secret),
        user_agent=(user_agent or "")[:200] or None,
        ip=ip,
        expires=now() + lifetime,
    )
    db.session.add(session)
    db.session.flush()
    return session, secret


def due_for_note(last_used_at: datetime | None) -> bool:
    """Whether the use of a session or token is to be written down again."""
    return last_used_at is None or now() - last_used_at > NOTED_EVERY


def note_use(secret: str, lifetime: timedelta) -> None:
    """Write down that a session is in use: it now lasts for another `lifetime`."""
    session = find(secret)
    if session:
        session.last_used_at = now()
        session.expires = session.last_used_at + lifetime


def end(session: Session) -> None:
    """Sign out: the session is gone and its streams end."""
    log.end_access(session_id=session.id)
    db.session.delete(session)


def end_all(user_id: str) -> None:
    """Sign a user out everywhere; the streams of their tokens end too, but may be opened again."""
    log.end_access(user_id=user_id)
    db.session.execute(delete(Session).where(Session.user_id == user_id))


def list_of(user_id: str, current_id: str | None) -> list[dict[str, Any]]:
    """The live sessions of a user, oldest first, and which of them has `current_id`."""
    return [
        {name: getattr(session, name) for name in SHOWN} | {"current": session.id == current_id}
        for session in _live(user_id)
    ]


def _live(user_id: str) -> Sequence[Session]:
    theirs = select(Session).where(Session.user_id == user_id, Session.expires > now())
    return db.session.scalars(theirs.order_by(Session.id)).all()


def get(user_id: str, session_id: str) -> Session:
    """The live session of a user with this id; `NotFound` otherwise."""
    is_theirs = Session.user_id == user_id
    return finding.one(Session, Session.id == session_id, is_theirs, Session.expires > now())


def renew(secret: str, lifetime: timedelta) -> str:
    """Give a session a fresh secret, and end every other session of its user.

    Streams end in any case: one opened with the old secret may be a thief's. Answers the new
    secret, for the cookie.
    """
    session = find(secret)
    if session is None:
        raise AuthenticationRequired
    for other in _live(session.user_id):
        if other is not session:
            end(other)
    log.end_access(session_id=session.id)
    fresh = new_secret()
    session.secret_hash = digest(fresh)
    session.last_used_at = now()
    session.expires = session.last_used_at + lifetime
    return fresh
