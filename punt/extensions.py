"""The Flask extensions, made here and bound to the app in `create_app`."""

from flask import request
from flask_limiter import Limiter
from flask_login import LoginManager, current_user
from flask_sqlalchemy import SQLAlchemy


def caller_key() -> str:
    """Whom a request counts for: the user, or the address of who is signed out."""
    if current_user.is_authenticated:
        return f"user {current_user.user_id}"
    return address_key()


def address_key() -> str:
    """The client's address: the socket's peer, unless the operator trusts a proxy to name it."""
    return f"address {request.remote_addr}"


db = SQLAlchemy(session_options={"expire_on_commit": False})
login_manager = LoginManager()
# For limits of single routes: `api.rate_limits` counts what they all have in common.
limiter = Limiter(caller_key)
