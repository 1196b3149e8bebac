"""Who calls: whoever signed in behind the cookie, or whoever made the token."""

import logging
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TypeVar, cast

from flask import Request, current_app, request
from flask import session as cookie
from flask_login import UserMixin, current_user, login_user
from sqlalchemy.exc import OperationalError

from punt.config import Config
from punt.database import transaction
from punt.errors import AuthenticationRequired, Forbidden
from punt.extensions import login_manager
from punt.kept import Kept
from punt.tracker import sessions, tokens
from punt.tracker.secrets import digest
from punt.tracker.sessions import due_for_note
from punt.tracker.sign_ins import SignIn

Found = TypeVar("Found")

logger = logging.getLogger("punt")

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}

# The next request notes as well.
NOTE_SECONDS = 0.25


@dataclass(frozen=True, kw_only=True)
class Caller(SignIn, UserMixin):
    """Who makes a request: by a session or by a token, of which exactly one is there."""

    secret: str

    def get_id(self) -> str:
        """What the cookie carries: the secret of the sign-in, not the id of the user."""
        return self.secret


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


def kept(key: Hashable, read: Callable[[], Found]) -> Found:
    """What `read` finds; see `Kept`."""
    return cast(Kept, current_app.extensions["punt.kept"]).get(key, read)


def by_session(secret: str) -> Caller | None:
    """The caller behind a cookie."""
    return _live(secret, kept(("session", digest(secret)), lambda: sessions.sign_in(secret)))


def by_token(secret: str) -> Caller | None:
    """The caller behind a personal access token."""
    return _live(secret, kept(("token", digest(secret)), lambda: tokens.sign_in(secret)))


def sign_in(secret: str) -> None:
    """Put the secret of a session into the cookie, and nothing that would only make it longer."""
    caller = by_session(secret)
    if caller is None:
        raise AuthenticationRequired
    login_user(caller)
    cookie.pop("_id")


def _live(secret: str, found: SignIn | None) -> Caller | None:
    return Caller(secret=secret, **vars(found)) if found and not found.has_expired else None


@login_manager.user_loader
def load_by_cookie(secret: str) -> Caller | None:
    """The caller behind a cookie. Using a session lengthens it, which is noted now and then."""
    if names_a_token():
        return None
    caller = by_session(secret)
    if caller and due_for_note(caller.last_used_at):
        _note(partial(sessions.note_use, secret, session_lifetime()))
        cookie.modified = True
        caller = by_session(secret)
    return caller


@login_manager.request_loader
def load_by_header(req: Request) -> Caller | None:
    """The caller behind a personal access token; its use is noted now and then."""
    if not names_a_token():
        return None
    # Not `req.authorization`, which fails on some of what is not a token.
    secret = req.headers["Authorization"].partition(" ")[2].strip()
    caller = by_token(secret)
    if caller and due_for_note(caller.last_used_at):
        _note(partial(tokens.note_use, secret))
        caller = by_token(secret)
    return caller


def _note(note_use: Callable[[], None]) -> None:
    """Note the use of a session or token, if that can be written: no read fails or waits for it."""
    try:
        with transaction(patience=NOTE_SECONDS):
            note_use()
    except (OperationalError, TimeoutError) as error:
        reason = str(error).partition("\n")[0]
        logger.warning("the use of a sign-in could not be noted: %s", reason)


def present_caller() -> Caller:
    """The caller of this request as of now; `AuthenticationRequired` or `Forbidden` without one.

    A `read` token is refused whatever is not a read, on every route.
    """
    known = cast(Caller, current_user)
    caller = None
    if known.is_authenticated:
        caller = by_token(known.secret) if known.token_id else by_session(known.secret)
    if caller is None:
        raise AuthenticationRequired
    if caller.is_disabled:
        raise Forbidden("This account is disabled")
    if caller.may_only_read and request.method not in SAFE_METHODS:
        raise Forbidden("This token may only read")
    return caller
