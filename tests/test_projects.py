"""Projects (contract, section 3)."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from punt.models import Project
from tests.conftest import (
    Person,
    details,
    make_project,
    new_label,
    new_sprint,
    new_ticket,
    project_id,
    rewrite,
)

LONG_AGO = "2001-01-01T00:00:00.000Z"


def test_it_is_created_with_three_columns(ada: Person) -> None:
    response = ada.post("/projects", {"name": " Apollo ", "key": "apo", "description": "Moon"})

    assert response.status_code == 201
    made = response.json
    assert made.keys() == {
        "id", "name", "key", "description", "color", "role",
        "ticketCount", "memberCount", "createdAt", "updatedAt",
    }  # fmt: skip
    assert made["name"] == "Apollo"
    assert made["key"] == "APO"
    assert made["role"] == "owner"
    assert (made["ticketCount"], made["memberCount"]) == (0, 1)
    assert ada.get("/projects/apo").json == made
    columns = ada.get("/projects/APO/columns").json
    assert [column["name"] for column in columns] == ["To Do", "In Progress", "Done"]


def test_no_letter_of_another_script_is_taken_for_one_of_a_key(app: Flask, ada: Person) -> None:
    make_project(app, "SK", {ada: "owner"})
    assert ada.post("/projects/sk/tickets", {"title": "A ticket"}).status_code == 201
    child = {"title": "A part", "parentId": "\u017fk-1"}
    assert details(ada.post("/projects/sk/tickets", child)).keys() == {"parentId"}
    for path in ("/projects/\u017fk", "/projects/SK/tickets/\u017fk-1"):
        assert ada.get(path).status_code == 404
        assert ada.patch(path, {}).status_code == 404
    assert ada.get("/projects/sk/tickets/sk-1").status_code == 200


def test_what_is_not_given_gets_a_default(ada: Person) -> None:
    made = ada.post("/projects", {"name": "Apollo", "key": "APO"}).json
    assert made["description"] is None
    assert re.fullmatch(r"#[0-9A-F]{6}", made["color"])
    assert made["createdAt"] == made["updatedAt"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", made["createdAt"])


def test_a_color_is_kept_as_given(ada: Person) -> None:
    made = ada.post("/projects", {"name": "Apollo", "key": "APO", "color": "#12aBcD"}).json
    assert made["color"] == "#12aBcD"


def test_a_null_color_is_assigned_like_an_absent_one(ada: Person) -> None:
    response = ada.post("/projects", {"name": "Apollo", "key": "APO", "color": None})
    assert response.status_code == 201
    assert response.json["color"].startswith("#")


@pytest.mark.parametrize("key", ["AB", "a1", "ABCDEFGHIJ", "a234567890"])
def test_a_key_has_two_to_ten_letters_and_digits(ada: Person, key: str) -> None:
    made = ada.post("/projects", {"name": "Apollo", "key": key}).json
    assert made["key"] == key.upper()


@pytest.mark.parametrize("key", ["A", "1AB", "TOO-LONG", "ABCDEFGHIJK", "É1", "", 7, None])
def test_a_key_of_another_form_is_refused(ada: Person, stored: Any, key: object) -> None:
    before = stored()
    assert details(ada.post("/projects", {"name": "Apollo", "key": key})).keys() == {"key"}
    assert stored() == before


@pytest.mark.parametrize("key", ["EVENTS", "events"])
def test_the_key_of_a_stream_is_refused(ada: Person, key: str) -> None:
    assert ada.post("/projects", {"name": "Apollo", "key": key}).status_code == 400
    assert ada.get("/projects").json == []


@pytest.mark.parametrize("key", ["PUNT", "punt"])
def test_a_key_is_given_only_once_whatever_its_case(
    ed: Person, project: str, stored: Any, key: str
) -> None:
    before = stored()
    response = ed.post("/projects", {"name": "Another", "key": key})
    assert response.status_code == 400
    assert "PUNT" in response.json["error"]
    assert stored() == before


WRONG = [
    ("name", ""),
    ("name", "   "),
    ("name", "x" * 101),
    ("name", "nul\0"),
    ("name", 5),
    ("name", ["x"]),
    ("name", None),
    ("description", 5),
    ("description", {"text": "x"}),
    ("color", "red"),
    ("color", "#12345"),
    ("color", "#1234567"),
    ("color", "#GGGGGG"),
    ("color", 123456),
    ("ownerId", "someone"),
    ("id", "01HZZZZZZZZZZZZZZZZZZZZZZZ"),
    ("role", "owner"),
    ("ticketCount", 5),
    ("memberCount", 5),
    ("createdAt", LONG_AGO),
    ("updatedAt", LONG_AGO),
]


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_a_new_project_with_a_wrong_field_is_refused(
    ada: Person, stored: Any, field: str, value: object
) -> None:
    before = stored()
    response = ada.post("/projects", {"name": "Apollo", "key": "APO", field: value})
    assert details(response).keys() == {field}
    assert stored() == before


@pytest.mark.parametrize(("field", "value"), [*WRONG, ("color", None), ("key", "PUNT")])
def test_a_change_with_a_wrong_field_is_refused(
    ada: Person, project: str, stored: Any, field: str, value: object
) -> None:
    before = stored()
    response = ada.patch("/projects/PUNT", {"description": "New", field: value})
    assert details(response).keys() == {field}
    assert stored() == before


def test_all_problems_are_told_at_once(ada: Person) -> None:
    told = details(ada.post("/projects", {"color": "red", "colour": "red"}))
    assert told["name"] == "Name is required"
    assert told["key"] == "Key is required"
    assert told.keys() == {"name", "key", "color", "colour"}


def test_the_list_holds_the_projects_one_belongs_to(
    app: Flask, cy: Person, project: str, other_project: str
) -> None:
    make_project(app, "MINE", {cy: "owner"})
    found = cy.get("/projects").json
    assert [(each["key"], each["role"]) for each in found] == [
        ("PUNT", "member"),
        ("MINE", "owner"),
    ]
    assert found[0] == cy.get("/projects/PUNT").json


def test_someone_in_no_project_gets_an_empty_list(ed: Person, project: str) -> None:
    assert ed.get("/projects").json == []


def test_the_list_comes_in_pages(ada: Person) -> None:
    for key in ("AA", "BB", "CC"):
        ada.post("/projects", {"name": key, "key": key})
    first = ada.get("/projects?limit=2")
    assert [each["key"] for each in first.json] == ["AA", "BB"]
    assert first.headers["X-Total-Count"] == "3"
    path = first.headers["Link"].partition("/api")[2].partition(">")[0]
    last = ada.get(path)
    assert [each["key"] for each in last.json] == ["CC"]
    assert "Link" not in last.headers


def test_it_is_found_by_id_and_by_key_in_any_case(app: Flask, di: Person, project: str) -> None:
    by_id = di.get(f"/projects/{project_id(app, 'PUNT')}").json
    assert by_id["role"] == "viewer"
    assert di.get("/projects/PUNT").json == by_id
    assert di.get("/projects/pUnT").json == by_id


@pytest.mark.parametrize("reference", ["NONE", "PUN", "PUNT2", "01HZZZZZZZZZZZZZZZZZZZZZZZ", "%00"])
def test_what_does_not_exist_is_not_found(ada: Person, project: str, reference: str) -> None:
    response = ada.get(f"/projects/{reference}")
    assert response.status_code == 404
    assert response.json.keys() == {"error"}


def test_it_counts_its_tickets_and_members(
    app: Flask, ada: Person, project: str, other_project: str
) -> None:
    new_ticket(ada)
    new_ticket(ada)
    shown = ada.get("/projects/PUNT").json
    assert (shown["ticketCount"], shown["memberCount"]) == (2, 4)


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("name", "  New  ", "New"),
        ("name", "x" * 100, "x" * 100),
        ("description", "  kept\nas is ", "  kept\nas is "),
        ("description", None, None),
        ("color", "#abcdef", "#abcdef"),
    ],
)
def test_a_field_changes_and_no_other(
    app: Flask, bo: Person, project: str, field: str, given: str, kept: str
) -> None:
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)
    rewrite(app, Project, project_id(app, "PUNT"), description="Old", updated_at=long_ago)
    before = bo.get("/projects/PUNT").json
    response = bo.patch("/projects/PUNT", {field: given})
    assert response.status_code == 200
    after = response.json
    assert after == before | {field: kept, "updatedAt": after["updatedAt"]}
    assert after["updatedAt"] > "2002"
    assert bo.get("/projects/PUNT").json == after


def test_a_change_of_nothing_changes_nothing(bo: Person, project: str, stored: Any) -> None:
    shown, before = bo.get("/projects/PUNT").json, stored()
    same = {name: shown[name] for name in ("name", "description", "color")}
    for change in ({}, same):
        response = bo.patch("/projects/PUNT", change)
        assert (response.status_code, response.json) == (200, shown)
    assert stored() == before


def test_deleting_one_removes_everything_in_it(
    app: Flask, ada: Person, project: str, stored: Any
) -> None:
    label, sprint = new_label(app, "ui"), new_sprint(app)
    parent = new_ticket(ada, labelIds=[label], watcherIds=[ada.id], sprintId=sprint)
    new_ticket(ada, parentId=parent["id"])

    response = ada.delete("/projects/PUNT")
    assert (response.status_code, response.json) == (200, {"success": True})
    assert ada.get("/projects/PUNT").status_code == 404
    assert ada.get("/projects").json == []
    kept = {name for name, rows in stored().items() if rows}
    assert kept == {"users", "sessions", "events", "event_recipients"}


def test_deleting_one_leaves_the_others_alone(
    ada: Person, ed: Person, project: str, other_project: str
) -> None:
    ed.post("/projects/OTHER/tickets", {"title": "Stays"})
    before = ed.get("/projects").json
    ada.delete("/projects/PUNT")
    assert ed.get("/projects").json == before
    assert ed.get("/projects/OTHER/tickets/1").status_code == 200


def test_the_key_of_a_deleted_project_is_free_again(ada: Person, ed: Person, project: str) -> None:
    ada.delete("/projects/PUNT")
    assert ed.post("/projects", {"name": "Mine now", "key": "PUNT"}).status_code == 201
    assert ada.get("/projects/PUNT").status_code == 403
