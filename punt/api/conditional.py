"""ETag, If-None-Match and If-Match (contract, section 1, conditional requests)."""

import re
from collections.abc import Callable
from typing import Any
from zlib import crc32

from flask import Response, make_response, request

from punt import __version__
from punt.api import answers
from punt.errors import Stale
from punt.models import Ticket
from punt.tracker.addressing import Place

# A proxy that compresses makes tags weak, which takes nothing from what a revision says.
TAG = re.compile(r'\s*(?:W/)?"?[0-9]+\.([0-9]+)\.[^"]*"?\s*')


def show(place: Place, user_id: str, view: Callable[[], Any]) -> Response:
    """The view's answer to a GET of `place`, or that the client has it already."""
    tag = _tag(place.project_revision, place.ticket_revision, user_id)
    if request.query_string:
        # Or the tag of one list would do for a query that makes no sense.
        tag += f".{crc32(request.query_string):x}"
    known = request.if_none_match
    if known.contains_weak(tag) and not known.star_tag:
        return _tagged(Response(status=304), tag)
    response = answers.of(place, _varies_with(place, user_id), view)
    # `*` is whatever there is: but an answer there must be.
    return _tagged(Response(status=304) if known.star_tag else response, tag)


def change(found: dict[str, Any], view: Callable[[], Any]) -> Any:
    """The answer of a view that writes, unless the ticket is not as the request has it."""
    ticket = found.get("ticket")
    if ticket is None:
        return view()
    _require_match(ticket)
    response = make_response(view())
    if request.method == "PATCH":
        tag = _tag(found["project"].revision, ticket.revision, found["caller"].user_id)
        _tagged(response, tag)
    return response


def _varies_with(place: Place, user_id: str) -> tuple[str | None, str]:
    """What an answer depends on besides its place: one's role, and in a query who `me` is."""
    asks_for_me = any("me" in value.lower() for _, value in request.args.items(multi=True))
    return place.role, user_id if asks_for_me else ""


def _tag(project_revision: int, ticket_revision: int | None, user_id: str) -> str:
    """The revisions of what is shown, who it is shown to, and the program that shows it."""
    return f"{project_revision}.{ticket_revision or 0}.{user_id}.{__version__}"


def _tagged(response: Response, tag: str) -> Response:
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _require_match(ticket: Ticket) -> None:
    """Refuse (`Stale`) when If-Match names other revisions of the ticket than its present one.

    Only the ticket's part of the tag counts: what others did elsewhere in the project does not.
    """
    condition = request.headers.get("If-Match", "*")
    tags = filter(None, map(TAG.fullmatch, condition.split(",")))
    if condition.strip() != "*" and str(ticket.revision) not in {tag[1] for tag in tags}:
        raise Stale
