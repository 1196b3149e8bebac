"""The Flask extensions, made here and bound to the app in `create_app`."""

from flask import current_app, request
from flask_limiter import Limiter
from flask_login import LoginManager, current_user
from flask_migrate import Migrate
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
migrate = Migrate()
login_manager = LoginManager()
limiter = Limiter(
    caller_key,
    # One bucket for everything; `default_limits` would count each endpoint by itself.
    application_limits=[lambda: current_app.config["PUNT"].rate_limit_general],
    # What has no route counts too, and its answer tells the limit as well.
    request_identifier=lambda: request.endpoint or "unrouted",
)
