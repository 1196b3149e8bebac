"""What the OpenAPI document says of a route, from what the route declares."""

import re
from collections.abc import Iterator
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from punt.api.access import PUBLIC
from punt.api.examples import BODIES, IDS
from punt.tracker.permissions import LEAST_ROLE, SESSION_ONLY
from schemas.vocabulary import camel

ERRORS = {
    "400": "The input failed validation (then `details` name every problem), or broke a rule",
    "401": "No valid session or token",
    "403": "Not allowed: no member, too low a role, another site, a disabled account",
    "404": "Nothing there has this id or key",
    "405": "The path has no such method",
    "408": "The body took too long to arrive",
    "412": "`If-Match` does not hold: the ticket has changed since",
    "413": "The body is too large",
    "415": "The body has another content type than this call takes",
    "416": "The file has no such range",
    "429": "Too many requests",
    "500": "A bug; it is in the log, under the request id",
    "503": "The disk is full or the database away; nothing was changed",
}
ALWAYS = ("400", "401", "403", "405", "429", "500", "503")

TEXT = {"type": "string"}
COUNT = {"type": "integer"}
HEADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "X-Request-Id": ("The caller's own, if it sent a sane one", TEXT),
    "X-RateLimit-Limit": ("How many requests there may be in the present window", COUNT),
    "X-RateLimit-Remaining": ("How many of them are left", COUNT),
    "X-RateLimit-Reset": ("When the window ends, in Unix seconds", COUNT),
    "Retry-After": ("After how many seconds to try again", COUNT),
    "Allow": ("The methods that the path has", TEXT),
    "ETag": ("The version of what is answered", TEXT),
    "Link": ('Where the next page is (`rel="next"`), when there is one', TEXT),
    "X-Total-Count": ("How many items the pages have together, when a page was asked for", COUNT),
    "Location": ("Where to go from here", TEXT),
    "Idempotency-Replayed": ("`true` when the same request with the same key came before", TEXT),
    "Set-Cookie": ("The session", TEXT),
}
EVERYWHERE = ("X-Request-Id", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
OF_STATUS = {
    "302": ("Location",), "405": ("Allow",), "429": ("Retry-After",), "503": ("Retry-After",),
}  # fmt: skip

SENT: dict[str, str] = {
    "X-Request-Id": "A name for this request: it comes back, and stands in the log",
    "X-Tab-Id": "The event that follows carries it, so that a tab can ignore its own echo",
    "Idempotency-Key": "The same request with the same key does nothing a second time",
    "If-None-Match": "An ETag: 304 when it still holds",
    "If-Match": "A ticket's ETag: 412 when somebody else has changed the ticket since",
    "Last-Event-ID": "The last event that was seen: what was missed comes first",
    "Range": "Which bytes of the file",
}

QUERY = {
    "limit": "How many items the page may hold",
    "cursor": "Where the page begins, as the `Link` of the page before has it",
    "q": "Words in the title or description, or a key",
    "sort": "The order; `-` turns it round",
    "moveTicketsTo": "The column that the tickets go to: needed when there are any",
}

MESSAGES = (
    ' Each message has an `id` and is JSON: `{"type", "data", "tabId", "timestamp"}`; the first is'
    ' `{"type": "connected"}`. After `{"type": "resync"}`, load everything again.'
)

NAMED = {"project": "The project: its id or key", "ticket": "The ticket: its id, key or number"}

# What is sent piece by piece when asked to, and what has an ETag without being in a project.
FILES = {"avatars.show_avatar", "attachments.download_attachment"}
TAGGED = {*FILES, "documentation.show_document"}

# What is answered with null in place of the thing itself.
MAY_BE_NULL = {"sprints.show_active_sprint"}

SIGNS_IN = {"auth.sign_in", "auth.sign_out", "account.change_password"}


def with_headers(answer: dict[str, Any], status: str, *more: str) -> dict[str, Any]:
    """The answer, with the headers that it carries."""
    names = (*EVERYWHERE, *OF_STATUS.get(status, ()), *more)
    return {**answer, "headers": {n: {"$ref": f"#/components/headers/{n}"} for n in names}}


def _kinds(view: Any) -> list[str]:
    """What a view answers that is not of one of our schemas."""
    declared = view._apidoc["response"]["responses"].get(200, [])
    return [each["content_type"] for each in declared if each["content_type"]]


def _body(view: Any) -> dict[str, Any] | None:
    """What a view declares of its body."""
    declared = view._apidoc.get("arguments", {}).get("parameters", [])
    return next((each for each in declared if each["in"] != "query"), None)


class Operation:
    """One method of one path, as the declarations describe it so far."""

    def __init__(self, app: Flask, rule: Rule, method: str, operation: dict[str, Any]) -> None:
        view: Any = app.view_functions[rule.endpoint]
        self.endpoint, self.method, self.operation = rule.endpoint, method, operation
        self.parts = re.findall(r"<(\w+)>", rule.rule)
        self.action: str = view.action
        self.is_read = method == "GET"
        self.kinds, self.body = _kinds(view), _body(view)
        self.is_stream = "text/event-stream" in self.kinds
        self.is_file = self.endpoint in FILES
        self.is_tagged = self.is_read and (
            self.endpoint in TAGGED or (self.action in LEAST_ROLE and not self.is_stream)
        )
        self.is_conditional = not self.is_read and "ticket_id" in self.parts

    def complete(self) -> None:
        """Say what holds for all routes of its kind."""
        name = self.endpoint.partition(".")[2]
        self.operation["operationId"] = camel(name)
        self.operation["description"] = self._who() + (MESSAGES if self.is_stream else "")
        self.operation["security"] = self._security()
        self.operation["parameters"] = [*self._parameters()]
        if self.body:
            self._complete_body(self.body)
        for kind in self.kinds:
            schema = {"type": "object" if kind == "application/json" else "string"}
            self.operation["responses"]["200"]["content"] = {kind: {"schema": schema}}
        if self.endpoint in MAY_BE_NULL:
            content = self.operation["responses"]["200"]["content"]["application/json"]
            content["schema"] = {"anyOf": [content["schema"], {"type": "null"}]}
        answers = {
            status: with_headers(answer, status, *self._headers())
            for status, answer in self.operation["responses"].items()
            if status != "default" and status not in ERRORS and status != "422"
        }
        if self.is_tagged:
            answers["304"] = with_headers({"description": "Not modified"}, "304", "ETag")
        if self.is_file:
            answers["206"] = {**answers["200"], "description": "The bytes that `Range` names"}
        answers |= {
            status: {"$ref": f"#/components/responses/{status}"} for status in self._errors()
        }
        self.operation["responses"] = dict(sorted(answers.items()))

    def _who(self) -> str:
        if self.action == PUBLIC:
            return "Anyone may call this."
        if self.action in SESSION_ONLY:
            return "This takes a session, not a token."
        if self.action in LEAST_ROLE:
            return f"This takes the role `{LEAST_ROLE[self.action]}` or higher in the project."
        return "Anyone who is signed in may call this."

    def _security(self) -> list[dict[str, Any]]:
        session: dict[str, Any] = {"session": []}
        token: dict[str, Any] = {"token": []}
        if self.action == PUBLIC:
            return [{}, session, token]
        return [session] if self.action in SESSION_ONLY else [session, token]

    def _parameters(self) -> Iterator[dict[str, Any]]:
        for part in self.parts:
            thing = part.removesuffix("_id")
            yield {
                "in": "path",
                "name": camel(part),
                "required": True,
                "description": NAMED.get(thing, f"The {thing}: its id"),
                "schema": {"type": "string", "minLength": 1},
                "example": IDS[thing],
            }
        for parameter in self.operation.get("parameters", []):
            meaning = parameter.get("description") or QUERY[parameter["name"]]
            yield {**parameter, "description": meaning}
        for name in self._sent():
            schema = {"type": "string", "minLength": 1}
            yield {"in": "header", "name": name, "description": SENT[name], "schema": schema}

    def _sent(self) -> Iterator[str]:
        yield "X-Request-Id"
        if not self.is_read and self.action != PUBLIC:
            yield "X-Tab-Id"
        if self.method == "POST" and self.action != PUBLIC:
            yield "Idempotency-Key"
        if self.is_tagged:
            yield "If-None-Match"
        if self.is_conditional:
            yield "If-Match"
        if self.is_stream:
            yield "Last-Event-ID"
        if self.is_file:
            yield "Range"

    def _complete_body(self, declared: dict[str, Any]) -> None:
        body = self.operation["requestBody"]
        body["required"] = not declared["schema"].body_optional
        (content,) = body["content"].values()
        content["example"] = BODIES[type(declared["schema"]).__name__]
        if declared["in"] == "json_or_form":
            body["content"]["application/x-www-form-urlencoded"] = content

    def _headers(self) -> Iterator[str]:
        if self.is_tagged or (self.method == "PATCH" and "ticket_id" in self.parts):
            yield "ETag"
        if any(each["name"] == "cursor" for each in self.operation["parameters"]):
            yield from ("Link", "X-Total-Count")
        if "Idempotency-Key" in self._sent():
            yield "Idempotency-Replayed"
        if self.endpoint in SIGNS_IN:
            yield "Set-Cookie"

    def _errors(self) -> Iterator[str]:
        yield from ALWAYS
        if self.parts:
            yield "404"
        if self.body:
            yield from ("408", "413", "415")
        if self.is_conditional:
            yield "412"
        if self.is_file:
            yield "416"
