"""Personal access tokens: what scripts send in place of a session (contract, section 2)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func, select

from punt.database import now
from punt.errors import RuleBroken
from punt.events import log
from punt.extensions import db
from punt.models import Token, User
from punt.tracker import finding
from punt.tracker.secrets import digest, new_secret
from punt.tracker.sign_ins import SignIn

# People and programs that look for leaked secrets know it by this.
PREFIX = "punt_"
MOST_TOKENS = 100

SHOWN = ("id", "name", "scope", "created_at", "last_used_at", "expires_at")

# Made once: every request that a token signs asks this.
_SIGN_IN = (
    select(
        Token.id.label("token_id"),
        Token.expires_at.label("expires"),
        Token.last_used_at,
        Token.user_id,
        User.disabled_at.is_not(None).label("is_disabled"),
        (Token.scope == "read").label("may_only_read"),
    )
    .join(User, User.id == Token.user_id)
    .where(Token.secret_hash == bindparam("digest"))
)


def sign_in(secret: str) -> SignIn | None:
    """What a token's secret stands for, whether or not it has expired."""
    row = db.session.connection().execute(_SIGN_IN, {"digest": digest(secret)}).one_or_none()
    return row and SignIn(**row._mapping)


def note_use(secret: str) -> None:
    """Write down that a token is in use."""
    token = db.session.scalar(select(Token).where(Token.secret_hash == digest(secret)))
    if token:
        token.last_used_at = now()


def list_of(user_id: str) -> Sequence[Token]:
    """The tokens of a user, oldest first, those that have expired too."""
    return db.session.scalars(
        select(Token).where(Token.user_id == user_id).order_by(Token.id)
    ).all()


def get(user_id: str, token_id: str) -> Token:
    """The token of a user with this id; `NotFound` otherwise."""
    return finding.one(Token, Token.id == token_id, Token.user_id == user_id)


def issue(user_id: str, values: dict[str, Any]) -> dict[str, Any]:
    """A new token as it is shown, once with its secret as `token`: that is not kept."""
    count = select(func.count()).where(Token.user_id == user_id)
    if (db.session.scalar(count) or 0) >= MOST_TOKENS:
        raise RuleBroken(f"You have {MOST_TOKENS} tokens: delete one that you no longer need")
    secret = PREFIX + new_secret()
    token = Token(
        user_id=user_id,
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
