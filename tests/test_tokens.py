"""Personal access tokens, and what they may do (contract, section 2, me)."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from punt.database import iso, now, transaction
from punt.extensions import db
from punt.models import Token, User
from punt.tracker import accounts
from tests.conftest import PASSWORD, Answer, Person, details, new_ticket, rewrite, script

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
SECRET = re.compile(r"punt_[A-Za-z0-9_-]{43,}")
UNAUTHORIZED = {"error": "Authentication required"}

# What a token may not do, whatever its scope.
ACCOUNT_MANAGEMENT: list[tuple[str, str, Any]] = [
    ("patch", "/me/password", {"currentPassword": PASSWORD, "newPassword": "Another-horse-2"}),
    ("patch", "/me/email", {"password": PASSWORD, "email": "thief@example.com"}),
    ("delete", "/me/account", {"password": PASSWORD, "confirmation": "delete my account"}),
    ("get", "/me/tokens", None),
    ("post", "/me/tokens", {"name": "one more"}),
    ("delete", "/me/tokens/{token}", None),
]


def new_token(person: Person, **fields: Any) -> Any:
    response = person.post("/me/tokens", {"name": "backup", **fields})
    assert response.status_code == 201, response.text
    return response.json


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def expire(app: Flask, token_id: str) -> None:
    rewrite(app, Token, token_id, expires_at=now() - timedelta(seconds=1))


def disable(app: Flask, person: Person) -> None:
    with app.app_context(), transaction():
        accounts.disable(db.session.get_one(User, person.id))


# Making one


def test_a_token_is_made_and_works(ada: Person, anonymous: Person) -> None:
    response = ada.post("/me/tokens", {"name": " backup "})

    assert response.status_code == 201
    made = response.json
    assert SECRET.fullmatch(made["token"])
    assert MOMENT.fullmatch(made["createdAt"])
    assert made == {
        "id": made["id"],
        "name": "backup",
        "scope": "write",
        "createdAt": made["createdAt"],
        "lastUsedAt": None,
        "expiresAt": None,
        "token": made["token"],
    }
    assert anonymous.get("/me", headers=bearer(made["token"])).json["id"] == ada.id


def test_the_secret_is_shown_only_once(ada: Person) -> None:
    made = new_token(ada)
    secret = made.pop("token")
    response = ada.get("/me/tokens")
    assert response.json == [made]
    assert secret not in response.text


def test_the_database_keeps_no_secret_in_clear(app: Flask, ada: Person) -> None:
    made = new_token(ada)
    files = [path for path in app.config["PUNT"].data_dir.rglob("*") if path.is_file()]
    kept = b"".join(path.read_bytes() for path in files)
    assert made["id"].encode() in kept
    assert made["token"].removeprefix("punt_").encode() not in kept


@pytest.mark.parametrize("scope", ["read", "write", "READ"])
def test_the_scope_can_be_chosen(ada: Person, scope: str) -> None:
    assert new_token(ada, scope=scope)["scope"] == scope.lower()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, None),
        ("2999-12-31", "2999-12-31T00:00:00.000Z"),
        ("2999-12-31T12:00:00.5+02:00", "2999-12-31T10:00:00.500Z"),
    ],
)
def test_the_end_can_be_chosen(ada: Person, given: str | None, kept: str | None) -> None:
    made = new_token(ada, expiresAt=given)
    assert made["expiresAt"] == kept
    assert ada.get("/me/tokens").json[0]["expiresAt"] == kept


def test_two_tokens_may_have_the_same_name(ada: Person) -> None:
    first, second = new_token(ada), new_token(ada)
    assert first["id"] < second["id"]
    assert first["token"] != second["token"]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", None, "Name may not be null"),
        ("name", " ", "Name is required"),
        ("name", "x" * 101, "Name must be at most 100 characters"),
        ("name", 7, "Name must be text"),
        ("scope", "admin", "Scope must be one of: read, write"),
        ("scope", None, "Scope may not be null"),
        ("scope", ["read"], "Scope must be one of: read, write"),
        ("expiresAt", "2024-01-15", "Expires at must be in the future"),
        (
            "expiresAt",
            "soon",
            "Expires at must be a date (YYYY-MM-DD) or an ISO 8601 timestamp",
        ),
        ("userId", "01AAAAAAAAAAAAAAAAAAAAAAAA", "Unknown field"),
        ("token", "punt_known-to-me", "Unknown field"),
        ("createdAt", "2024-01-15", "Unknown field"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(
    ada: Person, stored: Any, field: str, value: object, message: str
) -> None:
    before = stored()
    response = ada.post("/me/tokens", {"name": "backup", field: value})
    assert details(response) == {field: message}
    assert stored() == before


def test_all_problems_are_told_at_once(ada: Person) -> None:
    response = ada.post("/me/tokens", {"scope": "all", "expiresAt": "2024-01-15"})
    assert details(response).keys() == {"name", "scope", "expiresAt"}


def test_a_hundred_tokens_are_enough(ada: Person, stored: Any) -> None:
    made = [new_token(ada) for _ in range(100)]
    before = stored()
    response = ada.post("/me/tokens", {"name": "one more"})
    assert (response.status_code, response.json.keys()) == (400, {"error"})
    assert stored() == before
    ada.delete(f"/me/tokens/{made[0]['id']}")
    new_token(ada)


# Looking at them, and deleting them


def test_they_are_listed_oldest_first_and_page_by_page(ada: Person) -> None:
    ids = [new_token(ada)["id"] for _ in range(3)]
    assert [each["id"] for each in ada.get("/me/tokens").json] == ids

    first = ada.get("/me/tokens?limit=2")
    assert [each["id"] for each in first.json] == ids[:2]
    assert first.headers["X-Total-Count"] == "3"
    link = re.fullmatch(r'<http://localhost/api(.+)>; rel="next"', first.headers["Link"])
    assert link
    assert [each["id"] for each in ada.get(link[1]).json] == ids[2:]


def test_one_sees_only_ones_own(ada: Person, bo: Person) -> None:
    new_token(ada)
    assert bo.get("/me/tokens").json == []


def test_a_deleted_token_is_worth_nothing_at_once(app: Flask, ada: Person) -> None:
    gone, kept = script(app, ada), script(app, ada)
    assert gone.get("/me").status_code == 200

    response = ada.delete(f"/me/tokens/{ada.get('/me/tokens').json[0]['id']}")

    assert (response.status_code, response.json) == (200, {"success": True})
    assert (gone.get("/me").status_code, gone.get("/me").json) == (401, UNAUTHORIZED)
    assert gone.patch("/me", {"name": "Eve"}).status_code == 401
    assert kept.get("/me").json["name"] == "ada"
    assert len(ada.get("/me/tokens").json) == 1


def test_somebody_elses_token_is_not_found(ada: Person, bo: Person, stored: Any) -> None:
    made = new_token(ada)
    before = stored()
    for id_ in (made["id"], made["id"].lower(), "01AAAAAAAAAAAAAAAAAAAAAAAA", "x"):
        response = bo.delete(f"/me/tokens/{id_}")
        assert (response.status_code, response.json) == (404, {"error": "Token not found"})
    assert stored() == before
    assert bo.get("/me", headers=bearer(made["token"])).json["id"] == ada.id


def test_nobody_has_no_tokens(ada: Person, anonymous: Person, stored: Any) -> None:
    path = f"/me/tokens/{new_token(ada)['id']}"
    before = stored()
    for response in (
        anonymous.get("/me/tokens"),
        anonymous.post("/me/tokens", {"name": "x"}),
        anonymous.delete(path),
    ):
        assert (response.status_code, response.json) == (401, UNAUTHORIZED)
    assert stored() == before


# What a token may do


def test_a_token_does_what_its_user_may(app: Flask, cy: Person, project: str) -> None:
    robot = script(app, cy)
    ticket = new_ticket(robot)
    assert ticket["creatorId"] == cy.id
    path = f"/projects/{project}/tickets/{ticket['id']}"
    assert robot.patch(path, {"title": "Another"}).json["title"] == "Another"
    assert robot.patch("/me", {"name": "Cyril"}).json["name"] == "Cyril"
    assert robot.delete(path).status_code == 200


def test_a_token_does_no_more_than_its_user_may(
    app: Flask, di: Person, project: str, other_project: str, stored: Any
) -> None:
    robot = script(app, di)
    robot.get("/me")
    before = stored()
    ticket = {"title": "A ticket"}
    assert robot.post(f"/projects/{project}/tickets", ticket).status_code == 403
    assert robot.delete(f"/projects/{project}").status_code == 403
    assert robot.get(f"/projects/{other_project}").status_code == 403
    assert stored() == before


def test_a_read_token_reads(app: Flask, ada: Person, project: str, listen: Any) -> None:
    new_ticket(ada)
    reader = script(app, ada, "read")
    for path in ("/me", "/projects", "/projects/PUNT", "/projects/PUNT/tickets"):
        assert reader.get(path).json == ada.get(path).json
        assert reader.client.head(f"/api{path}").status_code == 200
    listen(reader, f"/projects/{project}/events")


def unsafe_routes(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "x", rule.rule).replace("/projects/x", "/projects/PUNT")
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            yield method, path


@pytest.mark.usefixtures("project")
def test_a_read_token_writes_nowhere(app: Flask, ada: Person, stored: Any) -> None:
    reader = script(app, ada, "read")
    reader.get("/me")
    before = stored()
    routes = list(unsafe_routes(app))
    assert ("PATCH", "/api/projects/PUNT/tickets/x") in routes
    for method, path in routes:
        response = reader.client.open(path, method=method, json={})
        assert response.status_code == 403, f"{method} {path}: {response.text}"
        assert response.json == {"error": "This token may only read"}
    assert stored() == before


def test_another_method_in_a_header_does_not_help_a_read_token(
    app: Flask, ada: Person, event_count: Any
) -> None:
    reader = script(app, ada, "read")
    count = event_count()
    disguised = {"X-HTTP-Method-Override": "GET"}
    assert reader.patch("/me", {"name": "Eve"}, headers=disguised).status_code == 403
    reader.get("/me", headers={"X-HTTP-Method-Override": "PATCH"}, json={"name": "Eve"})
    assert ada.get("/me").json["name"] == "ada"
    assert event_count() == count


@pytest.mark.parametrize("scope", ["read", "write"])
@pytest.mark.parametrize(("method", "path", "body"), ACCOUNT_MANAGEMENT)
def test_a_token_cannot_take_over_its_account(
    app: Flask, bo: Person, stored: Any, scope: str, method: str, path: str, body: Any
) -> None:
    robot = script(app, bo, scope)
    robot.get("/me")
    ids = {kind: bo.get(f"/me/{kind}s").json[0]["id"] for kind in ("token", "session")}
    before = stored()

    response = robot.client.open(f"/api{path.format(**ids)}", method=method, json=body)

    assert response.status_code == 403
    assert stored() == before


def test_a_token_may_not_more_than_its_user_by_now(
    app: Flask, ada: Person, cy: Person, project: str
) -> None:
    robot = script(app, cy)
    members = {each["userId"]: each for each in ada.get(f"/projects/{project}/members").json}
    path = f"/projects/{project}/members/{members[cy.id]['id']}"
    ada.patch(path, {"role": "viewer"})
    ticket = {"title": "A ticket"}
    assert robot.post(f"/projects/{project}/tickets", ticket).status_code == 403
    assert robot.get(f"/projects/{project}").status_code == 200
    ada.delete(path)
    assert robot.get(f"/projects/{project}").status_code == 403


# How it is sent


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_bearer_in_any_case(anonymous: Person, ada: Person, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {new_token(ada)['token']}"}
    assert anonymous.get("/me", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer punt_",
        "Bearer {token}x",
        "Bearer {bare}",
        "Bearer {token} {token}",
        'Bearer token="{token}"',
        "Bearer \xe9",
    ],
)
def test_any_other_bearer_is_refused_whatever_the_cookie(
    ada: Person, stored: Any, header: str
) -> None:
    token = new_token(ada)["token"]
    value = header.format(token=token, bare=token.removeprefix("punt_"))
    before = stored()
    for response in (
        ada.get("/me", headers={"Authorization": value}),
        ada.patch("/me", {"name": "Eve"}, headers={"Authorization": value}),
        ada.get("/auth/session", headers={"Authorization": value}),
    ):
        assert (response.status_code, response.json) == (401, UNAUTHORIZED)
    assert stored() == before
    assert ada.get("/me").status_code == 200


@pytest.mark.parametrize("header", ["", "Token {token}", "Basic YWRhOnB3", "{token}"])
def test_another_scheme_says_nothing(ada: Person, anonymous: Person, header: str) -> None:
    headers = {"Authorization": header.format(token=new_token(ada)["token"])}
    assert ada.get("/me", headers=headers).status_code == 200
    assert anonymous.get("/me", headers=headers).status_code == 401


def test_a_token_counts_and_the_cookie_beside_it_does_not(ada: Person, bo: Person) -> None:
    headers = bearer(new_token(ada)["token"])
    response = bo.patch("/me", {"name": "Countess"}, headers=headers)
    assert (response.json["id"], response.json["name"]) == (ada.id, "Countess")
    assert "Set-Cookie" not in response.headers
    assert bo.get("/me").json["name"] == "bo"


def test_another_programs_cookie_does_not_stand_in_its_way(app: Flask, ada: Person) -> None:
    robot = script(app, ada)
    robot.client.set_cookie("remember_token", "1|0123456789abcdef")
    assert robot.get("/me").status_code == 200


def test_tokens_and_sessions_do_not_stand_for_each_other(
    app: Flask, ada: Person, anonymous: Person
) -> None:
    with ada.client.session_transaction() as cookie:
        secret = cookie["_user_id"]
    assert anonymous.get("/me", headers=bearer(secret)).status_code == 401
    token = new_token(ada)["token"]
    with anonymous.client.session_transaction() as cookie:
        cookie["_user_id"] = token
    assert anonymous.get("/me").status_code == 401


def test_the_session_of_a_token_is_its_user(app: Flask, ada: Person) -> None:
    end = "2999-12-31T00:00:00.000Z"
    response = script(app, ada, expiresAt=end).get("/auth/session")
    assert (response.json["user"]["id"], response.json["expires"]) == (ada.id, end)


def test_signing_out_with_a_token_ends_nothing(app: Flask, ada: Person) -> None:
    token = new_token(ada)["token"]
    robot = script(app, ada)
    assert robot.post("/auth/signout").status_code == 302
    response = ada.post("/auth/signout", headers=bearer(token))
    assert response.status_code == 302
    assert "Set-Cookie" not in response.headers
    assert (robot.get("/me").status_code, ada.get("/me").status_code) == (200, 200)


# Its use, and its end


def test_its_use_is_noted_at_most_once_a_minute(app: Flask, ada: Person, stored: Any) -> None:
    robot = script(app, ada)
    before = now()
    robot.get("/me")
    (token,) = ada.get("/me/tokens").json
    assert iso(before) <= token["lastUsedAt"] <= iso(now())

    noted = stored()
    robot.get("/me")
    assert stored() == noted

    rewrite(app, Token, token["id"], last_used_at=now() - timedelta(seconds=61))
    robot.get("/me")
    assert ada.get("/me/tokens").json[0]["lastUsedAt"] >= token["lastUsedAt"]


def test_an_expired_token_is_worth_nothing(app: Flask, ada: Person, stored: Any) -> None:
    robot = script(app, ada, expiresAt="2999-12-31")
    (token,) = ada.get("/me/tokens").json
    expire(app, token["id"])
    before = stored()
    assert (robot.get("/me").status_code, robot.get("/me").json) == (401, UNAUTHORIZED)
    assert robot.patch("/me", {"name": "Eve"}).status_code == 401
    assert stored() == before
    assert [each["id"] for each in ada.get("/me/tokens").json] == [token["id"]]


def test_a_disabled_accounts_token_is_locked_out(app: Flask, bo: Person, listen: Any) -> None:
    robot = script(app, bo)
    stream = listen(robot)
    disable(app, bo)
    assert next(stream, None) is None
    for response in (robot.get("/me"), robot.patch("/me", {"name": "Bob"})):
        assert (response.status_code, response.json.keys()) == (403, {"error"})
    with app.app_context(), transaction():
        accounts.enable(db.session.get_one(User, bo.id))
    assert robot.get("/me").json["name"] == "bo"


@pytest.mark.parametrize("path", ["/users/events", "/projects/events", "/projects/PUNT/events"])
def test_a_deleted_tokens_streams_end(
    app: Flask, ada: Person, project: str, listen: Any, path: str
) -> None:
    stream = listen(script(app, ada), path)
    ada.delete(f"/me/tokens/{ada.get('/me/tokens').json[0]['id']}")
    assert next(stream, None) is None


def test_the_streams_of_others_go_on(app: Flask, ada: Person, listen: Any) -> None:
    gone = listen(script(app, ada))
    kept = [listen(script(app, ada)), listen(ada)]
    ada.delete(f"/me/tokens/{ada.get('/me/tokens').json[0]['id']}")
    ada.patch("/me", {"name": "Countess"})
    assert next(gone, None) is None
    assert all(b'"name":"Countess"' in next(stream) for stream in kept)


@pytest.mark.parametrize(
    "settings", [{"rate_limits": "off", "log_level": "error", "keepalive_seconds": 3600}]
)
def test_an_expiring_tokens_stream_ends_in_time(app: Flask, ada: Person, listen: Any) -> None:
    end = now() + timedelta(seconds=3)
    stream = listen(script(app, ada, expiresAt=iso(end)))
    assert set(stream) <= {b": keepalive\n\n"}
    assert now() >= end


@pytest.mark.parametrize("settings", [{"rate_limit_general": "4 per hour", "log_level": "error"}])
def test_a_token_counts_for_its_user(app: Flask, ada: Person, anonymous: Person) -> None:
    robot = script(app, ada)
    answers: list[Answer] = [robot.get("/me"), ada.get("/me"), robot.get("/me"), ada.get("/me")]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert anonymous.get("/auth/session").status_code == 200


def test_a_token_survives_that_its_user_signs_out(app: Flask, ada: Person) -> None:
    robot = script(app, ada)
    ada.post("/auth/signout")
    assert ada.get("/me").status_code == 401
    assert robot.get("/me").status_code == 200
