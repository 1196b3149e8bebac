"""Where one is signed in (contract, section 2, me)."""

import re
from datetime import timedelta
from typing import Any

from flask import Flask

from punt.database import iso, now
from punt.models import Session
from tests.conftest import PASSWORD, Answer, Person, details, rewrite, script

COOKIE = "next-auth.session-token"
UNAUTHORIZED = {"error": "Authentication required"}


def another_browser(app: Flask, person: Person, **options: Any) -> Person:
    """The same person, signed in once more."""
    other = Person(person.id, person.username, app.test_client())
    body = {"username": person.username, "password": PASSWORD}
    assert other.post("/auth/callback/credentials", body, **options).status_code == 200
    return other


def current(person: Person) -> Any:
    (found,) = (each for each in person.get("/me/sessions").json if each["current"])
    return found


def cookies_cleared(response: Answer) -> bool:
    return any(
        header.startswith(f"{COOKIE}=;") and "Max-Age=0" in header
        for header in response.headers.getlist("Set-Cookie")
    )


# Looking at them


def test_a_session_says_when_and_where_it_began(app: Flask, anonymous: Person, ada: Person) -> None:
    before = now()
    ada.post("/auth/signout")
    where = {"headers": {"User-Agent": "Firefox"}, "environ_base": {"REMOTE_ADDR": "192.0.2.7"}}
    expires = another_browser(app, ada, **where)

    (session,) = expires.get("/me/sessions").json

    assert iso(before) <= session["createdAt"] <= session["lastUsedAt"] <= iso(now())
    assert session == {
        "id": session["id"],
        "createdAt": session["createdAt"],
        "lastUsedAt": session["lastUsedAt"],
        "expires": expires.get("/auth/session").json["expires"],
        "userAgent": "Firefox",
        "ip": "192.0.2.7",
        "current": True,
    }


def test_what_a_browser_does_not_say_is_null(ada: Person) -> None:
    session = current(ada)
    assert (session["userAgent"], session["ip"]) == (None, None)


def test_a_long_user_agent_is_cut(app: Flask, ada: Person) -> None:
    other = another_browser(app, ada, headers={"User-Agent": "x" * 5000})
    assert current(other)["userAgent"] == "x" * 200


def test_each_browser_sees_all_sessions_and_which_is_its_own(app: Flask, ada: Person) -> None:
    other = another_browser(app, ada)
    mine, theirs = ada.get("/me/sessions").json, other.get("/me/sessions").json
    assert [each["id"] for each in mine] == [each["id"] for each in theirs]
    assert [each["current"] for each in mine] == [True, False]
    assert [each["current"] for each in theirs] == [False, True]


def test_only_live_sessions_are_shown(app: Flask, ada: Person) -> None:
    gone = another_browser(app, ada)
    rewrite(app, Session, current(gone)["id"], expires=now() - timedelta(seconds=1))
    assert ada.get("/me/sessions").json == [current(ada)]


def test_one_sees_only_ones_own(ada: Person, bo: Person) -> None:
    assert current(ada)["id"] not in [each["id"] for each in bo.get("/me/sessions").json]


def test_they_are_listed_page_by_page(app: Flask, ada: Person) -> None:
    others = [another_browser(app, ada) for _ in range(2)]
    ids = [current(each)["id"] for each in (ada, *others)]
    assert [each["id"] for each in ada.get("/me/sessions").json] == ids

    first = ada.get("/me/sessions?limit=2")
    assert [each["id"] for each in first.json] == ids[:2]
    assert first.headers["X-Total-Count"] == "3"
    link = re.fullmatch(r'<http://localhost/api(.+)>; rel="next"', first.headers["Link"])
    assert link
    assert [each["id"] for each in ada.get(link[1]).json] == ids[2:]


def test_a_filter_that_it_does_not_have_is_refused(ada: Person) -> None:
    assert details(ada.get("/me/sessions?current=true")).keys() == {"current"}


def test_no_secret_is_shown(ada: Person) -> None:
    with ada.client.session_transaction() as cookie:
        secret = cookie["_user_id"]
    assert ada.get("/me").status_code == 200
    assert secret not in ada.get("/me/sessions").text


def test_its_use_is_noted_at_most_once_a_minute(app: Flask, ada: Person, stored: Any) -> None:
    used = now() - timedelta(seconds=61)
    rewrite(app, Session, current(ada)["id"], last_used_at=used)
    assert current(ada)["lastUsedAt"] > iso(used)
    noted = stored()
    ada.get("/me/sessions")
    assert stored() == noted


# Ending them


def test_a_session_ended_elsewhere_is_signed_out_at_once(app: Flask, ada: Person) -> None:
    lost, kept = another_browser(app, ada), another_browser(app, ada)

    response = ada.delete(f"/me/sessions/{current(lost)['id']}")

    assert (response.status_code, response.json) == (200, {"success": True})
    assert not cookies_cleared(response)
    assert (lost.get("/me").status_code, lost.get("/me").json) == (401, UNAUTHORIZED)
    assert lost.patch("/me", {"name": "Eve"}).status_code == 401
    assert (kept.get("/me").status_code, ada.get("/me").json["name"]) == (200, "ada")
    assert len(ada.get("/me/sessions").json) == 2


def test_its_streams_end_and_no_others(app: Flask, ada: Person, listen: Any) -> None:
    lost = another_browser(app, ada)
    ended, goes_on = listen(lost), listen(ada)
    ada.delete(f"/me/sessions/{current(lost)['id']}")
    ada.patch("/me", {"name": "Countess"})
    assert next(ended, None) is None
    assert b'"name":"Countess"' in next(goes_on)


def test_ending_the_present_session_signs_out(app: Flask, ada: Person) -> None:
    other = another_browser(app, ada)
    response = ada.delete(f"/me/sessions/{current(ada)['id']}")
    assert response.json == {"success": True}
    assert cookies_cleared(response)
    assert ada.get("/me").status_code == 401
    assert other.get("/me").status_code == 200


def test_somebody_elses_session_is_not_found(ada: Person, bo: Person, stored: Any) -> None:
    path = f"/me/sessions/{current(ada)['id']}"
    before = stored()
    response = bo.delete(path)
    assert (response.status_code, response.json) == (404, {"error": "Session not found"})
    assert stored() == before
    assert ada.get("/me").status_code == 200


def test_what_is_no_live_session_is_not_found(app: Flask, ada: Person, stored: Any) -> None:
    gone = current(another_browser(app, ada))["id"]
    rewrite(app, Session, gone, expires=now() - timedelta(seconds=1))
    script(app, ada)
    token = ada.get("/me/tokens").json[0]["id"]
    before = stored()
    for id_ in (gone, token, ada.id, "x"):
        assert ada.delete(f"/me/sessions/{id_}").status_code == 404
    assert stored() == before


def test_nobody_has_no_sessions(ada: Person, anonymous: Person, stored: Any) -> None:
    path = f"/me/sessions/{current(ada)['id']}"
    before = stored()
    for response in (anonymous.get("/me/sessions"), anonymous.delete(path)):
        assert (response.status_code, response.json) == (401, UNAUTHORIZED)
    assert stored() == before


def test_a_script_sees_sessions_of_which_none_is_its_own(app: Flask, ada: Person) -> None:
    robot = script(app, ada, "read")
    assert [each["current"] for each in robot.get("/me/sessions").json] == [False]


def test_a_script_may_end_a_session_but_not_with_a_read_token(app: Flask, ada: Person) -> None:
    path = f"/me/sessions/{current(ada)['id']}"
    assert script(app, ada, "read").delete(path).status_code == 403
    assert ada.get("/me").status_code == 200
    assert script(app, ada, "write").delete(path).status_code == 200
    assert ada.get("/me").status_code == 401
