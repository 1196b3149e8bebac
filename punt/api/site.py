"""The pages, for people: where a visitor arrives, and the documentation."""

from flask import Blueprint as FlaskBlueprint
from flask import Response, make_response, render_template

from punt import __version__
from punt.api.callers import Caller, present_caller, settings
from punt.errors import AuthenticationRequired, Forbidden
from punt.tracker import accounts

blp = FlaskBlueprint("site", __name__)

# Nothing but our own files: no page of ours has a script or a style in it.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


@blp.get("/")
def index() -> Response:
    """What this is, whether you are signed in, and where to go."""
    return page("index.html", may_register=settings().registration == "open")


def page(template: str, **values: object) -> Response:
    """A page, for whoever asks: it may say who is signed in."""
    caller = _caller()
    name = accounts.get(caller.user_id).name if caller else None
    response = make_response(render_template(template, name=name, version=__version__, **values))
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _caller() -> Caller | None:
    try:
        return present_caller()
    except (AuthenticationRequired, Forbidden):
        return None
