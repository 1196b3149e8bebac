"""Who may call what: every route and every kind of caller (contract, sections 1 to 6)."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, cast
from urllib.parse import unquote

import pytest
from flask import Flask

from punt.extensions import db
from tests.conftest import (
    PASSWORD,
    Answer,
    Person,
    filled,
    make_project,
    new_ticket,
    script,
    sign_in,
)
from tests.samples import image, upload

# The tokens are the member's.
CALLERS = (
    "anonymous", "stranger", "viewer", "member", "admin", "owner", "write token", "read token"
)  # fmt: skip

OK = 0  # the route's own status

ANYONE = (OK, OK, OK, OK, OK, OK, OK, OK)
SIGNED_IN = (401, OK, OK, OK, OK, OK, OK, OK)
SESSION = (401, OK, OK, OK, OK, OK, 403, 403)
VIEWER = (401, 403, OK, OK, OK, OK, OK, OK)
MEMBER = (401, 403, 403, OK, OK, OK, OK, OK)
AUTHOR = (401, 403, 403, OK, 403, 403, OK, OK)  # who is the member
ADMIN = (401, 403, 403, 403, OK, OK, 403, 403)
OWNER = (401, 403, 403, 403, 403, OK, 403, 403)


@dataclass(frozen=True)
class Route:
    """A line of the table. Words in angle brackets, in rule and body, stand for ids."""

    method: str
    rule: str
    who: tuple[int, ...]
    status: int = 200
    body: Any = None  # bytes are sent as a file
    first: "Route | None" = None  # what the owner does before
    but: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"

    def expected(self, caller: str) -> int:
        """The status that the contract has for a caller."""
        if caller == "read token" and self.method != "GET":
            return 403
        return self.but.get(caller) or self.who[CALLERS.index(caller)] or self.status


AUTH = "/api/auth"
ME = "/api/me"
PROJECT = "/api/projects/<project_id>"
MEMBERS = f"{PROJECT}/members"
COLUMNS = f"{PROJECT}/columns"
LABELS = f"{PROJECT}/labels"
TICKETS = f"{PROJECT}/tickets"
TICKET = f"{TICKETS}/<ticket_id>"
SPRINTS = f"{PROJECT}/sprints"
SPRINT = f"{SPRINTS}/<sprint_id>"

CREDENTIALS = {"username": "ada", "password": PASSWORD}
STARTED = Route("POST", f"{SPRINT}/start", ADMIN, 200, {})

ROUTES = (
    Route("GET", "/healthz", ANYONE),
    Route("GET", "/readyz", ANYONE),
    Route("POST", f"{AUTH}/register", ANYONE, 201, {"username": "guy", "password": PASSWORD}),
    Route("POST", f"{AUTH}/callback/credentials", ANYONE, 200, CREDENTIALS),
    Route("GET", f"{AUTH}/session", ANYONE),
    Route("POST", f"{AUTH}/signout", ANYONE, 302, {}),
    Route("POST", f"{AUTH}/verify-credentials", ANYONE, 200, CREDENTIALS),
    Route("GET", ME, SIGNED_IN),
    Route("PATCH", ME, SIGNED_IN, 200, {"name": "New"}),
    Route("PATCH", f"{ME}/email", SESSION, 200, {"email": "new@punt.test", "password": PASSWORD}),
    Route("PATCH", f"{ME}/password", SESSION, 200,
          {"currentPassword": PASSWORD, "newPassword": f"{PASSWORD}-new"}),
    # The last owner of a project cannot go.
    Route("DELETE", f"{ME}/account", SESSION, 200,
          {"password": PASSWORD, "confirmation": "delete my account"}, but={"owner": 400}),
    Route("POST", f"{ME}/avatar", SIGNED_IN, 200, image("PNG")),
    Route("DELETE", f"{ME}/avatar", SIGNED_IN),
    Route("GET", "/api/avatars/<avatar_id>", SIGNED_IN),
    Route("GET", f"{ME}/sessions", SIGNED_IN),
    Route("DELETE", f"{ME}/sessions/<session_id>", SIGNED_IN),
    Route("GET", f"{ME}/tokens", SESSION),
    Route("POST", f"{ME}/tokens", SESSION, 201, {"name": "New"}),
    Route("DELETE", f"{ME}/tokens/<token_id>", SESSION),
    Route("GET", "/api/projects", SIGNED_IN),
    Route("POST", "/api/projects", SIGNED_IN, 201, {"name": "New", "key": "NEW"}),
    Route("GET", PROJECT, VIEWER),
    Route("PATCH", PROJECT, ADMIN, 200, {"name": "New"}),
    Route("DELETE", PROJECT, OWNER),
    Route("GET", MEMBERS, VIEWER),
    Route("POST", MEMBERS, ADMIN, 201, {"username": "ed", "role": "viewer"}),
    Route("PATCH", f"{MEMBERS}/<member_id>", ADMIN, 200, {"role": "viewer"}),
    Route("DELETE", f"{MEMBERS}/<member_id>", ADMIN),
    Route("GET", COLUMNS, VIEWER),
    Route("POST", COLUMNS, ADMIN, 201, {"name": "New"}),
    Route("PUT", f"{COLUMNS}/order", ADMIN, 200, {"columnIds": ["<column_id>", "<a>", "<b>"]}),
    Route("PATCH", f"{COLUMNS}/<column_id>", ADMIN, 200, {"name": "New"}),
    Route("DELETE", f"{COLUMNS}/<column_id>", ADMIN),
    Route("GET", LABELS, VIEWER),
    Route("POST", LABELS, MEMBER, 201, {"name": "New"}),
    Route("PATCH", f"{LABELS}/<label_id>", MEMBER, 200, {"name": "New"}),
    Route("DELETE", f"{LABELS}/<label_id>", MEMBER),
    Route("GET", TICKETS, VIEWER),
    Route("POST", TICKETS, MEMBER, 201, {"title": "New"}),
    Route("PATCH", TICKETS, MEMBER, 200, {"ticketIds": ["1", "2"], "updates": {"title": "New"}}),
    Route("DELETE", TICKETS, MEMBER, 200, {"ticketIds": ["1", "2"]}),
    Route("GET", TICKET, VIEWER),
    Route("PATCH", TICKET, MEMBER, 200, {"title": "New"}),
    Route("DELETE", TICKET, MEMBER),
    Route("GET", f"{TICKET}/history", VIEWER),
    Route("GET", f"{TICKET}/comments", VIEWER),
    Route("POST", f"{TICKET}/comments", MEMBER, 201, {"content": "New"}),
    Route("PATCH", f"{TICKET}/comments/<comment_id>", AUTHOR, 200, {"content": "New"}),
    Route("DELETE", f"{TICKET}/comments/<comment_id>", MEMBER),
    Route("GET", f"{TICKET}/links", VIEWER),
    Route("POST", f"{TICKET}/links", MEMBER, 201, {"targetTicketId": "2", "linkType": "clones"}),
    Route("DELETE", f"{TICKET}/links/<link_id>", MEMBER),
    Route("GET", f"{TICKET}/attachments", VIEWER),
    Route("POST", f"{TICKET}/attachments", MEMBER, 201, image("PNG")),
    Route("DELETE", f"{TICKET}/attachments/<attachment_id>", MEMBER),
    Route("GET", f"{TICKET}/attachments/<attachment_id>/content", VIEWER),
    Route("GET", SPRINTS, VIEWER),
    Route("POST", SPRINTS, ADMIN, 201, {}),
    Route("GET", f"{SPRINTS}/active", VIEWER),
    Route("GET", f"{SPRINTS}/settings", VIEWER),
    Route("PATCH", f"{SPRINTS}/settings", ADMIN, 200, {"defaultSprintDuration": 3}),
    Route("GET", SPRINT, VIEWER),
    Route("PATCH", SPRINT, ADMIN, 200, {"goal": "New"}),
    Route("DELETE", SPRINT, ADMIN),
    STARTED,
    Route("POST", f"{SPRINT}/complete", ADMIN, 200, {}, first=STARTED),
    Route("POST", f"{SPRINT}/extend", ADMIN, 200, {"newEndDate": "2999-01-01"}, first=STARTED),
    Route("GET", f"{PROJECT}/events", VIEWER),
    Route("GET", "/api/projects/events", SIGNED_IN),
    Route("GET", "/api/users/events", SIGNED_IN),
    Route("GET", "/", ANYONE),
    Route("GET", "/api/docs", ANYONE),
    Route("GET", "/api/openapi.json", ANYONE),
)  # fmt: skip


def test_no_route_is_missing_from_the_table(app: Flask) -> None:
    served = [
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint != "static"
    ]
    assert sorted(map(str, ROUTES)) == sorted(served)


@dataclass
class World:
    """Every kind of caller, and one of each thing that a URL can name."""

    callers: dict[str, Person]
    ids: dict[str, str]
    own_ids: dict[str, dict[str, str]]
    rewind: Callable[[], None]

    def call(self, route: Route, caller: str, path: str | None = None, **ids: str) -> Answer:
        """What a route answers a caller, with these ids in the place of the usual ones."""
        known = self.ids | self.own_ids.get(caller, {}) | ids
        body = route.body
        if isinstance(body, bytes):
            sent: dict[str, Any] = {"data": {"file": (BytesIO(body), "a.png")}}
        else:
            sent = {} if body is None else {"json": filled(body, known)}
        client = self.callers[caller].client
        # As it is: the test client would take a path with two slashes in front for a host.
        there = {"PATH_INFO": unquote(path or filled(route.rule, known))}
        return cast(
            Answer,
            client.open(method=route.method, environ_overrides=there, **sent),
        )

    def prepare(self, route: Route) -> None:
        """Have done what has to come before a route."""
        if route.first:
            assert self.call(route.first, "owner").status_code == route.first.status


@pytest.fixture
def world(
    app: Flask, project: str, password_hash: str,
    anonymous: Person, ed: Person, di: Person, cy: Person, bo: Person, ada: Person,
) -> Iterator[World]:  # fmt: skip
    """PUNT, with something of everything in it."""
    people = (anonymous, ed, di, cy, bo, ada)
    callers = dict(zip(CALLERS, people, strict=False))
    sign_in(app, "fay", password_hash)
    ids = things(ada, cy)
    own_ids = {name: own_things(who) for name, who in callers.items() if who is not anonymous}
    for scope in ("write", "read"):
        callers[f"{scope} token"] = script(app, cy, scope)
        own_ids[f"{scope} token"] = own_ids["member"]
        # Its first use is written down.
        assert callers[f"{scope} token"].get("/me").status_code == 200
    with rewinding(app) as rewind:
        yield World(callers, ids, own_ids, rewind)


def things(ada: Person, cy: Person) -> dict[str, str]:
    """The id of one thing of each kind in PUNT, by the name that routes have for it."""
    fay = ada.post("/projects/PUNT/members", {"username": "fay", "role": "member"}).json["id"]
    ticket, _, apart = (new_ticket(cy)["id"] for _ in range(3))
    path = f"/projects/PUNT/tickets/{ticket}"
    a, b, empty = (each["id"] for each in ada.get("/projects/PUNT/columns").json)
    avatar = upload(ada, "/me/avatar", "a.png", image("PNG")).json["avatar"]
    link = {"targetTicketId": "2", "linkType": "blocks"}
    return {
        "project_id": "PUNT",
        "member_id": fay,
        "column_id": empty,
        "a": a,
        "b": b,
        "label_id": cy.post("/projects/PUNT/labels", {"name": "ui"}).json["id"],
        "sprint_id": ada.post("/projects/PUNT/sprints", {}).json["id"],
        "ticket_id": ticket,
        "ticket_apart": apart,
        "comment_id": cy.post(f"{path}/comments", {"content": "Hm"}).json["id"],
        "link_id": cy.post(f"{path}/links", link).json["id"],
        "attachment_id": upload(cy, f"{path}/attachments", "a.png", image("PNG")).json["id"],
        "avatar_id": avatar.rpartition("/")[2],
        "session_id": "none of one's own",
        "token_id": "none of one's own",
    }


def own_things(who: Person) -> dict[str, str]:
    """The ids of someone's session and of a token of theirs."""
    (session,) = who.get("/me/sessions").json
    token = who.post("/me/tokens", {"name": "t"}).json
    return {"session_id": session["id"], "token_id": token["id"]}


@contextmanager
def rewinding(app: Flask) -> Iterator[Callable[[], None]]:
    """A way back to the database as it is now."""
    file = app.config["PUNT"].data_dir / "punt.db"
    with closing(sqlite3.connect(":memory:")) as kept:
        with closing(sqlite3.connect(file)) as present:
            present.backup(kept)

        def rewind() -> None:
            with app.app_context():
                db.engine.dispose()
            with closing(sqlite3.connect(file)) as present:
                kept.backup(present)

        yield rewind


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_a_route_answers_each_caller_as_the_table_says(
    world: World, stored: Any, route: Route
) -> None:
    answered = {}
    for caller in CALLERS:
        world.rewind()
        world.prepare(route)
        before = stored()
        response = world.call(route, caller)
        # A stream is only opened.
        response.close()
        answered[caller] = response.status_code
        if route.method == "GET" or response.status_code >= 400:
            assert stored() == before, caller
    assert answered == {caller: route.expected(caller) for caller in CALLERS}


UNKNOWN_ID = "01HZZZZZZZZZZZZZZZZZZZZZZZ"


def test_the_things_of_another_project_are_not_found_even_by_who_owns_both(
    app: Flask, world: World, stored: Any
) -> None:
    make_project(app, "OTHER", {world.callers["owner"]: "owner"})
    before = stored()
    for route in ROUTES:
        if re.match(r".*<project_id>.*<", route.rule):
            response = world.call(route, "owner", project_id="OTHER")
            assert response.status_code == 404, route
    assert stored() == before


def test_the_things_of_another_ticket_are_not_found(world: World, stored: Any) -> None:
    apart = world.ids["ticket_apart"]
    before = stored()
    for route in ROUTES:
        if re.match(r".*<ticket_id>.*<", route.rule):
            assert world.call(route, "owner", ticket_id=apart).status_code == 404, route
    assert stored() == before


def test_what_does_not_exist_is_not_found_by_who_is_signed_in(world: World, stored: Any) -> None:
    before = stored()
    for route in ROUTES:
        for name in re.findall(r"<(\w+)>", route.rule):
            for caller, status in (("owner", 404), ("anonymous", 401)):
                response = world.call(route, caller, **{name: UNKNOWN_ID})
                assert response.status_code == status, (route, name)
    assert stored() == before


def test_no_other_spelling_of_a_path_leads_to_a_route(world: World, stored: Any) -> None:
    before = stored()
    for route in ROUTES:
        path = filled(route.rule, world.ids | world.own_ids["owner"])
        head, _, tail = path.rpartition("/")
        for other in (
            f"{path}/", f"{head}//{tail}", f"{head}/./{tail}", f"{path}/../{tail}",
            f"{head}/x/%2e%2e/{tail}", f"{path}%00", f"{path}.json", f"{path};x", path.upper(),
        ):  # fmt: skip
            if other == f"/{path}" or path == "/":
                continue
            response = world.call(route, "owner", path=other)
            # A longer last part may look like the id of something else.
            assert response.status_code in (404, 405), (route, other)
    assert stored() == before


def test_slashes_in_front_lead_to_the_same_checks(world: World) -> None:
    for route in ROUTES:
        if route.expected("anonymous") == 401:
            path = filled(route.rule, world.ids | world.own_ids["owner"])
            assert world.call(route, "anonymous", path=f"/{path}").status_code == 401, route
