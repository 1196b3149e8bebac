"""Live updates as Server-Sent Events (contract, section 6)."""

import re
from typing import cast

from flask import Response, current_app, request

from punt.api.access import access
from punt.api.blueprint import Blueprint
from punt.api.callers import Caller, present_caller, settings
from punt.events import reading
from punt.events.broker import Broker
from punt.events.reading import Topic
from punt.events.stream import EventStream
from punt.events.subscriber import Listener, Subscriber
from punt.extensions import caller_key, db, limiter
from punt.models import Project
from punt.tracker import addressing, permissions

blp = Blueprint("events", __name__, description="Live updates as Server-Sent Events")

stream_limit = limiter.shared_limit(
    lambda: settings().rate_limit_stream, scope="streams", key_func=caller_key
)

# What cannot be an event's id names nothing that we could resume after.
NEVER_AN_EVENT = -1


@blp.route("/projects/<project_id>/events", methods=["GET"])
@stream_limit
@access("project.listen", streams=True)
@blp.response(200, content_type="text/event-stream")
def stream_project(project: Project, caller: Caller) -> Response:
    """What changes in a project: tickets, labels and everything else."""
    return _open(("project", project.id), caller, project)


@blp.route("/projects/events", methods=["GET"])
@stream_limit
@access("event.listen", streams=True)
@blp.response(200, content_type="text/event-stream")
def stream_projects(caller: Caller) -> Response:
    """What becomes of the projects that you belong to."""
    return _open(("projects", caller.user_id), caller)


@blp.route("/users/events", methods=["GET"])
@stream_limit
@access("event.listen", streams=True)
@blp.response(200, content_type="text/event-stream")
def stream_users(caller: Caller) -> Response:
    """Changes to the profiles that you can see."""
    return _open(("users", caller.user_id), caller)


def _open(topic: Topic, caller: Caller, project: Project | None = None) -> Response:
    broker = cast(Broker, current_app.extensions["punt.broker"])
    listener = Listener(
        topic=topic,
        user_id=caller.user_id,
        session_id=caller.session_id,
        token_id=caller.token_id,
        expires=caller.expires,
    )
    # Our own server offers it; under another one the stream's greenlet writes everything.
    send_now = request.environ.get("punt.send_now")
    subscriber = Subscriber(listener, settings().keepalive_seconds, send_now)
    broker.subscribe(subscriber)
    try:
        newest = _newest_if_still_allowed(project)
    except BaseException:
        broker.unsubscribe(subscriber)
        raise
    body = EventStream(broker, subscriber, newest, _last_event_id())
    response = Response(body, mimetype="text/event-stream", direct_passthrough=True)
    response.headers["X-Accel-Buffering"] = "no"
    response.headers["Cache-Control"] = "no-store"
    return response


def _newest_if_still_allowed(project: Project | None) -> int:
    """The newest event's id, read once subscribed: whatever ends access from now on reaches us."""
    project_id = project.id if project else None
    db.session.rollback()
    user_id = present_caller().user_id
    if project_id:
        permissions.require("project.listen", addressing.place(project_id, None, user_id).role)
    return reading.last_id(db.session.connection())


def _last_event_id() -> int | None:
    given = request.headers.get("Last-Event-ID", "").strip()
    if not given:
        return None
    return int(given) if re.fullmatch(r"[0-9]{1,18}", given) else NEVER_AN_EVENT
