"""Where you are signed in (contract, section 2, me)."""

from typing import Any

from flask import Response
from flask import session as cookie
from flask_login import logout_user

from punt.api import pages
from punt.api.access import access
from punt.api.blueprint import Blueprint
from punt.api.callers import Caller
from punt.models import Session as SessionModel
from punt.tracker import sessions
from schemas.base import Page, Success
from schemas.sessions import Session

blp = Blueprint("sessions", __name__, url_prefix="/me/sessions", description="Your sessions")


@blp.route("", methods=["GET"])
@access("account.view")
@blp.arguments(Page, location="query")
@blp.response(200, Session(many=True))
def list_sessions(query: dict[str, Any], caller: Caller) -> Response:
    """Your live sessions, oldest first."""
    found = sessions.list_of(caller.user_id, caller.session_id)
    return pages.of(Session(), found, query, key=lambda session: [session["id"]])


@blp.route("/<session_id>", methods=["DELETE"])
@access("account.edit")
@blp.response(200, Success)
def end_session(session: SessionModel, caller: Caller) -> dict[str, bool]:
    """End a session, at once; with the present one, you sign out."""
    sessions.end(session)
    if session.id == caller.session_id:
        logout_user()
        cookie.clear()
    return {"success": True}
