"""A ticket's history (contract, section 4)."""

import re
from typing import Any

import pytest
from flask import Flask

from punt.database import transaction
from punt.extensions import db
from punt.models import Column, Label, Sprint, User
from tests.conftest import Person, details, new_label, new_sprint, new_ticket, rewrite

pytestmark = pytest.mark.usefixtures("project")


def history(who: Person, number: int = 1) -> list[tuple[str, Any, Any]]:
    """Field, old and new value of each entry, as they come."""
    response = who.get(f"/projects/PUNT/tickets/{number}/history")
    assert response.status_code == 200
    return [(each["field"], each["oldValue"], each["newValue"]) for each in response.json]


def test_a_new_ticket_has_none(cy: Person, di: Person) -> None:
    new_ticket(cy, assigneeId="me")
    assert di.get("/projects/PUNT/tickets/1/history").json == []


def test_a_change_is_one_entry(app: Flask, cy: Person, bo: Person) -> None:
    rewrite(app, User, bo.id, name="Bo Diddley")
    new_ticket(cy, "Old")
    changed = bo.patch("/projects/PUNT/tickets/1", {"title": "New"}).json
    (entry,) = cy.get("/projects/PUNT/tickets/PUNT-1/history").json
    assert entry == {
        "id": entry["id"],
        "field": "title",
        "oldValue": "Old",
        "newValue": "New",
        "changedBy": {"id": bo.id, "name": "Bo Diddley"},
        "changedAt": entry["changedAt"],
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry["changedAt"])
    assert changed["createdAt"] <= entry["changedAt"]
    assert cy.get(f"/projects/punt/tickets/{changed['id']}/history").json == [entry]


CHANGES: dict[str, tuple[Any, Any, Any]] = {
    # field: what is sent, and the entry's old and new value
    "title": ("New", "A ticket", "New"),
    "description": ("Wet", None, "Wet"),
    "type": ("bug", "Task", "Bug"),
    "priority": ("LOW", "Medium", "Low"),
    "storyPoints": (8, None, 8),
    "estimate": ("1d 4h", None, "1d 4h"),
    "startDate": ("2024-01-15", None, "2024-01-15T00:00:00.000Z"),
    "dueDate": ("2024-01-15T12:00:00+02:00", None, "2024-01-15T10:00:00.000Z"),
    "environment": ("Attic", None, "Attic"),
    "affectedVersion": ("1", None, "1"),
    "fixVersion": ("2", None, "2"),
    "resolution": ("Fixed", None, "Fixed"),
}


@pytest.mark.parametrize("field", CHANGES)
def test_each_field_is_told_of_by_its_values(cy: Person, field: str) -> None:
    new_ticket(cy)
    sent, old, new = CHANGES[field]
    cy.patch("/projects/PUNT/tickets/1", {field: sent})
    assert history(cy) == [(field, old, new)]


def test_one_change_of_many_fields_is_one_entry_for_each(cy: Person) -> None:
    new_ticket(cy)
    sent = {field: change[0] for field, change in CHANGES.items()}
    cy.patch("/projects/PUNT/tickets/1", sent)
    told = {field: (old, new) for field, old, new in history(cy)}
    assert told == {field: change[1:] for field, change in CHANGES.items()}
    assert len(history(cy)) == len(CHANGES)
    entries = cy.get("/projects/PUNT/tickets/1/history").json
    assert len({each["id"] for each in entries}) == len(entries)
    assert len({each["changedAt"] for each in entries}) == 1


def test_references_are_told_of_by_name(app: Flask, cy: Person, bo: Person) -> None:
    rewrite(app, User, bo.id, name="Bo Diddley")
    todo, doing, _ = (each["id"] for each in cy.get("/projects/PUNT/columns").json)
    new_ticket(cy, columnId=todo)
    new_ticket(cy, "The parent", columnId=todo)
    labels = [new_label(app, "ui"), new_label(app, "api")]
    change = {
        "columnId": doing, "assigneeId": bo.id, "sprintId": new_sprint(app, "Sprint 1"),
        "parentId": "2", "labelIds": labels, "watcherIds": [cy.id, bo.id],
    }  # fmt: skip
    cy.patch("/projects/PUNT/tickets/1", change)
    assert sorted(history(cy)) == [
        ("assigneeId", None, "Bo Diddley"),
        ("columnId", "To Do", "In Progress"),
        ("labelIds", None, "api, ui"),
        ("parentId", None, "PUNT-2"),
        ("sprintId", None, "Sprint 1"),
        ("watcherIds", None, "Bo Diddley, cy"),
    ]
    assert not any(id_ in str(history(cy)) for id_ in (todo, doing, bo.id, cy.id, *labels))


def test_clearing_is_told_of_too(app: Flask, cy: Person) -> None:
    new_ticket(cy, assigneeId="me", labelIds=[new_label(app, "ui")], dueDate="2024-01-15")
    cy.patch("/projects/PUNT/tickets/1", {"assigneeId": None, "labelIds": [], "dueDate": None})
    assert sorted(history(cy)) == [
        ("assigneeId", "cy", None),
        ("dueDate", "2024-01-15T00:00:00.000Z", None),
        ("labelIds", "ui", None),
    ]


def test_a_move_within_a_column_is_told_of_by_place(cy: Person) -> None:
    for _ in range(3):
        new_ticket(cy)
    cy.patch("/projects/PUNT/tickets/3", {"order": 0})
    assert history(cy, 3) == [("order", 2, 0)]
    assert history(cy, 1) == history(cy, 2) == []


def test_the_newest_comes_first(cy: Person, bo: Person, ada: Person) -> None:
    new_ticket(cy, "First")
    for who, title in ((cy, "Second"), (bo, "Third"), (ada, "Fourth")):
        who.patch("/projects/PUNT/tickets/1", {"title": title})
    entries = cy.get("/projects/PUNT/tickets/1/history").json
    told = [(each["oldValue"], each["newValue"], each["changedBy"]["name"]) for each in entries]
    assert told == [
        ("Third", "Fourth", "ada"),
        ("Second", "Third", "bo"),
        ("First", "Second", "cy"),
    ]
    moments = [each["changedAt"] for each in entries]
    assert moments == sorted(moments, reverse=True)


def test_a_change_of_nothing_leaves_no_entry(app: Flask, cy: Person) -> None:
    label = new_label(app, "ui")
    made = new_ticket(cy, labelIds=[label], watcherIds=[cy.id], assigneeId="me", priority="High")
    same = {"title": made["title"], "labelIds": [label], "watcherIds": [cy.id], "assigneeId": "me",
            "priority": "high", "columnId": made["columnId"], "order": 0}  # fmt: skip
    for change in ({}, same):
        assert cy.patch("/projects/PUNT/tickets/1", change).status_code == 200
    assert history(cy) == []


def test_only_what_really_changed_is_told_of(cy: Person) -> None:
    new_ticket(cy, "Same", priority="High")
    cy.patch("/projects/PUNT/tickets/1", {"title": "Same", "priority": "Low"})
    assert history(cy) == [("priority", "High", "Low")]


def test_a_refused_change_leaves_no_entry(cy: Person) -> None:
    new_ticket(cy)
    cy.patch("/projects/PUNT/tickets/1", {"title": "New", "parentId": "1"})
    assert history(cy) == []


def test_names_stay_as_they_were_at_the_time(app: Flask, ada: Person, cy: Person) -> None:
    doing = cy.get("/projects/PUNT/columns").json[1]["id"]
    label, sprint = new_label(app, "ui"), new_sprint(app, "Sprint 1")
    new_ticket(cy)
    cy.patch("/projects/PUNT/tickets/1", {"columnId": doing, "labelIds": [label]})
    cy.patch("/projects/PUNT/tickets/1", {"sprintId": sprint, "assigneeId": cy.id})
    before = history(ada)
    rewrite(app, Column, doing, name="Doing")
    rewrite(app, Sprint, sprint, name="Another")
    rewrite(app, Label, label, name="frontend", name_key="frontend")
    assert cy.get("/projects/PUNT/tickets/1").json["column"]["name"] == "Doing"
    assert history(ada) == before


def test_it_outlives_what_it_names(ada: Person, cy: Person) -> None:
    label = cy.post("/projects/PUNT/labels", {"name": "ui"}).json["id"]
    columns = cy.get("/projects/PUNT/columns").json
    new_ticket(cy, columnId=columns[0]["id"])
    parent = new_ticket(cy)
    cy.patch("/projects/PUNT/tickets/1", {"labelIds": [label], "parentId": parent["id"]})
    cy.patch("/projects/PUNT/tickets/1", {"columnId": columns[1]["id"]})
    told = history(cy)
    assert cy.delete(f"/projects/PUNT/labels/{label}").status_code == 200
    assert history(cy)[-len(told) :] == told
    path = f"/projects/PUNT/columns/{columns[1]['id']}?moveTicketsTo={columns[2]['id']}"
    assert ada.delete(path).status_code == 200
    assert history(cy)[-len(told) :] == told


def test_a_deleted_parent_is_told_of_in_its_subtasks(cy: Person, bo: Person) -> None:
    new_ticket(cy)
    new_ticket(cy, parentId="1")
    bo.delete("/projects/PUNT/tickets/1")
    (entry,) = cy.get("/projects/PUNT/tickets/2/history").json
    told = (entry["field"], entry["oldValue"], entry["newValue"], entry["changedBy"]["name"])
    assert told == ("parentId", "PUNT-1", None, "bo")


def test_a_deleted_ticket_has_no_history(cy: Person) -> None:
    made = new_ticket(cy)
    cy.patch("/projects/PUNT/tickets/1", {"title": "New"})
    cy.delete("/projects/PUNT/tickets/1")
    for reference in ("1", made["id"]):
        assert cy.get(f"/projects/PUNT/tickets/{reference}/history").status_code == 404
    assert history(cy, new_ticket(cy)["number"]) == []


def test_each_ticket_has_its_own(cy: Person, ed: Person, other_project: str) -> None:
    new_ticket(cy)
    new_ticket(cy)
    ed.post("/projects/OTHER/tickets", {"title": "Theirs"})
    cy.patch("/projects/PUNT/tickets/1", {"title": "New"})
    ed.patch("/projects/OTHER/tickets/1", {"title": "Their change"})
    assert history(cy, 1) == [("title", "A ticket", "New")]
    assert history(cy, 2) == []


def test_a_deleted_account_leaves_its_entries_without_a_name(
    app: Flask, cy: Person, bo: Person
) -> None:
    new_ticket(cy)
    bo.patch("/projects/PUNT/tickets/1", {"title": "New"})
    remove_account(app, bo)
    (entry,) = cy.get("/projects/PUNT/tickets/1/history").json
    assert (entry["newValue"], entry["changedBy"]) == ("New", None)


def remove_account(app: Flask, who: Person) -> None:
    """Delete someone's account without an event."""
    with app.test_request_context(), transaction():
        db.session.delete(db.session.get_one(User, who.id))


def test_it_comes_in_pages(cy: Person) -> None:
    new_ticket(cy, "0")
    cy.patch("/projects/PUNT/tickets/1", {"title": "1", "priority": "Low"})
    for title in ("2", "3"):
        cy.patch("/projects/PUNT/tickets/1", {"title": title})
    path = "/projects/PUNT/tickets/1/history"
    whole, found, path = cy.get(path).json, [], f"{path}?limit=1"
    while path:
        page = cy.get(path)
        assert (len(page.json), page.headers["X-Total-Count"]) == (1, "4")
        found += page.json
        path = page.headers.get("Link", "").partition("/api")[2].partition(">")[0]
    assert found == whole


@pytest.mark.parametrize("query", ["limit=0", "cursor=x", "field=title"])
def test_a_wrong_parameter_is_refused(cy: Person, query: str) -> None:
    new_ticket(cy)
    refused = details(cy.get(f"/projects/PUNT/tickets/1/history?{query}"))
    assert refused.keys() == {query.partition("=")[0]}


def test_it_cannot_be_written(cy: Person, event_count: Any) -> None:
    new_ticket(cy)
    before = event_count()
    path = "/projects/PUNT/tickets/1/history"
    assert [write(path, {}).status_code for write in (cy.post, cy.patch, cy.delete)] == [405] * 3
    assert event_count() == before
