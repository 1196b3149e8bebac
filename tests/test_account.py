"""Password, address and the end of an account (contract, section 2, me)."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import gevent
import pytest
from flask import Flask
from PIL import Image

from punt.database import now
from punt.extensions import db
from punt.models import Session, User
from tests.conftest import PASSWORD, Answer, Person, details, new_ticket, rewrite, script

COOKIE = "next-auth.session-token"
NEW = "Another-horse-2"
WRONG = "Wrong-horse-22"
UNAUTHORIZED = {"error": "Authentication required"}
WRONG_PASSWORD = {"error": "Current password is wrong"}
PHRASE = "delete my account"


def sign_in(person: Person, username: str, password: str = PASSWORD) -> Answer:
    body = {"username": username, "password": password}
    return person.post("/auth/callback/credentials", body)


def another_browser(app: Flask, person: Person) -> Person:
    """The same person, signed in once more."""
    other = Person(person.id, person.username, app.test_client())
    assert sign_in(other, person.username).status_code == 200
    return other


def change_password(person: Person, new: str = NEW, current: str = PASSWORD) -> Answer:
    return person.patch("/me/password", {"currentPassword": current, "newPassword": new})


def change_email(person: Person, email: str | None, password: str = PASSWORD) -> Answer:
    return person.patch("/me/email", {"email": email, "password": password})


def delete_account(person: Person, **fields: Any) -> Answer:
    return person.delete("/me/account", {"password": PASSWORD, "confirmation": PHRASE, **fields})


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What the calls answer, all of which are under way before the first has an answer."""
    running = [gevent.spawn(call) for call in calls]
    gevent.joinall(running, raise_error=True)
    return [each.value for each in running]


def make_admin(app: Flask, person: Person, **fields: Any) -> None:
    rewrite(app, User, person.id, is_system_admin=True, **fields)


# The password


def test_the_password_is_changed(anonymous: Person, ada: Person) -> None:
    response = change_password(ada)
    assert (response.status_code, response.json) == (200, {"success": True})
    assert sign_in(anonymous, "ada").status_code == 401
    assert sign_in(anonymous, "ada", NEW).status_code == 200


def test_the_session_goes_on_with_a_fresh_cookie(app: Flask, ada: Person) -> None:
    session = ada.get("/me/sessions").json[0]["id"]
    thief = Person("", "", app.test_client())
    with ada.client.session_transaction() as cookie:
        secret = cookie["_user_id"]
    with thief.client.session_transaction() as cookie:
        cookie["_user_id"] = secret
    assert thief.get("/me").status_code == 200

    response = change_password(ada)

    (cookie_header,) = response.headers.getlist("Set-Cookie")
    assert cookie_header.startswith(f"{COOKIE}=")
    assert "Expires=" in cookie_header
    assert "HttpOnly" in cookie_header
    assert [each["id"] for each in ada.get("/me/sessions").json] == [session]
    assert (thief.get("/me").status_code, thief.get("/me").json) == (401, UNAUTHORIZED)


def test_every_other_session_ends(app: Flask, ada: Person, bo: Person) -> None:
    others = [another_browser(app, ada) for _ in range(2)]
    change_password(ada)
    for other in others:
        assert other.get("/me").status_code == 401
        assert other.patch("/me", {"name": "Eve"}).status_code == 401
    assert len(ada.get("/me/sessions").json) == 1
    assert bo.get("/me").status_code == 200


def test_streams_end_that_were_opened_with_the_old_secrets(
    app: Flask, ada: Person, bo: Person, listen: Any
) -> None:
    ended, goes_on = [listen(ada), listen(another_browser(app, ada))], listen(bo)
    change_password(ada)
    bo.patch("/me", {"name": "Bob"})
    assert [next(stream, None) for stream in ended] == [None, None]
    assert b'"name":"Bob"' in next(goes_on)
    listen(ada)


def test_tokens_stay_valid(app: Flask, ada: Person, listen: Any) -> None:
    robot = script(app, ada)
    stream = listen(robot)
    change_password(ada)
    assert robot.patch("/me", {"name": "Countess"}).status_code == 200
    assert b'"name":"Countess"' in next(stream)


@pytest.mark.parametrize("current", [WRONG, PASSWORD.lower(), PASSWORD + " ", "x", "x" * 500])
def test_the_current_password_must_be_right(
    app: Flask, ada: Person, stored: Any, current: str
) -> None:
    other = another_browser(app, ada)
    before = stored()
    response = change_password(ada, current=current)
    assert (response.status_code, response.json) == (400, WRONG_PASSWORD)
    assert "Set-Cookie" not in response.headers
    assert stored() == before
    assert (ada.get("/me").status_code, other.get("/me").status_code) == (200, 200)


@pytest.mark.parametrize(
    ("new", "messages"),
    [
        ("Abcdefghi-1", ["Password must be at least 12 characters"]),
        ("Aa1" + "x" * 126, ["Password must be at most 128 characters"]),
        ("abcdefghijk-1", ["Password needs an upper-case letter"]),
        ("ABCDEFGHIJK-1", ["Password needs a lower-case letter"]),
        ("Abcdefghijk-x", ["Password needs a digit"]),
        (
            "abcdefghijk-x",
            ["Password needs an upper-case letter", "Password needs a digit"],
        ),
    ],
)
def test_a_new_password_keeps_the_rules(
    ada: Person, stored: Any, new: str, messages: list[str]
) -> None:
    before = stored()
    response = change_password(ada, new)
    assert details(response).keys() == {"newPassword"}
    assert [each["message"] for each in response.json["details"]] == messages
    assert stored() == before


@pytest.mark.parametrize("new", ["Abcdefghij-1", "Aa1" + "x" * 125, f" {PASSWORD} "])
def test_a_new_password_is_kept_as_typed(anonymous: Person, ada: Person, new: str) -> None:
    assert change_password(ada, new).status_code == 200
    assert sign_in(anonymous, "ada", new).status_code == 200


def test_both_passwords_are_needed_and_nothing_else(ada: Person, stored: Any) -> None:
    before = stored()
    assert details(ada.patch("/me/password", {"userId": ada.id})) == {
        "currentPassword": "Current password is required",
        "newPassword": "New password is required",
        "userId": "Unknown field",
    }
    assert stored() == before


def test_of_two_changes_at_once_one_wins(app: Flask, anonymous: Person, ada: Person) -> None:
    other = another_browser(app, ada)
    passwords = ["First-horse-1111", "Second-horse-2222"]
    first, second = at_once(
        lambda: change_password(ada, passwords[0]), lambda: change_password(other, passwords[1])
    )
    assert sorted([first.status_code, second.status_code]) == [200, 401]
    works = [sign_in(anonymous, "ada", each).status_code == 200 for each in passwords]
    assert works == [first.status_code == 200, second.status_code == 200]


def test_a_session_that_ends_meanwhile_changes_nothing(
    app: Flask, anonymous: Person, ada: Person
) -> None:
    lost = another_browser(app, ada)
    id_ = next(each["id"] for each in ada.get("/me/sessions").json if not each["current"])
    change, _ = at_once(lambda: change_password(lost), lambda: ada.delete(f"/me/sessions/{id_}"))
    assert (change.status_code, change.json) == (401, UNAUTHORIZED)
    assert sign_in(anonymous, "ada").status_code == 200


# The address


@pytest.mark.parametrize("email", ["ada@example.com", " Ada@Example.com "])
def test_the_address_is_changed(anonymous: Person, ada: Person, email: str) -> None:
    before = ada.get("/me").json
    response = change_email(ada, email)
    assert response.status_code == 200
    assert response.json == before | {"email": email.strip()}
    assert ada.get("/me").json == response.json
    assert sign_in(anonymous, "ada@example.com").status_code == 200


@pytest.mark.parametrize("nothing", [None, "", " "])
def test_the_address_can_be_cleared(anonymous: Person, ada: Person, nothing: str | None) -> None:
    change_email(ada, "ada@example.com")
    assert change_email(ada, nothing).json["email"] is None
    assert sign_in(anonymous, "ada@example.com").status_code == 401
    assert change_email(ada, "ada@example.com").status_code == 200


def test_the_former_address_is_free_again(ada: Person, bo: Person) -> None:
    change_email(ada, "ada@example.com")
    change_email(ada, "countess@example.com")
    assert change_email(bo, "ada@example.com").status_code == 200


def test_ones_own_address_may_change_its_case(ada: Person) -> None:
    change_email(ada, "ada@example.com")
    assert change_email(ada, "Ada@Example.com").json["email"] == "Ada@Example.com"


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@EXAMPLE.COM"])
def test_a_taken_address_is_refused(ada: Person, bo: Person, stored: Any, email: str) -> None:
    change_email(ada, "ada@example.com")
    change_email(bo, "bo@example.com")
    before = stored()
    response = change_email(bo, email)
    assert (response.status_code, response.json) == (400, {"error": "Email already registered"})
    assert stored() == before


def test_of_two_who_take_an_address_at_once_one_gets_it(ada: Person, bo: Person) -> None:
    answers = at_once(
        lambda: change_email(ada, "us@example.com"), lambda: change_email(bo, "US@example.com")
    )
    assert sorted(each.status_code for each in answers) == [200, 400]
    (refused,) = (each for each in answers if each.status_code == 400)
    assert refused.json == {"error": "Email already registered"}
    assert [each.get("/me").json["email"] for each in (ada, bo)].count(None) == 1


def test_the_address_takes_the_right_password(ada: Person, stored: Any) -> None:
    before = stored()
    response = change_email(ada, "ada@example.com", WRONG)
    assert (response.status_code, response.json) == (400, WRONG_PASSWORD)
    assert stored() == before
    assert ada.get("/me").status_code == 200


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"password": PASSWORD}, {"email": "Email is required"}),
        ({"email": "ada@example.com"}, {"password": "Password is required"}),
        ({"email": "ada", "password": PASSWORD}, {"email": "Email must be a valid address"}),
        (
            {"email": 7, "password": 7},
            {"email": "Email must be text", "password": "Password must be text"},
        ),
        ({"email": None, "password": PASSWORD, "name": "Eve"}, {"name": "Unknown field"}),
    ],
)
def test_an_address_that_makes_no_sense_is_refused(
    ada: Person, stored: Any, body: dict[str, object], told: dict[str, str]
) -> None:
    before = stored()
    assert details(ada.patch("/me/email", body)) == told
    assert stored() == before


def test_nobody_else_hears_of_an_address(ada: Person, event_count: Any) -> None:
    count = event_count()
    change_email(ada, "ada@example.com")
    assert event_count() == count


# How often


LIMITED = {
    "log_level": "error",
    "rate_limit_password": "3 per hour",
    "rate_limit_account": "2 per hour",
}


@pytest.mark.parametrize("settings", [LIMITED])
def test_changes_of_password_and_address_share_a_limit(ada: Person, bo: Person) -> None:
    answers = [
        change_password(ada, current=WRONG),
        change_email(ada, "ada@example.com", WRONG),
        change_password(ada),
        change_email(ada, "ada@example.com", NEW),
        change_password(ada, WRONG, NEW),
    ]
    assert [each.status_code for each in answers] == [400, 400, 200, 429, 429]
    assert answers[0].headers["X-RateLimit-Limit"] == "3"
    assert int(answers[3].headers["Retry-After"]) > 0
    assert ada.get("/me").json["email"] is None
    assert change_password(bo).status_code == 200


@pytest.mark.parametrize("settings", [LIMITED])
def test_the_deletion_of_an_account_has_a_limit(ada: Person, bo: Person, cy: Person) -> None:
    answers = [delete_account(bo, password=WRONG) for _ in range(2)] + [delete_account(bo)]
    assert [each.status_code for each in answers] == [400, 400, 429]
    assert bo.get("/me").status_code == 200
    assert delete_account(cy).status_code == 200


@pytest.mark.parametrize(
    ("settings", "call", "limit"),
    [
        ({"log_level": "error"}, change_password, "5"),
        ({"log_level": "error"}, delete_account, "3"),
    ],
)
def test_the_limits_are_those_of_the_contract(ada: Person, call: Any, limit: str) -> None:
    assert call(ada).headers["X-RateLimit-Limit"] == limit


# The end of an account


def test_an_account_is_deleted(ada: Person, bo: Person, anonymous: Person) -> None:
    response = delete_account(bo)

    assert (response.status_code, response.json) == (200, {"success": True})
    (cleared,) = response.headers.getlist("Set-Cookie")
    assert cleared.startswith(f"{COOKIE}=;")
    assert bo.get("/me").status_code == 401
    assert bo.get("/auth/session").json == {}
    assert sign_in(anonymous, "bo").status_code == 401


def test_its_name_and_address_are_free_again(ada: Person, anonymous: Person) -> None:
    account = {"username": "fay", "password": PASSWORD, "email": "fay@example.com"}
    first = anonymous.post("/auth/register", account).json
    sign_in(anonymous, "fay")
    delete_account(anonymous)
    second = anonymous.post("/auth/register", account)
    assert second.status_code == 201
    assert second.json["id"] != first["id"]


def test_its_sessions_tokens_and_streams_end_at_once(
    app: Flask, ada: Person, bo: Person, listen: Any
) -> None:
    other, robot = another_browser(app, bo), script(app, bo)
    ended, goes_on = [listen(each) for each in (bo, other, robot)], listen(ada)
    delete_account(bo)
    ada.patch("/me", {"name": "Countess"})
    assert [next(stream, None) for stream in ended] == [None] * 3
    assert b'"name":"Countess"' in next(goes_on)
    assert [each.get("/me").status_code for each in (other, robot, ada)] == [401, 401, 200]


def test_tickets_and_comments_stay_without_a_name(ada: Person, cy: Person, project: str) -> None:
    made = new_ticket(cy, assigneeId=cy.id, watcherIds=[cy.id, ada.id])
    path = f"/projects/{project}/tickets/{made['number']}"
    cy.patch(path, {"title": "Another"})
    assert cy.post(f"{path}/comments", {"content": "Hear, hear"}).status_code == 201

    assert delete_account(cy).status_code == 200

    shown = ada.get(path).json
    assert (shown["title"], shown["commentCount"]) == ("Another", 1)
    assert [shown[name] for name in ("creator", "creatorId", "assignee", "assigneeId")] == [
        None
    ] * 4
    assert [each["username"] for each in shown["watchers"]] == ["ada"]
    assert ada.get(f"/projects/{project}/tickets").json == [shown]
    (comment,) = ada.get(f"{path}/comments").json
    assert (comment["content"], comment["author"]) == ("Hear, hear", None)
    assert [each["changedBy"] for each in ada.get(f"{path}/history").json] == [None]


def test_the_memberships_go_and_the_others_hear_of_it(
    ada: Person, cy: Person, project: str, listen: Any
) -> None:
    before = ada.get(f"/projects/{project}/members").json
    (theirs,) = (each for each in before if each["userId"] == cy.id)
    stream = listen(ada, f"/projects/{project}/events")

    delete_account(cy)
    new_ticket(ada)

    message, following = next(stream), next(stream)
    assert b'"type":"member.deleted"' in message
    assert f'"data":{{"id":"{theirs["id"]}"}}'.encode() in message
    assert b'"type":"ticket.created"' in following
    after = ada.get(f"/projects/{project}/members").json
    assert after == [each for each in before if each["userId"] != cy.id]
    assert ada.get(f"/projects/{project}").json["memberCount"] == 3


def test_no_kept_answer_shows_the_person_any_more(ada: Person, cy: Person, project: str) -> None:
    path = f"/projects/{project}/tickets"
    new_ticket(cy)
    (theirs,) = (
        each for each in ada.get(f"/projects/{project}/members").json if each["userId"] == cy.id
    )
    ada.delete(f"/projects/{project}/members/{theirs['id']}")
    kept = ada.get(path)
    assert kept.json[0]["creator"]["username"] == "cy"

    delete_account(cy)

    response = ada.get(path, headers={"If-None-Match": kept.headers["ETag"]})
    assert response.status_code == 200
    assert response.json[0]["creator"] is None


def test_the_picture_goes(app: Flask, ada: Person, bo: Person) -> None:
    picture = BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    picture.seek(0)
    sent = bo.post("/me/avatar", data={"file": (picture, "me.png")})
    assert sent.status_code == 200, sent.text
    uploads = app.config["PUNT"].data_dir / "uploads"
    assert len(list(uploads.iterdir())) == 1
    assert delete_account(bo, password=WRONG).status_code == 400
    assert len(list(uploads.iterdir())) == 1
    delete_account(bo)
    assert list(uploads.iterdir()) == []
    assert ada.get(sent.json["avatar"].removeprefix("/api")).status_code == 404


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"confirmation": "Delete my account"}, {"confirmation"}),
        ({"confirmation": " delete my account"}, {"confirmation"}),
        ({"confirmation": "delete my account\n"}, {"confirmation"}),
        ({"confirmation": ""}, {"confirmation"}),
        ({"confirmation": None}, {"confirmation"}),
        ({"confirmation": True}, {"confirmation"}),
        ({"password": None}, {"password"}),
        ({"password": "", "confirmation": "yes"}, {"password", "confirmation"}),
        ({"userId": "x"}, {"userId"}),
    ],
)
def test_a_deletion_not_meant_in_earnest_is_refused(
    ada: Person, bo: Person, stored: Any, fields: dict[str, object], told: set[str]
) -> None:
    before = stored()
    assert details(delete_account(bo, **fields)).keys() == told
    assert stored() == before
    assert bo.get("/me").status_code == 200


def test_a_deletion_needs_a_body(ada: Person, bo: Person, stored: Any) -> None:
    before = stored()
    assert details(bo.delete("/me/account", {})) == {
        "password": "Password is required",
        "confirmation": "Confirmation is required",
    }
    assert bo.delete("/me/account").status_code in (400, 415)
    assert stored() == before


def test_a_deletion_takes_the_right_password(ada: Person, bo: Person, stored: Any) -> None:
    before = stored()
    response = delete_account(bo, password=WRONG)
    assert (response.status_code, response.json) == (400, WRONG_PASSWORD)
    assert stored() == before
    assert bo.get("/me").status_code == 200


def test_the_sole_owner_of_a_project_stays(
    app: Flask, ada: Person, bo: Person, project: str, stored: Any
) -> None:
    make_admin(app, bo)
    before = stored()
    response = delete_account(ada)
    assert response.status_code == 400
    assert response.json.keys() == {"error"}
    assert "only owner of PUNT" in response.json["error"]
    assert stored() == before
    assert ada.get("/me").status_code == 200


def test_one_of_two_owners_may_go(app: Flask, ada: Person, bo: Person, project: str) -> None:
    make_admin(app, bo)
    path = f"/projects/{project}/members"
    (theirs,) = (each for each in ada.get(path).json if each["userId"] == bo.id)
    ada.patch(f"{path}/{theirs['id']}", {"role": "owner"})
    assert delete_account(ada).status_code == 200
    assert bo.get(f"/projects/{project}").json["role"] == "owner"
    assert delete_account(bo).status_code == 400


def test_an_owner_may_go_once_the_project_is_deleted(
    ada: Person, ed: Person, other_project: str
) -> None:
    assert delete_account(ed).status_code == 400
    ed.delete(f"/projects/{other_project}")
    assert delete_account(ed).status_code == 200


def test_the_sole_admin_stays_even_when_alone(ada: Person, stored: Any) -> None:
    before = stored()
    response = delete_account(ada)
    assert response.status_code == 400
    assert "only system admin" in response.json["error"]
    assert stored() == before
    assert ada.get("/me").status_code == 200


def test_an_admin_may_go_while_there_is_another(app: Flask, ada: Person, bo: Person) -> None:
    make_admin(app, bo)
    assert delete_account(ada).status_code == 200
    assert delete_account(bo).status_code == 400


def test_a_disabled_admin_is_no_other_admin(
    app: Flask, ada: Person, bo: Person, event_count: Any
) -> None:
    make_admin(app, bo, disabled_at=now())
    count = event_count()
    assert delete_account(ada).status_code == 400
    assert event_count() == count
    assert ada.get("/me").status_code == 200


def test_of_two_admins_who_go_at_once_one_stays(app: Flask, ada: Person, bo: Person) -> None:
    make_admin(app, bo)
    answers = at_once(lambda: delete_account(ada), lambda: delete_account(bo))
    assert sorted(each.status_code for each in answers) == [200, 400]


def test_a_password_is_not_changed_while_the_account_goes(
    app: Flask, anonymous: Person, ada: Person, bo: Person
) -> None:
    other = another_browser(app, bo)
    answers = at_once(lambda: delete_account(bo), lambda: change_password(other))
    assert sorted(each.status_code for each in answers) == [200, 401]
    was_changed = answers[1].status_code == 200
    assert (sign_in(anonymous, "bo", NEW).status_code == 200) == was_changed


# What holds for all of them


@pytest.mark.parametrize(
    "call", [change_password, lambda each: change_email(each, "bo@example.com"), delete_account]
)
def test_a_password_that_is_replaced_meanwhile_proves_nothing(
    app: Flask, ada: Person, bo: Person, call: Any
) -> None:
    replaced = {"password_hash": "another"}
    answer, _ = at_once(lambda: call(bo), lambda: rewrite(app, User, bo.id, **replaced))
    assert (answer.status_code, answer.json) == (400, WRONG_PASSWORD)
    assert bo.get("/me").json["email"] is None
    with app.app_context():
        assert db.session.get_one(User, bo.id).password_hash == "another"


@pytest.mark.parametrize(
    "call", [change_password, lambda each: change_email(each, None), delete_account]
)
def test_it_takes_a_live_session(
    app: Flask, ada: Person, bo: Person, anonymous: Person, stored: Any, call: Any
) -> None:
    rewrite(app, User, bo.id, disabled_at=now())
    session = ada.get("/me/sessions").json[0]["id"]
    rewrite(app, Session, session, expires=now() - timedelta(seconds=1))
    before = stored()
    assert (call(anonymous).status_code, call(anonymous).json) == (401, UNAUTHORIZED)
    assert call(ada).status_code == 401
    assert call(bo).status_code == 403
    assert stored() == before
