"""What went wrong in other trackers, tried on this one."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from punt.models import User
from tests.conftest import (
    Person,
    details,
    filled,
    make_project,
    new_label,
    new_sprint,
    new_ticket,
    rewrite,
)
from tests.samples import image, upload

pytestmark = pytest.mark.usefixtures("project")

PUNT = "/projects/PUNT"


def things(app: Flask, owner: Person, key: str) -> dict[str, str]:
    """The ids of one thing of each kind in a project, made by its owner."""
    path = f"/projects/{key}"
    column, _, spare = (each["id"] for each in owner.get(f"{path}/columns").json)
    ticket = owner.post(f"{path}/tickets", {"title": "Secret"}).json["id"]
    owner.post(f"{path}/tickets", {"title": "Another"})
    hm = owner.post(f"{path}/tickets/1/comments", {"content": "Secret"}).json["id"]
    (member,) = (
        each["id"] for each in owner.get(f"{path}/members").json if each["userId"] == owner.id
    )
    return {"column": column, "spare": spare, "ticket": ticket, "comment": hm, "member": member,
            "label": new_label(app, "Secret", key), "sprint": new_sprint(app, project=key),
            "user": owner.id}  # fmt: skip


# Bodies in which words in angle brackets stand for ids of another project.
BODIES: list[tuple[str, str, dict[str, Any]]] = [
    ("post", "tickets", {"title": "x", "columnId": "<column>"}),
    ("post", "tickets", {"title": "x", "sprintId": "<sprint>"}),
    ("post", "tickets", {"title": "x", "parentId": "<ticket>"}),
    ("post", "tickets", {"title": "x", "labelIds": ["<label>"]}),
    ("patch", "tickets/1", {"title": "x", "columnId": "<column>", "order": 0}),
    ("patch", "tickets/1", {"title": "x", "sprintId": "<sprint>"}),
    ("patch", "tickets/1", {"title": "x", "parentId": "<ticket>"}),
    ("patch", "tickets/1", {"title": "x", "labelIds": ["<label>"]}),
    ("patch", "tickets", {"ticketIds": ["1", "<ticket>"], "updates": {"title": "x"}}),
    ("patch", "tickets", {"ticketIds": ["1", "2"], "updates": {"columnId": "<column>"}}),
    ("patch", "tickets", {"ticketIds": ["1", "2"], "updates": {"labelIds": ["<label>"]}}),
    ("delete", "tickets", {"ticketIds": ["1", "<ticket>"]}),
    ("post", "tickets/1/links", {"targetTicketId": "<ticket>", "linkType": "blocks"}),
    ("put", "columns/order", {"columnIds": ["<column>", "<spare>"]}),
    ("delete", "columns/<own column>?moveTicketsTo=<column>", {}),
    ("patch", "sprints/settings", {"doneColumnIds": ["<column>"]}),
    ("post", "sprints/<own sprint>/complete",
     {"incompleteAction": "moveToNextSprint", "nextSprintId": "<sprint>"}),
]  # fmt: skip


@pytest.mark.parametrize("owns_both", [False, True])
def test_ids_of_another_project_in_a_body_are_refused_and_nothing_is_written(
    app: Flask, ada: Person, ed: Person, stored: Any, owns_both: bool
) -> None:
    other = make_project(app, "OTHER", {ada if owns_both else ed: "owner"})
    theirs = things(app, ada if owns_both else ed, other)
    own = things(app, ada, "PUNT")
    assert ada.post(f"{PUNT}/sprints/{own['sprint']}/start", {}).status_code == 200
    ids = theirs | {f"own {name}": id_ for name, id_ in own.items()}
    before = stored()
    for method, path, body in BODIES:
        response = getattr(ada, method)(f"{PUNT}/{filled(path, ids)}", filled(body, ids) or None)
        assert response.status_code == 400, (method, path, body)
        assert "Secret" not in response.text
    assert stored() == before


def test_only_members_can_be_put_on_a_ticket(cy: Person, ed: Person, stored: Any) -> None:
    new_ticket(cy)
    before = stored()
    for body in ({"assigneeId": ed.id}, {"watcherIds": [cy.id, ed.id]}):
        assert cy.post(f"{PUNT}/tickets", {"title": "x", **body}).status_code == 400
        assert cy.patch(f"{PUNT}/tickets/1", body).status_code == 400
    assert stored() == before


@pytest.mark.parametrize("field", ["columnId", "assigneeId", "sprintId", "parentId"])
def test_an_object_where_an_id_is_meant_is_refused(
    app: Flask, ada: Person, stored: Any, field: str
) -> None:
    own = things(app, ada, "PUNT")
    real = own[{"assigneeId": "user", "parentId": "ticket"}.get(field, field.removesuffix("Id"))]
    before = stored()
    for value in ({"id": real}, [real], {"$ne": None}, {"id": {"id": real}}, [[real]]):
        body = {"title": "x", field: value}
        assert details(ada.post(f"{PUNT}/tickets", body)).keys() == {field}
        assert details(ada.patch(f"{PUNT}/tickets/2", body)).keys() == {field}
    assert stored() == before


# What a body may not reach

PRIVILEGED = [
    "id", "projectId", "project", "key", "createdAt", "updatedAt", "creatorId", "authorId",
    "author", "isSystemAdmin", "passwordHash", "ticketId", "uploaderId", "revision", "user",
]  # fmt: skip

# Each takes the body as it is, and refuses it with any of the above.
ACCEPTED: list[tuple[str, str, dict[str, Any]]] = [
    ("patch", "", {"name": "New"}),
    ("post", "/tickets", {"title": "x"}),
    ("patch", "/tickets/1", {"title": "New"}),
    ("post", "/tickets/1/comments", {"content": "x"}),
    ("patch", "/tickets/1/comments/<comment>", {"content": "New"}),
    ("post", "/tickets/1/links", {"targetTicketId": "2", "linkType": "blocks"}),
    ("post", "/columns", {"name": "x"}),
    ("patch", "/columns/<column>", {"name": "New"}),
    ("post", "/labels", {"name": "x"}),
    ("patch", "/labels/<label>", {"name": "New"}),
    ("post", "/members", {"username": "ed", "role": "viewer"}),
    ("patch", "/members/<member>", {"role": "owner"}),
    ("post", "/sprints", {"name": "x"}),
    ("patch", "/sprints/<sprint>", {"name": "New"}),
    ("patch", "/sprints/settings", {"defaultSprintDuration": 3}),
]


@pytest.mark.parametrize(("method", "path", "body"), ACCEPTED)
def test_what_a_body_may_not_set_is_refused(
    app: Flask, ada: Person, ed: Person, stored: Any, method: str, path: str, body: dict[str, Any]
) -> None:
    call, url = getattr(ada, method), PUNT + filled(path, things(app, ada, "PUNT"))
    before = stored()
    for field in PRIVILEGED:
        for value in (ed.id, 1, True, None):
            assert details(call(url, {**body, field: value})).keys() == {field}
    assert stored() == before
    assert call(url, body).status_code in (200, 201)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sprints/<sprint>", {"status": "completed"}),
        ("/sprints/<sprint>", {"completedTicketCount": 9}),
        ("/members/<member>", {"userId": "<user>"}),
        ("/tickets/1", {"role": "owner"}),
        ("/tickets/1", {"isCarriedOver": True}),
        ("", {"role": "owner"}),
        ("", {"ownerId": "<user>"}),
    ],
)
def test_a_patch_cannot_reach_what_only_the_rules_change(
    app: Flask, ada: Person, stored: Any, path: str, body: dict[str, Any]
) -> None:
    ids = things(app, ada, "PUNT")
    before = stored()
    refused = details(ada.patch(PUNT + filled(path, ids), filled(body, ids)))
    assert refused.keys() == body.keys()
    assert stored() == before


# Going on afterwards


def membership(ada: Person, who: Person) -> str:
    """The path of someone's membership in PUNT."""
    for each in ada.get(f"{PUNT}/members").json:
        if each["userId"] == who.id:
            return f"{PUNT}/members/{each['id']}"
    raise LookupError(who.username)


def test_who_was_removed_is_a_stranger_at_once(ada: Person, cy: Person, stored: Any) -> None:
    new_ticket(cy)
    assert ada.delete(membership(ada, cy)).status_code == 200
    before = stored()
    for path in (PUNT, f"{PUNT}/tickets", f"{PUNT}/tickets/1", f"{PUNT}/events"):
        assert cy.get(path).status_code == 403
    assert cy.patch(f"{PUNT}/tickets/1", {"title": "Still here"}).status_code == 403
    assert cy.get("/projects").json == []
    assert stored() == before


def test_who_was_demoted_may_only_read_at_once(ada: Person, cy: Person, stored: Any) -> None:
    new_ticket(cy)
    assert ada.patch(membership(ada, cy), {"role": "viewer"}).status_code == 200
    before = stored()
    assert cy.patch(f"{PUNT}/tickets/1", {"title": "Still here"}).status_code == 403
    assert cy.post(f"{PUNT}/tickets", {"title": "x"}).status_code == 403
    assert cy.delete(f"{PUNT}/tickets/1").status_code == 403
    assert cy.get(f"{PUNT}/tickets/1").json["title"] == "A ticket"
    assert stored() == before


def test_who_was_disabled_may_nothing_at_once(app: Flask, cy: Person, stored: Any) -> None:
    new_ticket(cy)
    rewrite(app, User, cy.id, disabled_at=datetime(2024, 1, 1, tzinfo=UTC))
    before = stored()
    for path in ("/me", "/projects", f"{PUNT}/tickets/1", f"{PUNT}/events"):
        assert cy.get(path).status_code == 403
    assert cy.patch(f"{PUNT}/tickets/1", {"title": "Still here"}).status_code == 403
    assert stored() == before


def test_a_system_admin_is_a_stranger_where_not_a_member(
    app: Flask, ada: Person, ed: Person, other_project: str, stored: Any
) -> None:
    assert ada.get("/me").json["isSystemAdmin"]
    before = stored()
    assert ada.get("/projects/OTHER").status_code == 403
    assert ada.get("/projects/OTHER/tickets").status_code == 403
    assert ada.delete("/projects/OTHER").status_code == 403
    assert stored() == before


# Other ways round


def test_a_stranger_learns_nothing_of_what_is_inside(app: Flask, ada: Person, ed: Person) -> None:
    ids = things(app, ada, "PUNT")
    tag = ada.get(f"{PUNT}/tickets").headers["ETag"]
    for path in (PUNT, f"{PUNT}/tickets?q=Secret&limit=1", f"{PUNT}/tickets/1", f"{PUNT}/members",
                 f"{PUNT}/tickets/99", f"{PUNT}/labels/{ids['label']}"):  # fmt: skip
        for headers in ({}, {"If-None-Match": "*"}, {"If-None-Match": tag}):
            response = ed.get(path, headers=headers)
            assert response.status_code in (403, 405)
            assert response.json.keys() == {"error"}
            assert "Secret" not in response.text
            assert not {"ETag", "X-Total-Count", "Link"} & {*response.headers.keys()}


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_another_method_in_a_header_does_not_count(
    cy: Person, di: Person, stored: Any, header: str
) -> None:
    new_ticket(cy)
    before = stored()
    for who in (di, cy):
        assert who.get(f"{PUNT}/tickets/1", headers={header: "DELETE"}).status_code == 200
        assert who.post(f"{PUNT}/tickets/1", {}, headers={header: "DELETE"}).status_code == 405
    asked = di.post(f"{PUNT}/tickets", {"title": "x"}, headers={header: "GET"})
    assert asked.status_code == 403
    assert cy.get(f"{PUNT}/tickets/1?_method=DELETE").status_code == 400
    assert stored() == before


def test_a_head_is_checked_like_a_get(anonymous: Person, ed: Person, di: Person) -> None:
    for who, status in ((anonymous, 401), (ed, 403), (di, 200)):
        response = who.client.head(f"/api{PUNT}/tickets")
        assert (response.status_code, response.data) == (status, b"")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.test"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_page_of_another_site_cannot_write(
    ada: Person, stored: Any, headers: dict[str, str]
) -> None:
    new_ticket(ada)
    before = stored()
    bodies: list[dict[str, Any]] = [
        {"data": b'{"title": "x"}', "content_type": "application/json"},
        {"data": b'{"title": "x"}', "content_type": "text/plain"},
        {"data": {"title": "x"}},
        {"data": {"title": "x"}, "content_type": "multipart/form-data"},
        {},
    ]
    for body in bodies:
        for call, path in ((ada.post, f"{PUNT}/tickets"), (ada.patch, f"{PUNT}/tickets/1"),
                           (ada.delete, f"{PUNT}/tickets/1"), (ada.delete, PUNT)):  # fmt: skip
            assert call(path, headers=headers, **body).status_code == 403
    assert stored() == before


READS = [
    "/me", "/projects", PUNT, f"{PUNT}/members", f"{PUNT}/columns", f"{PUNT}/labels",
    f"{PUNT}/tickets", f"{PUNT}/tickets/1", f"{PUNT}/tickets/1/history",
    f"{PUNT}/tickets/1/comments", f"{PUNT}/tickets/1/links", f"{PUNT}/tickets/1/attachments",
    f"{PUNT}/sprints", f"{PUNT}/sprints/active", f"{PUNT}/sprints/settings", "/auth/session",
    "/me/sessions", "/me/tokens",
]  # fmt: skip


def test_no_answer_shows_the_address_or_a_hash_of_anyone_else(
    app: Flask, ada: Person, bo: Person, cy: Person
) -> None:
    for who in (ada, bo, cy):
        email = f"{who.username}@secret.test"
        rewrite(app, User, who.id, email=email, email_key=email)
    new_ticket(bo, assigneeId=cy.id, watcherIds=[ada.id, bo.id])
    new_ticket(cy, parentId="1", sprintId=new_sprint(app, status="active"))
    cy.post(f"{PUNT}/tickets/1/comments", {"content": "Hm"})
    cy.post(f"{PUNT}/tickets/1/links", {"targetTicketId": "2", "linkType": "blocks"})
    upload(bo, f"{PUNT}/tickets/1/attachments", "a.png", image("PNG"))
    bo.patch(f"{PUNT}/tickets/1", {"assigneeId": ada.id})
    for path in READS:
        response = cy.get(path)
        assert response.status_code == 200, path
        text = response.text.replace("cy@secret.test", "")
        for secret in ("@secret.test", "argon2", "passwordHash", "secretHash"):
            assert secret not in text, path
