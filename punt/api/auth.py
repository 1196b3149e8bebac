"""Registering, signing in and out (contract, section 2)."""

import re
from typing import Any

from flask import redirect, request
from flask import session as cookie
from flask_login import current_user, logout_user
from werkzeug import Response as BaseResponse

from punt.api import callers
from punt.api.access import public
from punt.api.blueprint import Blueprint
from punt.api.callers import (
    kept,
    names_a_token,
    present_caller,
    session_lifetime,
    settings,
)
from punt.database import transaction
from punt.errors import AuthenticationRequired, Forbidden
from punt.extensions import address_key, limiter
from punt.models import User
from punt.tracker import accounts, sessions
from punt.tracker.passwords import hash_password
from schemas.auth import Credentials, SignedIn, SignOut, Verification, Verified
from schemas.users import Account, Registration

blp = Blueprint("auth", __name__, url_prefix="/auth", description="Signing in and out")

sign_in_limit = limiter.shared_limit(
    lambda: settings().rate_limit_login, scope="sign-in", key_func=address_key
)

MOST_PATH_LENGTH = 2000

# A browser takes "//evil.example", and a tab or backslash in its place, for another site.
PATH_ON_THIS_SITE = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


@blp.route("/register", methods=["POST"])
@limiter.limit(lambda: settings().rate_limit_register, key_func=address_key)
@public
@blp.arguments(Registration)
@blp.response(201, Account)
def register(values: dict[str, Any]) -> User:
    """Make an account; the first one is the system admin."""
    password_hash = hash_password(values["password"])
    with transaction():
        return accounts.register(
            values["username"],
            password_hash,
            values.get("name"),
            values.get("email"),
            is_open=settings().registration == "open",
        )


@blp.route("/callback/credentials", methods=["POST"])
@sign_in_limit
@public
@blp.arguments(Credentials, location="json_or_form")
@blp.response(200, SignedIn)
def sign_in(values: dict[str, str]) -> dict[str, Any]:
    """Sign in with a user name or address and a password."""
    user = accounts.authenticate(values["username"], values["password"])
    if user is None:
        raise AuthenticationRequired("Invalid username or password")
    with transaction():
        session, secret = sessions.start(
            user,
            user.password_hash,
            session_lifetime(),
            request.user_agent.string,
            request.remote_addr,
        )
    cookie.permanent = True
    callers.sign_in(secret)
    return {"user": user, "expires": session.expires}


@blp.route("/session", methods=["GET"])
@public
@blp.response(200, SignedIn)
def show_session() -> dict[str, Any]:
    """Who is signed in; an empty object when nobody is."""
    try:
        caller = present_caller()
    except (AuthenticationRequired, Forbidden):
        return {}
    user = kept(("user", caller.user_id), lambda: accounts.card(caller.user_id))
    return {"user": user, "expires": caller.expires}


@blp.route("/signout", methods=["POST"])
@public
@blp.arguments(SignOut, location="json_or_form")
@blp.response(302)
def sign_out(values: dict[str, Any]) -> BaseResponse:
    """End the session and go to `callbackUrl`, a path on this site. A token goes on as it was."""
    if not names_a_token():
        _end_session()
    return redirect(_on_this_site(values.get("callback_url")))


def _end_session() -> None:
    if current_user.is_authenticated:
        with transaction():
            found = sessions.find(current_user.secret)
            if found:
                sessions.end(found)
    logout_user()
    cookie.clear()


def _on_this_site(wanted: str | None) -> str:
    if not wanted or len(wanted) > MOST_PATH_LENGTH or not PATH_ON_THIS_SITE.fullmatch(wanted):
        return "/"
    return wanted


@blp.route("/verify-credentials", methods=["POST"])
@sign_in_limit
@public
@blp.arguments(Verification)
@blp.response(200, Verified)
def verify_credentials(values: dict[str, str]) -> dict[str, Any]:
    """Say whether a name and password are right, without signing in."""
    user = accounts.authenticate(values["username"], values["password"])
    return {"valid": True, "user": user} if user else {"valid": False}
