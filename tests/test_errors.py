"""The envelope of every failure, whoever raised it (contract, section 1, errors)."""

import logging
import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from punt import logs
from punt.database import transaction
from punt.extensions import db
from tests.conftest import Answer, Person, details

JSON = "application/json"

# One of each kind of route that takes a body.
BODIES = [
    ("post", "/auth/register"),
    ("post", "/auth/callback/credentials"),
    ("post", "/auth/verify-credentials"),
    ("post", "/auth/signout"),
    ("patch", "/me"),
    ("post", "/projects"),
    ("patch", "/projects/PUNT"),
    ("post", "/projects/PUNT/tickets"),
    ("patch", "/projects/PUNT/tickets/1"),
]
NOT_JSON = [
    b"{",
    b"nonsense",
    b'{"name": }',
    b"{'name': 'x'}",
    b'{"name": "x",}',
    b'{"name": "x"} trailing',
    b'{"name": "x"}{"name": "y"}',
    b'{"name": "\xff"}',
    b'{"name": "a\nb"}',
    b'\xff\xfe{\x00"\x00',
    b'{"name": NaN}',
    b'{"name": Infinity}',
    b'{"name": 01}',
]
STREAMS = ["/projects/events", "/users/events", "/projects/PUNT/events"]


def sentence(response: Answer, status: int) -> str:
    """What a failure without details says."""
    assert response.status_code == status, response.text
    assert response.content_type == JSON
    assert response.json.keys() == {"error"}
    assert response.headers["X-Request-Id"]
    said = response.json["error"]
    assert isinstance(said, str)
    assert said
    return said


@pytest.fixture
def world(project: str, ada: Person, stored: Any) -> Any:
    """Reads all that a refused call must leave as it is."""
    ada.post("/projects/PUNT/tickets", {"title": "The first"})
    return stored


# What is not there


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
@pytest.mark.parametrize(
    "path",
    ["", "/", "/nothing", "/auth", "/auth/callback", "/me/nothing", "/projects/PUNT/nothing"],
)
def test_a_path_that_is_no_route_is_not_found(
    ada: Person, anonymous: Person, method: str, path: str
) -> None:
    for person in (ada, anonymous):
        assert sentence(getattr(person, method)(path), 404) == "Not found"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/projects/NONE", "Project not found"),
        ("/projects/01AAAAAAAAAAAAAAAAAAAAAAAA", "Project not found"),
        ("/projects/NONE/tickets", "Project not found"),
        ("/projects/PUNT/tickets/1", "Ticket not found"),
        ("/projects/PUNT/tickets/PUNT-1", "Ticket not found"),
        ("/projects/PUNT/tickets/99999999999999999999", "Ticket not found"),
        ("/projects/PUNT/tickets/%00", "Ticket not found"),
        ("/projects/%00/tickets", "Project not found"),
    ],
)
def test_a_thing_that_is_not_there_is_named(
    ada: Person, project: str, path: str, said: str
) -> None:
    assert sentence(ada.get(path), 404) == said


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("get", "/auth/register", {"OPTIONS", "POST"}),
        ("get", "/auth/callback/credentials", {"OPTIONS", "POST"}),
        ("delete", "/auth/session", {"GET", "HEAD", "OPTIONS"}),
        ("post", "/me", {"GET", "HEAD", "OPTIONS", "PATCH"}),
        ("put", "/projects", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("post", "/projects/PUNT", {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH"}),
        ("post", "/projects/PUNT/events", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_another_method_is_told_which_are_allowed(
    ada: Person, anonymous: Person, project: str, method: str, path: str, allowed: set[str]
) -> None:
    for person in (ada, anonymous):
        response = getattr(person, method)(path)
        assert sentence(response, 405) == "Method not allowed"
        assert set(response.headers["Allow"].split(", ")) == allowed


def test_a_method_of_ones_own_making_is_not_allowed(ada: Person) -> None:
    response = ada.client.open("/api/projects", method="FROBNICATE")
    assert response.status_code == 405
    assert response.json == {"error": "Method not allowed"}


# Who may not


def test_who_is_signed_out_is_told_to_sign_in(anonymous: Person, project: str) -> None:
    for path in ("/me", "/projects", "/projects/PUNT", "/projects/NONE", *STREAMS):
        assert sentence(anonymous.get(path), 401) == "Authentication required"


def test_who_may_not_is_told_why(ed: Person, di: Person, project: str) -> None:
    said = sentence(ed.get("/projects/PUNT"), 403)
    assert said == "You are not a member of this project"
    assert "role" in sentence(di.post("/projects/PUNT/tickets", {"title": "Mine"}), 403)


def test_permission_comes_before_validation(anonymous: Person, ed: Person, project: str) -> None:
    for person, status in ((anonymous, 401), (ed, 403)):
        sentence(person.post("/projects/PUNT/tickets", {"nonsense": 1}), status)
        sentence(person.patch("/projects/PUNT", data="{"), status)
        sentence(person.get("/projects/PUNT/tickets?nonsense=1"), status)


# Bodies


@pytest.mark.parametrize(("method", "path"), BODIES)
def test_what_is_not_json_is_refused(ada: Person, world: Any, method: str, path: str) -> None:
    before = world()
    for body in NOT_JSON:
        response = getattr(ada, method)(path, data=body, content_type=JSON)
        assert sentence(response, 400) == "The body is not valid JSON", body
    assert world() == before


@pytest.mark.parametrize(("method", "path"), BODIES)
def test_a_body_must_be_an_object(ada: Person, world: Any, method: str, path: str) -> None:
    before = world()
    for body in (b"null", b"[]", b'[{"name": "x"}]', b'"name"', b"7", b"true"):
        response = getattr(ada, method)(path, data=body, content_type=JSON)
        assert list(details(response).values()) == ["The body must be a JSON object"], body
    assert world() == before


@pytest.mark.parametrize(("method", "path"), BODIES)
def test_a_body_of_another_type_is_refused(ada: Person, world: Any, method: str, path: str) -> None:
    before = world()
    for content_type in (None, "", "text/plain", "application/xml", "text/json", "nonsense", "/"):
        response = getattr(ada, method)(path, data=b'{"name": "x"}', content_type=content_type)
        assert "application/json" in sentence(response, 415), content_type
    assert world() == before


@pytest.mark.parametrize(
    ("method", "path"),
    [each for each in BODIES if each[1] not in ("/auth/callback/credentials", "/auth/signout")],
)
def test_a_form_is_refused_where_json_is_meant(
    ada: Person, world: Any, method: str, path: str
) -> None:
    before = world()
    for form in ("application/x-www-form-urlencoded", "multipart/form-data"):
        sentence(getattr(ada, method)(path, data={"name": "x"}, content_type=form), 415)
    assert world() == before


def test_json_may_name_its_encoding(ada: Person) -> None:
    for content_type in ("application/json; charset=utf-8", "APPLICATION/JSON"):
        body = '{"name": "Àdá"}'.encode()
        assert ada.patch("/me", data=body, content_type=content_type).json["name"] == "Àdá"


@pytest.mark.parametrize(
    ("method", "path"), [each for each in BODIES if each[1] != "/auth/signout"]
)
def test_no_body_is_not_an_empty_one(ada: Person, world: Any, method: str, path: str) -> None:
    before = world()
    sentence(getattr(ada, method)(path, content_type=JSON), 400)
    sentence(getattr(ada, method)(path), 415)
    assert world() == before


@pytest.mark.parametrize(("method", "path"), BODIES)
def test_a_body_that_is_too_large_is_refused(
    ada: Person, world: Any, method: str, path: str
) -> None:
    before = world()
    for content_type in (JSON, "application/x-www-form-urlencoded", "text/plain"):
        response = getattr(ada, method)(path, data=b"x" * 3_000_000, content_type=content_type)
        assert sentence(response, 413) == "The request body is too large"
    assert world() == before


def test_a_body_that_does_not_tell_its_length_is_bounded(ada: Person) -> None:
    body = BytesIO(b'{"name": "' + b"x" * 10_000_000 + b'"}')
    response = ada.patch(
        "/me",
        input_stream=body,
        content_type=JSON,
        environ_overrides={"wsgi.input_terminated": True},
    )
    sentence(response, 413)
    assert body.tell() < 5_000_000, "it was read to the end"
    assert ada.get("/me").json["name"] == "ada"


def test_a_body_is_bounded_before_anyone_signs_in(anonymous: Person) -> None:
    for path in ("/auth/register", "/projects", "/nothing"):
        response = anonymous.post(path, data=b"x" * 10_000_000, content_type=JSON)
        sentence(response, 413)


# Unknown fields and parameters


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/auth/register", {"username": "fay", "password": "Correct-horse-1"}),
        ("post", "/auth/verify-credentials", {"username": "ada", "password": "x"}),
        ("post", "/auth/signout", {"callbackUrl": "/"}),
        ("patch", "/me", {"name": "Ada"}),
        ("post", "/projects", {"name": "Apollo", "key": "APO"}),
        ("patch", "/projects/PUNT", {"name": "Apollo"}),
        ("post", "/projects/PUNT/tickets", {"title": "A second"}),
        ("patch", "/projects/PUNT/tickets/1", {"title": "Renamed"}),
    ],
)
def test_a_field_that_is_unknown_is_refused(
    ada: Person, world: Any, method: str, path: str, body: dict[str, str]
) -> None:
    before = world()
    unknown = dict.fromkeys(["nmae", "Name", "TITLE", "project_id", "a.b", "名", "x" * 500])
    response = getattr(ada, method)(path, {**body, **unknown, "deep": {"er": 1}})
    assert details(response) == dict.fromkeys([*unknown, "deep"], "Unknown field")
    assert world() == before


QUERIED = [
    ("get", "/auth/session", {}),
    ("post", "/auth/register", {"json": {"username": "fay", "password": "Correct-horse-1"}}),
    ("post", "/auth/verify-credentials", {"json": {"username": "ada", "password": "x"}}),
    ("post", "/auth/signout", {}),
    ("get", "/me", {}),
    ("patch", "/me", {"json": {"name": "Ada"}}),
    ("get", "/projects", {}),
    ("post", "/projects", {"json": {"name": "Apollo", "key": "APO"}}),
    ("get", "/projects/PUNT", {}),
    ("patch", "/projects/PUNT", {"json": {"name": "Apollo"}}),
    ("delete", "/projects/PUNT", {}),
    ("get", "/projects/PUNT/columns", {}),
    ("get", "/projects/PUNT/tickets", {}),
    ("post", "/projects/PUNT/tickets", {"json": {"title": "A second"}}),
    ("get", "/projects/PUNT/tickets/1", {}),
    ("patch", "/projects/PUNT/tickets/1", {"json": {"title": "Renamed"}}),
    ("delete", "/projects/PUNT/tickets/1", {}),
    ("get", "/projects/PUNT/tickets/1/history", {}),
    *(("get", path, {}) for path in STREAMS),
]


@pytest.mark.parametrize(("method", "path", "body"), QUERIED)
def test_a_query_parameter_that_is_unknown_is_refused(
    ada: Person, world: Any, method: str, path: str, body: dict[str, Any]
) -> None:
    before = world()
    response = getattr(ada, method)(path + "?asignee=me&LIMIT=1&=", **body)
    assert details(response).keys() == {"asignee", "LIMIT", ""}
    assert world() == before


def test_unknown_and_wrong_are_told_together(ada: Person, project: str) -> None:
    response = ada.get("/projects/PUNT/tickets?limit=0&sort=size&nonsense=1")
    assert details(response).keys() == {"limit", "sort", "nonsense"}


@pytest.mark.parametrize(
    "query",
    [
        "limit=1&limit=2",
        "limit=1&limit=1",
        "sort=number&sort=order",
        "cursor=x&cursor=y",
        "q=The&q=first",
        "q=The&q=The",
    ],
)
def test_a_parameter_with_one_value_may_not_be_repeated(
    ada: Person, world: Any, query: str
) -> None:
    response = ada.get("/projects/PUNT/tickets?" + query)
    assert details(response).keys() == {query.partition("=")[0]}


def test_a_parameter_with_several_values_may_be_repeated(ada: Person, world: Any) -> None:
    for type_ in ("Bug", "Epic"):
        ada.post("/projects/PUNT/tickets", {"title": type_, "type": type_})
    found = ada.get("/projects/PUNT/tickets?type=bug&type=epic").json
    assert [ticket["title"] for ticket in found] == ["Bug", "Epic"]


# Several problems


def test_every_problem_is_told_at_once(ada: Person, project: str) -> None:
    body = {"title": " ", "priority": "urgent", "storyPoints": "3", "labelIds": ["x", 7], "z": 1}
    told = details(ada.post("/projects/PUNT/tickets", body))
    assert told.pop("priority").startswith("Priority must be one of: Critical, Highest, High")
    assert told.pop("storyPoints").startswith("Story points must be")
    assert told.pop("labelIds.1")
    assert told == {"title": "Title is required", "z": "Unknown field"}


def test_a_broken_rule_has_no_details(ada: Person, project: str) -> None:
    said = sentence(ada.post("/projects", {"name": "Again", "key": "punt"}), 400)
    assert "PUNT" in said


# Crashes


SECRET = "the key is under the mat"


@pytest.fixture
def crashing(app: Flask, ada: Person) -> Flask:
    """PUNT with something in the database that it cannot read."""
    run_sql(app, "UPDATE sessions SET expires = :rubbish", rubbish=SECRET)
    return app


def run_sql(app: Flask, statement: str, **values: str) -> None:
    with app.app_context(), transaction():
        db.session.execute(text(statement), values)


@pytest.mark.usefixtures("crashing")
@pytest.mark.parametrize("method", ["get", "post", "patch", "delete"])
def test_a_crash_tells_nothing_but_that_it_happened(ada: Person, method: str) -> None:
    response = getattr(ada, method)("/projects/PUNT")
    if method == "post":
        response = ada.post("/projects", {"name": "Apollo", "key": "APO"})
    assert sentence(response, 500) == "Internal server error"
    told = str(response.headers) + response.text
    assert not re.search("mat|Traceback|ValueError|[.]py|sessions", told)


def test_a_crash_is_logged_with_the_id_of_the_request(
    capsys: pytest.CaptureFixture[str], crashing: Flask, ada: Person
) -> None:
    logs.configure(logging.ERROR)
    ada.get("/me", headers={"X-Request-Id": "trace-me-7"})
    logged = capsys.readouterr().err
    assert "level=error" in logged.splitlines()[0]
    assert "request=trace-me-7" in logged.splitlines()[0]
    assert f"ValueError: Invalid isoformat string: '{SECRET}'" in logged


def test_a_refusal_is_not_logged_as_an_error(
    capsys: pytest.CaptureFixture[str], app: Flask, anonymous: Person
) -> None:
    logs.configure(logging.WARNING)
    anonymous.get("/nothing")
    anonymous.get("/me")
    anonymous.post("/auth/register", data="{", content_type=JSON)
    assert capsys.readouterr().err == ""


def break_table(app: Flask, name: str) -> None:
    """Have the database refuse every new row of a table."""
    fail = "BEGIN SELECT RAISE(ABORT, 'broken'); END"
    run_sql(app, f"CREATE TRIGGER broken BEFORE INSERT ON {name} {fail}")


def test_a_crash_halfway_writes_nothing(app: Flask, ada: Person, world: Any) -> None:
    before = world()
    break_table(app, "event_recipients")
    sentence(ada.post("/projects", {"name": "Apollo", "key": "APO"}), 500)
    assert world() == before
    run_sql(app, "DROP TRIGGER broken")
    assert ada.post("/projects", {"name": "Apollo", "key": "APO"}).status_code == 201


def test_the_log_of_a_crash_shows_no_secrets(
    capsys: pytest.CaptureFixture[str], app: Flask, anonymous: Person
) -> None:
    logs.configure(logging.INFO)
    break_table(app, "users")
    body = {"username": "fay", "password": "Correct-horse-1", "email": "fay@example.com"}
    assert anonymous.post("/auth/register", body).status_code == 500
    logged = capsys.readouterr().err
    assert "broken" in logged
    for secret in ("argon2", "Correct-horse", "fay@example.com"):
        assert secret not in logged


@pytest.mark.parametrize("path", ["/me", "/auth/session", "/projects"])
def test_a_crash_before_any_route_is_answered_too(app: Flask, ada: Person, path: str) -> None:
    run_sql(app, "UPDATE sessions SET last_used_at = 'rubbish'")
    response = ada.get(path, headers={"X-Request-Id": "trace-me-8"})
    assert sentence(response, 500) == "Internal server error"
    assert response.headers["X-Request-Id"] == "trace-me-8"
    assert "rubbish" not in response.text
