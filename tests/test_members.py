"""Who belongs to a project, and as what (contract, section 3, members)."""

from typing import Any

import pytest
from flask import Flask

from tests.conftest import Person, details, new_ticket, project_id
from tests.listening import kinds, listen

pytestmark = pytest.mark.usefixtures("project")

MEMBERS = "/projects/PUNT/members"
UNKNOWN_ID = "01HZZZZZZZZZZZZZZZZZZZZZZZ"


@pytest.fixture
def ids(ada: Person, project: str) -> dict[str, str]:
    """The ids of the memberships by user name."""
    return {each["user"]["username"]: each["id"] for each in ada.get(MEMBERS).json}


def roles(ada: Person) -> dict[str, str]:
    """Everyone's role by user name."""
    return {each["user"]["username"]: each["role"] for each in ada.get(MEMBERS).json}


def test_they_are_listed_in_the_order_in_which_they_joined(app: Flask, ada: Person) -> None:
    listed = ada.get(MEMBERS).json
    assert [(each["user"]["username"], each["role"]) for each in listed] == [
        ("ada", "owner"),
        ("bo", "admin"),
        ("cy", "member"),
        ("di", "viewer"),
    ]
    assert listed[0] == {
        "id": listed[0]["id"],
        "userId": ada.id,
        "projectId": project_id(app, "PUNT"),
        "role": "owner",
        "user": {"id": ada.id, "username": "ada", "name": "ada", "avatar": None},
    }


def test_they_come_in_pages(di: Person) -> None:
    first = di.get(f"{MEMBERS}?limit=3")
    assert [each["user"]["username"] for each in first.json] == ["ada", "bo", "cy"]
    assert first.headers["X-Total-Count"] == "4"
    path = first.headers["Link"].partition("/api")[2].partition(">")[0]
    assert [each["user"]["username"] for each in di.get(path).json] == ["di"]


# Letting people in


@pytest.mark.parametrize("by", ["userId", "username", "USERNAME"])
@pytest.mark.parametrize("role", ["viewer", "Member", "ADMIN"])
def test_a_person_is_let_in(bo: Person, ed: Person, by: str, role: str) -> None:
    named = {
        "userId": {"userId": ed.id},
        "username": {"username": "ed"},
        "USERNAME": {"username": "ED"},
    }
    response = bo.post(MEMBERS, {**named[by], "role": role})

    assert response.status_code == 201
    assert response.json == bo.get(MEMBERS).json[-1]
    assert response.json["user"] == {"id": ed.id, "username": "ed", "name": "ed", "avatar": None}
    seen = ed.get("/projects/PUNT").json
    assert (seen["role"], seen["memberCount"]) == (role.lower(), 5)
    assert [each["key"] for each in ed.get("/projects").json] == ["PUNT"]


def test_an_owner_lets_another_owner_in(ada: Person, ed: Person) -> None:
    assert ada.post(MEMBERS, {"username": "ed", "role": "owner"}).status_code == 201
    assert ed.patch("/projects/PUNT", {"name": "Shared"}).status_code == 200


def test_an_admin_lets_nobody_in_as_owner(bo: Person, ed: Person, stored: Any) -> None:
    before = stored()
    assert bo.post(MEMBERS, {"username": "ed", "role": "owner"}).status_code == 403
    assert stored() == before


def test_members_viewers_and_strangers_let_nobody_in(
    cy: Person, di: Person, ed: Person, stored: Any
) -> None:
    before = stored()
    for person in (cy, di, ed):
        assert person.post(MEMBERS, {"username": "ed", "role": "viewer"}).status_code == 403
    assert stored() == before


@pytest.mark.parametrize("username", ["cy", "CY"])
def test_nobody_is_let_in_twice(bo: Person, stored: Any, username: str) -> None:
    before = stored()
    response = bo.post(MEMBERS, {"username": username, "role": "admin"})
    assert response.status_code == 400
    assert response.json == {"error": "cy is a member of this project already"}
    assert stored() == before


WRONG: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"userId", "role"}),
    ({"role": "viewer"}, {"userId"}),
    ({"role": "chief"}, {"userId", "role"}),
    ({"username": 5}, {"username", "role"}),
    ({"username": "ed"}, {"role"}),
    ({"username": "ed", "role": None}, {"role"}),
    ({"username": "ed", "role": "chief"}, {"role"}),
    ({"username": "ed", "role": 3}, {"role"}),
    ({"username": None, "role": "viewer"}, {"username"}),
    ({"username": 5, "role": "viewer"}, {"username"}),
    ({"username": "nobody", "role": "viewer"}, {"username"}),
    ({"userId": "ed", "role": "viewer"}, {"userId"}),
    ({"userId": UNKNOWN_ID, "role": "viewer"}, {"userId"}),
    ({"userId": {"id": "x"}, "role": "viewer"}, {"userId"}),
    ({"userId": "x", "username": "ed", "role": "viewer"}, {"userId"}),
    ({"username": "ed", "role": "viewer", "projectId": "x"}, {"projectId"}),
    ({"username": "ed", "role": "viewer", "id": "x"}, {"id"}),
]


@pytest.mark.parametrize(("body", "fields"), WRONG)
def test_a_wrong_invitation_is_refused(
    ada: Person, ed: Person, stored: Any, body: dict[str, Any], fields: set[str]
) -> None:
    before = stored()
    assert details(ada.post(MEMBERS, body)).keys() == fields
    assert stored() == before


def test_one_person_named_both_ways_is_refused_too(ada: Person, ed: Person, stored: Any) -> None:
    before = stored()
    body = {"userId": ed.id, "username": "ed", "role": "viewer"}
    assert details(ada.post(MEMBERS, body)).keys() == {"userId"}
    assert stored() == before


# Roles


@pytest.mark.parametrize("username", ["bo", "cy", "di"])
@pytest.mark.parametrize("role", ["viewer", "member", "admin", "owner"])
def test_an_owner_gives_any_role(
    ada: Person, ids: dict[str, str], username: str, role: str
) -> None:
    before = roles(ada)
    response = ada.patch(f"{MEMBERS}/{ids[username]}", {"role": role.upper()})
    assert response.status_code == 200
    assert response.json["role"] == role
    assert roles(ada) == before | {username: role}


@pytest.mark.parametrize("username", ["bo", "cy", "di"])
@pytest.mark.parametrize("role", ["viewer", "member", "admin"])
def test_an_admin_gives_any_role_below_owner(
    ada: Person, bo: Person, ids: dict[str, str], username: str, role: str
) -> None:
    assert bo.patch(f"{MEMBERS}/{ids[username]}", {"role": role}).status_code == 200
    assert roles(ada)[username] == role


@pytest.mark.parametrize("username", ["bo", "cy", "di"])
def test_an_admin_makes_nobody_an_owner(
    bo: Person, ids: dict[str, str], stored: Any, username: str
) -> None:
    before = stored()
    assert bo.patch(f"{MEMBERS}/{ids[username]}", {"role": "owner"}).status_code == 403
    assert stored() == before


def test_an_admin_does_not_touch_an_owner(
    ada: Person, bo: Person, ids: dict[str, str], stored: Any
) -> None:
    ada.patch(f"{MEMBERS}/{ids['cy']}", {"role": "owner"})
    before = stored()
    for name in ("ada", "cy"):
        for body in ({"role": "viewer"}, {"role": "owner"}, {}):
            assert bo.patch(f"{MEMBERS}/{ids[name]}", body).status_code == 403
        assert bo.delete(f"{MEMBERS}/{ids[name]}").status_code == 403
    assert stored() == before


@pytest.mark.parametrize("username", ["ada", "bo", "cy", "di"])
def test_members_viewers_and_strangers_give_no_role(
    cy: Person, di: Person, ed: Person, ids: dict[str, str], stored: Any, username: str
) -> None:
    before = stored()
    for person in (cy, di, ed):
        answer = person.patch(f"{MEMBERS}/{ids[username]}", {"role": "member"})
        assert answer.status_code == 403
    assert stored() == before


@pytest.mark.parametrize("change", [{}, {"role": "member"}])
def test_the_same_role_again_changes_nothing(
    bo: Person, ids: dict[str, str], stored: Any, change: dict[str, str]
) -> None:
    before = stored()
    response = bo.patch(f"{MEMBERS}/{ids['cy']}", change)
    assert (response.status_code, response.json["role"]) == (200, "member")
    assert stored() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("role", None),
        ("role", "chief"),
        ("role", ["owner"]),
        ("userId", UNKNOWN_ID),
        ("username", "ed"),
        ("projectId", UNKNOWN_ID),
        ("id", UNKNOWN_ID),
        ("user", {"name": "Boss"}),
    ],
)
def test_a_wrong_change_is_refused(
    ada: Person, ids: dict[str, str], stored: Any, field: str, value: object
) -> None:
    before = stored()
    body = {"role": "admin", field: value}
    assert details(ada.patch(f"{MEMBERS}/{ids['cy']}", body)).keys() == {field}
    assert stored() == before


def test_a_new_role_counts_at_once(ada: Person, cy: Person, ids: dict[str, str]) -> None:
    new_ticket(cy)
    tag = cy.get("/projects/PUNT").headers["ETag"]
    ada.patch(f"{MEMBERS}/{ids['cy']}", {"role": "viewer"})

    seen = cy.get("/projects/PUNT", headers={"If-None-Match": tag})
    assert (seen.status_code, seen.json["role"]) == (200, "viewer")
    assert cy.post("/projects/PUNT/tickets", {"title": "Late"}).status_code == 403
    assert cy.patch("/projects/PUNT/tickets/1", {"title": "Late"}).status_code == 403

    ada.patch(f"{MEMBERS}/{ids['cy']}", {"role": "admin"})
    assert cy.patch("/projects/PUNT", {"name": "By an admin"}).status_code == 200


def test_one_who_steps_down_cannot_step_up_again(bo: Person, ids: dict[str, str]) -> None:
    assert bo.patch(f"{MEMBERS}/{ids['bo']}", {"role": "member"}).status_code == 200
    assert bo.patch(f"{MEMBERS}/{ids['bo']}", {"role": "admin"}).status_code == 403


# The last owner


def test_the_last_owner_cannot_be_demoted_or_leave(
    ada: Person, ids: dict[str, str], stored: Any
) -> None:
    before = stored()
    path = f"{MEMBERS}/{ids['ada']}"
    answers = [ada.patch(path, {"role": role}) for role in ("viewer", "member", "admin")]
    for answer in [*answers, ada.delete(path)]:
        assert answer.status_code == 400
        assert answer.json.keys() == {"error"}
        assert "last owner" in answer.json["error"]
    assert stored() == before


def test_of_two_owners_one_may_go_but_not_both(
    ada: Person, bo: Person, ids: dict[str, str], stored: Any
) -> None:
    ada.patch(f"{MEMBERS}/{ids['bo']}", {"role": "owner"})
    assert ada.delete(f"{MEMBERS}/{ids['ada']}").status_code == 200
    assert ada.get("/projects/PUNT").status_code == 403

    before = stored()
    assert bo.delete(f"{MEMBERS}/{ids['bo']}").status_code == 400
    assert stored() == before


def test_an_owner_may_demote_and_remove_another(
    ada: Person, bo: Person, ids: dict[str, str]
) -> None:
    for name in ("bo", "cy"):
        ada.patch(f"{MEMBERS}/{ids[name]}", {"role": "owner"})
    assert bo.patch(f"{MEMBERS}/{ids['ada']}", {"role": "viewer"}).status_code == 200
    assert bo.delete(f"{MEMBERS}/{ids['cy']}").status_code == 200
    assert roles(ada) == {"ada": "viewer", "bo": "owner", "di": "viewer"}


def test_an_owner_of_another_project_does_not_count(
    ada: Person, ids: dict[str, str], other_project: str
) -> None:
    assert ada.delete(f"{MEMBERS}/{ids['ada']}").status_code == 400


# Going


@pytest.mark.parametrize("name", ["bo", "cy", "di"])
def test_anyone_may_leave(
    ada: Person, ids: dict[str, str], name: str, request: pytest.FixtureRequest
) -> None:
    person: Person = request.getfixturevalue(name)
    response = person.delete(f"{MEMBERS}/{ids[name]}")
    assert (response.status_code, response.json) == (200, {"success": True})
    assert person.get("/projects/PUNT").status_code == 403
    assert person.get("/projects").json == []
    assert name not in roles(ada)


@pytest.mark.parametrize("name", ["bo", "cy", "di"])
def test_an_admin_puts_out_who_is_below_owner(
    ada: Person, app: Flask, bo: Person, ed: Person, ids: dict[str, str], name: str
) -> None:
    ada.post(MEMBERS, {"username": "ed", "role": "admin"})
    assert ed.delete(f"{MEMBERS}/{ids[name]}").status_code == 200
    assert name not in roles(ada)


def test_members_viewers_and_strangers_put_nobody_out(
    cy: Person, di: Person, ed: Person, ids: dict[str, str], stored: Any
) -> None:
    before = stored()
    for person in (cy, di, ed):
        others = [id_ for name, id_ in ids.items() if name != person.username]
        for id_ in others:
            assert person.delete(f"{MEMBERS}/{id_}").status_code == 403
    assert stored() == before


def test_a_member_of_another_project_is_not_found(
    ada: Person, ed: Person, other_project: str, stored: Any
) -> None:
    theirs = ed.get("/projects/OTHER/members").json[0]["id"]
    before = stored()
    for id_ in (theirs, UNKNOWN_ID, ada.id, "1"):
        answers = (ada.patch(f"{MEMBERS}/{id_}", {"role": "admin"}), ada.delete(f"{MEMBERS}/{id_}"))
        for answer in answers:
            assert (answer.status_code, answer.json) == (404, {"error": "Member not found"})
    assert stored() == before


def test_who_has_left_stays_on_their_tickets(cy: Person, bo: Person, ids: dict[str, str]) -> None:
    before = new_ticket(cy, assigneeId="me", watcherIds=["me"])
    bo.delete(f"{MEMBERS}/{ids['cy']}")
    assert bo.get("/projects/PUNT/tickets/1").json == before

    changed = bo.patch("/projects/PUNT/tickets/1", {"title": "New", "assigneeId": cy.id})
    assert changed.status_code == 200
    assert changed.json["assignee"]["username"] == "cy"
    other = bo.post("/projects/PUNT/tickets", {"title": "Another", "assigneeId": cy.id})
    assert details(other).keys() == {"assigneeId"}


def test_who_has_left_may_come_back(bo: Person, cy: Person, ids: dict[str, str]) -> None:
    bo.delete(f"{MEMBERS}/{ids['cy']}")
    back = bo.post(MEMBERS, {"username": "cy", "role": "viewer"}).json
    assert back["id"] != ids["cy"]
    assert cy.get("/projects/PUNT").json["role"] == "viewer"


# Events and revisions


def test_each_change_is_told_to_the_project(
    app: Flask, ada: Person, bo: Person, ed: Person
) -> None:
    heard = listen(app, ada, "PUNT")
    made = bo.post(MEMBERS, {"username": "ed", "role": "viewer"}, headers={"X-Tab-Id": "t1"}).json
    changed = bo.patch(f"{MEMBERS}/{made['id']}", {"role": "admin"}).json
    bo.delete(f"{MEMBERS}/{made['id']}")

    assert kinds(heard) == ["member.created", "member.updated", "member.deleted"]
    assert [each["data"] for each in heard()] == [made, changed, {"id": made["id"]}]
    assert [each["tabId"] for each in heard()] == ["t1", None, None]


def test_the_person_concerned_hears_of_a_project_and_of_their_role(
    app: Flask, ada: Person, bo: Person, ed: Person
) -> None:
    heard = listen(app, ed)
    made = bo.post(MEMBERS, {"username": "ed", "role": "viewer"}).json
    (created,) = heard()
    assert (created["type"], created["data"]) == ("project.created", ed.get("/projects/PUNT").json)

    ada.patch(f"{MEMBERS}/{made['id']}", {"role": "owner"})
    updated = heard()[-1]
    assert updated["type"] == "project.updated"
    assert updated["data"] == ed.get("/projects").json[0]
    assert updated["data"]["role"] == "owner"

    ada.delete(f"{MEMBERS}/{made['id']}")
    deleted = heard()[-1]
    assert (deleted["type"], deleted["data"]) == ("project.deleted", {"id": made["projectId"]})


def test_nobody_else_hears_of_a_project(
    app: Flask, ada: Person, bo: Person, cy: Person, ed: Person
) -> None:
    others = [listen(app, person) for person in (ada, bo, cy)]
    made = bo.post(MEMBERS, {"username": "ed", "role": "viewer"}).json
    bo.patch(f"{MEMBERS}/{made['id']}", {"role": "member"})
    bo.delete(f"{MEMBERS}/{made['id']}")
    assert [heard() for heard in others] == [[], [], []]


@pytest.mark.parametrize("path", ["/projects/PUNT", MEMBERS])
def test_each_change_makes_kept_answers_stale(
    bo: Person, cy: Person, ed: Person, path: str
) -> None:
    def tag() -> str:
        return cy.get(path).headers["ETag"]

    tags = [tag()]
    made = bo.post(MEMBERS, {"username": "ed", "role": "viewer"}).json
    tags.append(tag())
    bo.patch(f"{MEMBERS}/{made['id']}", {"role": "member"})
    tags.append(tag())
    bo.delete(f"{MEMBERS}/{made['id']}")
    tags.append(tag())
    assert len(set(tags)) == 4
