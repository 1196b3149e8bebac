"""Labels (contract, section 3)."""

import re
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Person, details, new_label, new_ticket
from tests.listening import kinds, listen

pytestmark = pytest.mark.usefixtures("project")

LABELS = "/projects/PUNT/labels"
UNKNOWN_ID = "01HZZZZZZZZZZZZZZZZZZZZZZZ"

# Pairs that differ in letter case only.
SAME = [("ui", "UI"), ("Überprüfen", "ÜBERPRÜFEN"), ("straße", "STRASSE"), ("σας", "ΣΑΣ")]


def test_a_name_is_enough(cy: Person) -> None:
    response = cy.post(LABELS, {"name": "  ui "})
    assert response.status_code == 201
    assert response.json.keys() == {"id", "name", "color"}
    assert response.json["name"] == "ui"
    assert re.fullmatch(r"#[0-9A-F]{6}", response.json["color"])
    assert cy.get(LABELS).json == [response.json]


def test_labels_get_different_colors(cy: Person) -> None:
    colors = {cy.post(LABELS, {"name": name}).json["color"] for name in ("api", "docs", "ui")}
    assert len(colors) == 3


@pytest.mark.parametrize("color", ["#12aBcD", None])
def test_a_color_is_kept_and_null_is_none(cy: Person, color: str | None) -> None:
    made = cy.post(LABELS, {"name": "ui", "color": color})
    assert made.status_code == 201
    assert made.json["color"] == color or (color is None and made.json["color"])


def test_they_are_listed_by_name_ignoring_case(cy: Person, di: Person) -> None:
    for name in ("b", "C", "a", "É"):
        cy.post(LABELS, {"name": name})
    assert [each["name"] for each in di.get(LABELS).json] == ["a", "b", "C", "É"]


def test_they_come_in_pages(app: Flask, di: Person) -> None:
    for name in ("a", "B", "c"):
        new_label(app, name)
    first = di.get(f"{LABELS}?limit=2")
    assert [each["name"] for each in first.json] == ["a", "B"]
    assert first.headers["X-Total-Count"] == "3"
    path = first.headers["Link"].partition("/api")[2].partition(">")[0]
    assert [each["name"] for each in di.get(path).json] == ["c"]


def test_the_labels_of_another_project_are_not_among_them(
    app: Flask, di: Person, other_project: str
) -> None:
    new_label(app, "secret", other_project)
    assert di.get(LABELS).json == []


# Names


@pytest.mark.parametrize(("name", "same"), SAME)
def test_a_name_is_unique_whatever_its_case(
    app: Flask, cy: Person, stored: Any, name: str, same: str
) -> None:
    new_label(app, name)
    other = new_label(app, "other")
    before = stored()
    for taken in (name, same, f" {same} "):
        for answer in (
            cy.post(LABELS, {"name": taken}),
            cy.patch(f"{LABELS}/{other}", {"name": taken, "color": "#000000"}),
        ):
            assert answer.status_code == 400
            assert answer.json.keys() == {"error"}
    assert stored() == before


@pytest.mark.parametrize(("name", "same"), SAME)
def test_a_label_may_change_the_case_of_its_own_name(
    app: Flask, cy: Person, name: str, same: str
) -> None:
    id_ = new_label(app, name)
    assert cy.patch(f"{LABELS}/{id_}", {"name": same}).json["name"] == same
    assert [each["name"] for each in cy.get(LABELS).json] == [same]


def test_a_name_that_is_given_up_is_free(app: Flask, cy: Person) -> None:
    renamed, deleted = new_label(app, "ui"), new_label(app, "api")
    cy.patch(f"{LABELS}/{renamed}", {"name": "frontend"})
    cy.delete(f"{LABELS}/{deleted}")
    assert cy.post(LABELS, {"name": "UI"}).status_code == 201
    assert cy.post(LABELS, {"name": "API"}).status_code == 201


def test_another_project_may_use_the_same_name(app: Flask, ed: Person, other_project: str) -> None:
    new_label(app, "ui")
    assert ed.post("/projects/OTHER/labels", {"name": "ui"}).status_code == 201


# Changing


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("name", " frontend ", "frontend"),
        ("name", "x" * 50, "x" * 50),
        ("color", "#abcDEF", "#abcDEF"),
    ],
)
def test_a_field_changes_and_no_other(
    app: Flask, cy: Person, field: str, given: str, kept: str
) -> None:
    id_ = new_label(app, "ui")
    before = cy.get(LABELS).json[0]
    response = cy.patch(f"{LABELS}/{id_}", {field: given})
    assert (response.status_code, response.json) == (200, before | {field: kept})
    assert cy.get(LABELS).json == [response.json]


def test_a_change_of_nothing_changes_nothing(app: Flask, cy: Person, stored: Any) -> None:
    id_ = new_label(app, "ui")
    shown, before = cy.get(LABELS).json[0], stored()
    for change in ({}, {"name": shown["name"], "color": shown["color"]}):
        response = cy.patch(f"{LABELS}/{id_}", change)
        assert (response.status_code, response.json) == (200, shown)
    assert stored() == before


WRONG: list[tuple[str, object]] = [
    ("name", ""),
    ("name", " "),
    ("name", None),
    ("name", 5),
    ("name", "x" * 51),
    ("color", "red"),
    ("color", "#12345"),
    ("color", 0),
    ("id", UNKNOWN_ID),
    ("projectId", UNKNOWN_ID),
]


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_a_new_label_with_a_wrong_field_is_refused(
    cy: Person, stored: Any, field: str, value: object
) -> None:
    before = stored()
    assert details(cy.post(LABELS, {"name": "ui", field: value})).keys() == {field}
    assert stored() == before


@pytest.mark.parametrize(("field", "value"), [*WRONG, ("color", None)])
def test_a_change_with_a_wrong_field_is_refused(
    app: Flask, cy: Person, stored: Any, field: str, value: object
) -> None:
    id_ = new_label(app, "ui")
    before = stored()
    body = {"name": "frontend", "color": "#000000", field: value}
    assert details(cy.patch(f"{LABELS}/{id_}", body)).keys() == {field}
    assert stored() == before


def test_a_new_label_needs_a_name(cy: Person, stored: Any) -> None:
    before = stored()
    assert details(cy.post(LABELS, {"color": "#000000"})) == {"name": "Name is required"}
    assert stored() == before


# On tickets


def test_tickets_show_what_becomes_of_a_label(app: Flask, cy: Person) -> None:
    id_, other = new_label(app, "ui"), new_label(app, "api")
    new_ticket(cy, labelIds=[id_, other])
    before = cy.get("/projects/PUNT/tickets/1")

    renamed = cy.patch(f"{LABELS}/{id_}", {"name": "zoo", "color": "#000000"}).json
    kept = {"If-None-Match": before.headers["ETag"]}
    after = cy.get("/projects/PUNT/tickets/1", headers=kept)
    assert after.json["labels"] == [before.json["labels"][0], renamed]
    assert cy.get("/projects/PUNT/tickets").json == [after.json]


def test_a_deleted_label_is_gone_from_the_tickets(app: Flask, cy: Person) -> None:
    id_, other = new_label(app, "api"), new_label(app, "ui")
    for _ in range(2):
        new_ticket(cy, labelIds=[id_, other])
    tag = cy.get("/projects/PUNT/tickets").headers["ETag"]

    response = cy.delete(f"{LABELS}/{id_}")
    assert (response.status_code, response.json) == (200, {"success": True})
    listed = cy.get("/projects/PUNT/tickets", headers={"If-None-Match": tag})
    assert listed.status_code == 200
    assert [[label["id"] for label in each["labels"]] for each in listed.json] == [[other]] * 2
    assert [each["id"] for each in cy.get(LABELS).json] == [other]
    assert details(cy.patch("/projects/PUNT/tickets/1", {"labelIds": [id_]}))


def test_tickets_without_a_label_are_found_by_that(app: Flask, cy: Person) -> None:
    def unlabelled() -> list[int]:
        return [each["number"] for each in cy.get("/projects/PUNT/tickets?labelId=none").json]

    api, ui = new_label(app, "api"), new_label(app, "ui")
    ids = [new_ticket(cy, labelIds=labels)["id"] for labels in ([], [api], [api, ui], [ui])]
    assert unlabelled() == [1]
    cy.patch("/projects/PUNT/tickets/1", {"labelIds": [ui]})
    assert unlabelled() == []
    cy.patch("/projects/PUNT/tickets", {"ticketIds": ids[2:], "updates": {"labelIds": []}})
    cy.patch("/projects/PUNT/tickets/2", {"title": "Another"})
    assert unlabelled() == [3, 4]
    cy.patch("/projects/PUNT/tickets/3", {"labelIds": [api, ui]})
    cy.delete(f"{LABELS}/{api}")
    assert unlabelled() == [2, 4]
    cy.delete(f"{LABELS}/{ui}")
    assert unlabelled() == [1, 2, 3, 4]


def test_a_viewer_or_stranger_may_not_write(
    app: Flask, di: Person, ed: Person, stored: Any
) -> None:
    id_ = new_label(app, "ui")
    before = stored()
    for person in (di, ed):
        answers = [
            person.post(LABELS, {"name": "mine"}),
            person.patch(f"{LABELS}/{id_}", {"name": "mine"}),
            person.delete(f"{LABELS}/{id_}"),
        ]
        assert [each.status_code for each in answers] == [403] * 3
    assert stored() == before


def test_a_label_of_another_project_is_not_found(
    app: Flask, ada: Person, other_project: str, stored: Any
) -> None:
    theirs = new_label(app, "secret", other_project)
    before = stored()
    for id_ in (theirs, UNKNOWN_ID, "secret"):
        for answer in (
            ada.patch(f"{LABELS}/{id_}", {"name": "mine"}),
            ada.delete(f"{LABELS}/{id_}"),
        ):
            assert (answer.status_code, answer.json) == (404, {"error": "Label not found"})
    assert stored() == before


def test_each_change_is_told_once(app: Flask, cy: Person, di: Person) -> None:
    heard = listen(app, di, "PUNT")
    made = cy.post(LABELS, {"name": "ui"}, headers={"X-Tab-Id": "t1"}).json
    changed = cy.patch(f"{LABELS}/{made['id']}", {"name": "UI", "color": "#000000"}).json
    cy.delete(f"{LABELS}/{made['id']}")

    assert kinds(heard) == ["label.created", "label.updated", "label.deleted"]
    assert [each["data"] for each in heard()] == [made, changed, {"id": made["id"]}]
    assert heard()[0]["tabId"] == "t1"


def test_a_deleted_label_is_in_the_history_of_the_tickets_that_carried_it(
    app: Flask, cy: Person, di: Person
) -> None:
    id_ = new_label(app, "ui")
    new_ticket(cy, "Carries it", labelIds=[id_])
    new_ticket(cy, "Does not")
    heard = listen(app, di, "PUNT")

    cy.delete(f"{LABELS}/{id_}")

    assert kinds(heard) == ["ticket.updated", "label.deleted"]
    (entry,) = cy.get("/projects/PUNT/tickets/1/history").json
    assert (entry["field"], entry["oldValue"], entry["newValue"]) == ("labelIds", "ui", None)
    assert cy.get("/projects/PUNT/tickets/2/history").json == []
