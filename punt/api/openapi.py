"""What the OpenAPI document says of every route alike (contract, section 1): one place for it."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

from flask import Flask
from marshmallow import Schema
from werkzeug.routing import Rule

from punt.api import cookie
from punt.api.examples import BODIES
from punt.api.operations import ERRORS, HEADERS, Operation, with_headers
from schemas.vocabulary import camel

BASE = "/api"

INTRODUCTION = """\
PUNT tracks projects, tickets and sprints. JSON in and out; ids are opaque strings; timestamps are
ISO 8601 in UTC with milliseconds. Dates come in as `YYYY-MM-DD` or as a full timestamp; words such
as `Task` come in in any letter case. `PATCH` changes the fields that are present, and `null`
clears one that may be empty. What a resource does not have is refused, in a body and in a query.
"""

SECURITY = {
    "session": {"type": "apiKey", "in": "cookie", "name": cookie.NAME},
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A personal access token (`punt_...`), made with `POST /me/tokens`",
    },
}

# An answer has all its fields, but for these.
MAY_LACK = {"Error": {"details"}, "SignedIn": {"user", "expires"}, "Verified": {"user"}}


def complete(
    document: dict[str, Any], app: Flask, schemas: dict[str, type[Schema]]
) -> dict[str, Any]:
    """The document of the declarations, completed by what holds for every route."""
    document["info"]["description"] = INTRODUCTION
    document["info"]["license"] = {"name": "MIT", "identifier": "MIT"}
    document["servers"] = [{"url": BASE, "description": "This server"}]
    document["components"]["securitySchemes"] = SECURITY
    document["components"]["headers"] = {
        name: {"description": meaning, "schema": schema}
        for name, (meaning, schema) in HEADERS.items()
    }
    document["components"]["responses"] = {
        status: with_headers(_error(meaning), status) for status, meaning in ERRORS.items()
    }
    document["paths"] = _paths(document["paths"], app)
    _complete_schemas(document, schemas)
    return document


def _paths(described: dict[str, Any], app: Flask) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for rule in _rules(app):
        item = described[re.sub(r"<(\w+)>", r"{\1}", rule.rule)]
        path = re.sub(r"<(\w+)>", lambda part: f"{{{camel(part[1])}}}", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            operation = item[method.lower()]
            Operation(app, rule, method, operation).complete()
            paths.setdefault(path.removeprefix(BASE), {})[method.lower()] = operation
    return paths


def _rules(app: Flask) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(f"{BASE}/"):
            yield rule


def _error(meaning: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Error"}
    return {"description": meaning, "content": {"application/json": {"schema": schema}}}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"].rpartition("/")[2]
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)


def _complete_schemas(document: dict[str, Any], schemas: dict[str, type[Schema]]) -> None:
    known = document["components"]["schemas"]
    # flask-smorest's own way of paging, which is not ours.
    del known["PaginationMetadata"]
    for name, made in known.items():
        made["description"] = inspect.getdoc(schemas[name]) or ""
        if name in BODIES:
            made["examples"] = [BODIES[name]]
    answers = [
        answer
        for item in document["paths"].values()
        for operation in item.values()
        for answer in operation["responses"].values()
    ]
    waiting = {*_references(answers), "Error"} & known.keys()
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        # Absent values leave as null, never as a missing key.
        lacking = MAY_LACK.get(name, set())
        known[name]["required"] = [
            each for each in known[name]["properties"] if each not in lacking
        ]
        waiting |= {*_references(known[name])} - seen
