"""Lists, whole or page by page (contract, section 1, pages)."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Response, jsonify, request
from itsdangerous import BadSignature, URLSafeSerializer
from marshmallow import Schema

from punt.api.callers import settings
from punt.errors import Invalid

DEFAULT_LIMIT = 100

Items = Sequence[dict[str, Any]]
Place = list[Any]


def is_paged(query: dict[str, Any]) -> bool:
    """Whether the caller asked for a page, not for the whole list."""
    return "limit" in query or "cursor" in query


def limit_of(query: dict[str, Any]) -> int:
    """How many items the page may hold."""
    return int(query.get("limit", DEFAULT_LIMIT))


def place_of(query: dict[str, Any]) -> Place | None:
    """Where the page begins: behind the place that its cursor names; at the start without one."""
    if "cursor" not in query:
        return None
    try:
        return list(_serializer().loads(query["cursor"]))
    except BadSignature as error:
        raise Invalid([("cursor", "Cursor is not one that this list gave out")]) from error


def _serializer() -> URLSafeSerializer:
    """Signs cursors for this very list: the same path and the same filters."""
    filters = sorted((k, v) for k, v in request.args.items(True) if k not in ("limit", "cursor"))
    salt = f"cursor {request.path}?{urlencode(filters)}"
    return URLSafeSerializer(settings().secret_key or "", salt=salt)


def respond(page: str | bytes, total: int, next_place: Place | None) -> Response:
    """One page of a list, as JSON, with the way to the next."""
    response = Response(page, mimetype="application/json")
    response.headers["X-Total-Count"] = str(total)
    if next_place is not None:
        cursor = _serializer().dumps(next_place)
        kept = [(k, v) for k, v in request.args.items(True) if k != "cursor"]
        parameters = [*kept, ("cursor", cursor)]
        response.headers["Link"] = f'<{request.base_url}?{urlencode(parameters)}>; rel="next"'
    return response


def of(
    schema: Schema,
    items: Sequence[Any],
    query: dict[str, Any],
    key: Callable[[Any], Place],
    *,
    descending: bool = False,
) -> Response:
    """A list that is read whole and stands in order of `key`, cut as `query` asks."""
    if not is_paged(query):
        return jsonify(schema.dump(items, many=True))
    place, limit = place_of(query), limit_of(query)
    rest = [
        item
        for item in items
        if place is None or (key(item) < place if descending else key(item) > place)
    ]
    more = len(rest) > limit
    page = jsonify(schema.dump(rest[:limit], many=True)).get_data()
    return respond(page, len(items), key(rest[limit - 1]) if more else None)
