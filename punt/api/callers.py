"""Who calls: whoever signed in behind the cookie, or whoever made the token."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from flask import Request, current_app, request
from flask import session as cookie
from flask_login import UserMixin, current_user
from sqlalchemy import inspect
from sqlalchemy.exc import OperationalError

from punt.config import Config
from punt.database import transaction
from punt.errors import AuthenticationRequired, Forbidden
from punt.extensions import login_manager
from punt.models import Session, Token, User
from punt.tracker import sessions, tokens
from punt.tracker.sessions import due_for_note

logger = logging.getLogger("punt")

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}

# The next request notes as well.
NOTE_SECONDS = 0.25


@dataclass
class Caller(UserMixin):
    """Who makes a request: by a session or by a token, of which exactly one is there.

    `user_id` needs no database, which `user.id` does after a transaction has failed.
    """

    user: User
    secret: str
    session: Session | None = None
    token: Token | None = None

    def __post_init__(self) -> None:
        self.user_id = self.user.id

    def get_id(self) -> str:
        """What the cookie carries: the secret of the sign-in, not the id of the user."""
        return self.secret

    @property
    def expires(self) -> datetime | None:
        """When the session or token ends by itself; a token may be without an end."""
        if self.session:
            return self.session.expires
        return self.token.expires_at if self.token else None


def settings() -> Config:
    """The settings of the running app."""
    return cast(Config, current_app.config["PUNT"])


def session_lifetime() -> timedelta:
    """How long an unused sign-in lasts."""
    return timedelta(days=settings().session_days)


def names_a_token() -> bool:
    """Whether the request says by a bearer token who calls: that decides alone.

    Other schemes are not ours to judge: a proxy in front may pass its own on.
    """
    return request.headers.get("Authorization", "").partition(" ")[0].lower() == "bearer"


@login_manager.user_loader
def load_by_cookie(secret: str) -> Caller | None:
    """The caller behind a cookie. Using a session lengthens it, which is noted now and then."""
    if names_a_token():
        return None
    found = sessions.find(secret)
    if found and due_for_note(found[0].last_used_at):
        _note(lambda session_id: sessions.note_use(session_id, session_lifetime()), found[0].id)
        cookie.modified = True
        found = sessions.find(secret)
    return Caller(found[1], secret, session=found[0]) if found else None


def _note(note_use: Callable[[str], None], id_: str) -> None:
    """Note the use of a session or token, if that can be written: no read fails or waits for it."""
    try:
        with transaction(patience=NOTE_SECONDS):
            note_use(id_)
    except (OperationalError, TimeoutError) as error:
        reason = str(error).partition("\n")[0]
        logger.warning("the use of a sign-in could not be noted: %s", reason)


@login_manager.request_loader
def load_by_header(req: Request) -> Caller | None:
    """The caller behind a personal access token; its use is noted now and then."""
    if not names_a_token():
        return None
    # Not `req.authorization`, which fails on some of what is not a token.
    secret = req.headers["Authorization"].partition(" ")[2].strip()
    found = tokens.find(secret)
    if found and due_for_note(found[0].last_used_at):
        _note(tokens.note_use, found[0].id)
        found = tokens.find(secret)
    return Caller(found[1], secret, token=found[0]) if found else None


def present_caller() -> Caller:
    """The caller of this request as of now; `AuthenticationRequired` or `Forbidden` without one.

    A `read` token is refused whatever is not a read, on every route.
    """
    caller = _found_again() if current_user.is_authenticated else None
    if caller is None:
        raise AuthenticationRequired
    if caller.user.disabled_at:
        raise Forbidden("This account is disabled")
    if caller.token and caller.token.scope == "read" and request.method not in SAFE_METHODS:
        raise Forbidden("This token may only read")
    return caller


def _found_again() -> Caller | None:
    caller = cast(Caller, current_user)
    if not inspect(caller.user).expired:
        # Still the snapshot in which the caller was found: it would say the same.
        return caller
    secret = caller.secret
    if caller.token:
        by_token = tokens.find(secret)
        return Caller(by_token[1], secret, token=by_token[0]) if by_token else None
    by_session = sessions.find(secret)
    return Caller(by_session[1], secret, session=by_session[0]) if by_session else None
