"""Personal access tokens: what scripts send in place of a session (contract, section 2)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from punt.database import now
from punt.errors import NotFound, RuleBroken
from punt.events import log
from punt.extensions import db
from punt.models import Token, User
from punt.tracker.secrets import digest, new_secret

# People and programs that look for leaked secrets know it by this.
PREFIX = "punt_"
MOST_TOKENS = 100

SHOWN = ("id", "name", "scope", "created_at", "last_used_at", "expires_at")

# Made once: every request that a token signs asks this.
_LIVE = (
    select(Token, User)
    .join(User, User.id == Token.user_id)
    .where(
        Token.secret_hash == bindparam("digest"),
        or_(Token.expires_at.is_(None), Token.expires_at > bindparam("now")),
    )
)


def find(secret: str) -> tuple[Token, User] | None:
    """The token that is still valid behind a secret, with its user."""
    row = db.session.execute(_LIVE, {"digest": digest(secret), "now": now()}).one_or_none()
    return row and (row[0], row[1])


def note_use(token_id: str) -> None:
    """Write down that a token is in use."""
    token = db.session.get(Token, token_id)
    if token:
        token.last_used_at = now()


def list_of(user: User) -> Sequence[Token]:
    """The tokens of a user, oldest first, those that have expired too."""
    return db.session.scalars(
        select(Token).where(Token.user_id == user.id).order_by(Token.id)
    ).all()


def get(user: User, token_id: str) -> Token:
    """The token of a user with this id; `NotFound` otherwise."""
    query = select(Token).where(Token.id == token_id, Token.user_id == user.id)
    token = db.session.scalar(query)
    if token is None:
        raise NotFound("Token")
    return token


def issue(user: User, values: dict[str, Any]) -> dict[str, Any]:
    """A new token as it is shown, once with its secret as `token`: that is not kept."""
    count = select(func.count()).where(Token.user_id == user.id)
    if (db.session.scalar(count) or 0) >= MOST_TOKENS:
        raise RuleBroken(f"You have {MOST_TOKENS} tokens: delete one that you no longer need")
    secret = PREFIX + new_secret()
    token = Token(
        user_id=user.id,
        name=values["name"],
        scope=values["scope"],
        expires_at=values.get("expires_at"),
        secret_hash=digest(secret),
    )
    db.session.add(token)
    db.session.flush()
    return {name: getattr(token, name) for name in SHOWN} | {"token": secret}


def revoke(token: Token) -> None:
    """Delete a token: it is worth nothing from now on, and its streams end."""
    log.end_access(token_id=token.id)
    db.session.delete(token)
