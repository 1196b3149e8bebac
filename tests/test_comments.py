"""Comments on tickets (contract, section 4)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from punt.models import Comment
from tests.conftest import Person, details, make_project, new_ticket, rewrite
from tests.listening import kinds, listen

TICKET = "/projects/PUNT/tickets/1"
COMMENTS = f"{TICKET}/comments"
UNKNOWN_ID = "01HZZZZZZZZZZZZZZZZZZZZZZZ"
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def ticket(project: str, ada: Person) -> dict[str, Any]:
    """The ticket that is talked about."""
    return new_ticket(ada)


@pytest.fixture
def said(cy: Person, ticket: dict[str, Any]) -> dict[str, Any]:
    """A comment of cy's."""
    return dict(cy.post(COMMENTS, {"content": "It leaks"}).json)


def test_something_is_said(cy: Person) -> None:
    response = cy.post(COMMENTS, {"content": "  It *leaks*\n"})
    assert response.status_code == 201
    made = response.json
    assert made == {
        "id": made["id"],
        "content": "  It *leaks*\n",
        "author": {"id": cy.id, "username": "cy", "name": "cy", "avatar": None},
        "createdAt": made["createdAt"],
        "updatedAt": made["createdAt"],
    }
    assert cy.get(COMMENTS).json == [made]


def test_a_comment_may_be_as_long_as_a_description(cy: Person) -> None:
    content = "é" * 100_000
    assert cy.post(COMMENTS, {"content": content}).json["content"] == content


def test_they_are_listed_oldest_first_and_in_pages(ada: Person, cy: Person, di: Person) -> None:
    for person, content in ((cy, "one"), (ada, "two"), (cy, "three")):
        person.post(COMMENTS, {"content": content})
    assert [each["content"] for each in di.get(COMMENTS).json] == ["one", "two", "three"]
    first = di.get(f"{COMMENTS}?limit=2")
    assert [each["content"] for each in first.json] == ["one", "two"]
    assert first.headers["X-Total-Count"] == "3"
    path = first.headers["Link"].partition("/api")[2].partition(">")[0]
    assert [each["content"] for each in di.get(path).json] == ["three"]


@pytest.mark.parametrize("reference", ["PUNT-1", "punt-1", "1"])
def test_the_ticket_is_named_by_key_or_number(
    di: Person, said: dict[str, Any], ticket: dict[str, Any], reference: str
) -> None:
    for name in (reference, ticket["id"]):
        assert di.get(f"/projects/PUNT/tickets/{name}/comments").json == [said]


def test_the_ticket_counts_them(cy: Person, said: dict[str, Any]) -> None:
    other = cy.post(COMMENTS, {"content": "Still"}).json
    assert cy.get(TICKET).json["commentCount"] == 2
    assert cy.get("/projects/PUNT/tickets").json[0]["commentCount"] == 2
    cy.delete(f"{COMMENTS}/{other['id']}")
    assert cy.get(TICKET).json["commentCount"] == 1


def test_the_author_changes_what_they_said(cy: Person, said: dict[str, Any]) -> None:
    response = cy.patch(f"{COMMENTS}/{said['id']}", {"content": "It drips"})
    assert response.status_code == 200
    after = response.json
    assert after == said | {"content": "It drips", "updatedAt": after["updatedAt"]}
    assert after["updatedAt"] >= said["updatedAt"]
    assert cy.get(COMMENTS).json == [after]


def test_the_time_of_the_last_change_is_shown(app: Flask, cy: Person, said: dict[str, Any]) -> None:
    rewrite(app, Comment, said["id"], updated_at=LONG_AGO, created_at=LONG_AGO)
    after = cy.patch(f"{COMMENTS}/{said['id']}", {"content": "It drips"}).json
    assert after["createdAt"] == "2001-01-01T00:00:00.000Z"
    assert after["updatedAt"] >= said["updatedAt"]


@pytest.mark.parametrize("change", [{}, {"content": "It leaks"}])
def test_a_change_of_nothing_changes_nothing(
    cy: Person, said: dict[str, Any], stored: Any, change: dict[str, str]
) -> None:
    before = stored()
    response = cy.patch(f"{COMMENTS}/{said['id']}", change)
    assert (response.status_code, response.json) == (200, said)
    assert stored() == before


def test_nobody_else_changes_it(
    ada: Person, bo: Person, di: Person, ed: Person, said: dict[str, Any], stored: Any
) -> None:
    before = stored()
    for person in (ada, bo, di, ed):
        for change in ({"content": "It is fine"}, {}):
            assert person.patch(f"{COMMENTS}/{said['id']}", change).status_code == 403
    assert stored() == before


@pytest.mark.parametrize("name", ["cy", "bo", "ada"])
def test_the_author_and_admins_delete_it(
    cy: Person, said: dict[str, Any], name: str, request: pytest.FixtureRequest
) -> None:
    person: Person = request.getfixturevalue(name)
    response = person.delete(f"{COMMENTS}/{said['id']}")
    assert (response.status_code, response.json) == (200, {"success": True})
    assert cy.get(COMMENTS).json == []
    assert cy.delete(f"{COMMENTS}/{said['id']}").status_code == 404


def test_no_other_member_deletes_it(
    ada: Person, cy: Person, di: Person, ed: Person, stored: Any
) -> None:
    ada.post("/projects/PUNT/members", {"username": "ed", "role": "member"})
    theirs = ada.post(COMMENTS, {"content": "An owner's"}).json
    before = stored()
    for person in (cy, di, ed):
        assert person.delete(f"{COMMENTS}/{theirs['id']}").status_code == 403
    assert stored() == before


def test_viewers_and_strangers_say_nothing(di: Person, ed: Person, stored: Any) -> None:
    before = stored()
    for person in (di, ed):
        assert person.post(COMMENTS, {"content": "Hello"}).status_code == 403
    assert ed.get(COMMENTS).status_code == 403
    assert stored() == before


def test_who_may_only_view_by_now_does_not_touch_their_own(
    ada: Person, cy: Person, said: dict[str, Any], stored: Any
) -> None:
    member = ada.get("/projects/PUNT/members").json[2]["id"]
    ada.patch(f"/projects/PUNT/members/{member}", {"role": "viewer"})
    before = stored()
    assert cy.patch(f"{COMMENTS}/{said['id']}", {"content": "No"}).status_code == 403
    assert cy.delete(f"{COMMENTS}/{said['id']}").status_code == 403
    assert stored() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("content", ""),
        ("content", " \n\t "),
        ("content", None),
        ("content", 5),
        ("content", ["x"]),
        ("content", "nul\0"),
        ("content", "x" * 100_001),
        ("author", UNKNOWN_ID),
        ("authorId", UNKNOWN_ID),
        ("ticketId", UNKNOWN_ID),
        ("id", UNKNOWN_ID),
        ("createdAt", "2001-01-01"),
    ],
)
def test_a_wrong_value_is_refused(
    cy: Person, said: dict[str, Any], stored: Any, field: str, value: object
) -> None:
    before = stored()
    body = {"content": "Fine", field: value}
    assert details(cy.post(COMMENTS, body)).keys() == {field}
    assert details(cy.patch(f"{COMMENTS}/{said['id']}", body)).keys() == {field}
    assert stored() == before


def test_something_must_be_said(cy: Person, stored: Any) -> None:
    before = stored()
    assert details(cy.post(COMMENTS, {})) == {"content": "Content is required"}
    assert stored() == before


def test_a_comment_is_found_only_where_it_stands(
    app: Flask, cy: Person, said: dict[str, Any], stored: Any
) -> None:
    make_project(app, "MINE", {cy: "owner"})
    cy.post("/projects/MINE/tickets", {"title": "Mine"})
    new_ticket(cy, "Another")
    before = stored()
    for path in ("/projects/MINE/tickets/1", "/projects/PUNT/tickets/2"):
        for answer in (
            cy.patch(f"{path}/comments/{said['id']}", {"content": "No"}),
            cy.delete(f"{path}/comments/{said['id']}"),
        ):
            assert (answer.status_code, answer.json) == (404, {"error": "Comment not found"})
    assert cy.patch(f"{COMMENTS}/{UNKNOWN_ID}", {"content": "No"}).status_code == 404
    assert cy.get("/projects/PUNT/tickets/3/comments").status_code == 404
    assert stored() == before


def test_each_change_is_told_once_with_the_ticket(
    app: Flask, cy: Person, di: Person, ticket: dict[str, Any]
) -> None:
    heard = listen(app, di, "PUNT")
    made = cy.post(COMMENTS, {"content": "One"}, headers={"X-Tab-Id": "t1"}).json
    changed = cy.patch(f"{COMMENTS}/{made['id']}", {"content": "Two"}).json
    cy.delete(f"{COMMENTS}/{made['id']}")

    assert kinds(heard) == ["comment.created", "comment.updated", "comment.deleted"]
    assert [each["data"] for each in heard()] == [made, changed, {"id": made["id"]}]
    assert [each["ticketId"] for each in heard()] == [ticket["id"]] * 3
    assert heard()[0]["tabId"] == "t1"


def test_a_comment_changes_the_project_but_not_the_ticket(
    cy: Person, ticket: dict[str, Any]
) -> None:
    tag = cy.get(TICKET).headers["ETag"]
    cy.post(COMMENTS, {"content": "Meanwhile"})

    seen = cy.get(TICKET, headers={"If-None-Match": tag})
    assert seen.status_code == 200
    assert seen.json == ticket | {"commentCount": 1}
    assert cy.get(f"{TICKET}/history").json == []
    assert cy.patch(TICKET, {"title": "New"}, headers={"If-Match": tag}).status_code == 200


def test_comments_are_kept_until_they_change(cy: Person, said: dict[str, Any]) -> None:
    tag = cy.get(COMMENTS).headers["ETag"]
    assert cy.get(COMMENTS, headers={"If-None-Match": tag}).status_code == 304
    cy.patch(f"{COMMENTS}/{said['id']}", {"content": "New"})
    assert cy.get(COMMENTS, headers={"If-None-Match": tag}).status_code == 200
