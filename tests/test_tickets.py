"""Tickets: filing, reading, changing and deleting one (contract, section 4)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from punt.models import Attachment, Comment, Link, Sprint, Ticket
from tests.conftest import (
    Person,
    add,
    details,
    make_project,
    new_label,
    new_sprint,
    new_ticket,
    rewrite,
)

pytestmark = pytest.mark.usefixtures("project")

UNKNOWN_ID = "01HZZZZZZZZZZZZZZZZZZZZZZZ"

PLAIN: dict[str, Any] = {
    "title": "Fix the pump",
    "description": "  It *leaks*.\n",
    "type": "Bug",
    "priority": "High",
    "storyPoints": 5,
    "estimate": "1d 4h",
    "startDate": "2024-01-15T10:30:00.000Z",
    "dueDate": "2024-01-20T00:00:00.000Z",
    "environment": "Cellar",
    "affectedVersion": "1.0",
    "fixVersion": "1.1",
    "resolution": "Fixed",
}
MAY_BE_EMPTY = [
    "description", "storyPoints", "estimate", "startDate", "dueDate", "environment",
    "affectedVersion", "fixVersion", "resolution", "assigneeId", "sprintId", "parentId",
]  # fmt: skip
NEVER_EMPTY = ["title", "type", "priority", "columnId", "order"]
RESOLVED = {"assigneeId": "assignee", "sprintId": "sprint", "parentId": "parent"}


@dataclass(frozen=True)
class Things:
    """What a ticket of PUNT may refer to."""

    columns: list[str]
    labels: list[str]
    sprint: str
    parent: dict[str, Any]


@pytest.fixture
def things(app: Flask, ada: Person) -> Things:
    """Columns, two labels, a sprint and a parent."""
    columns = [each["id"] for each in ada.get("/projects/PUNT/columns").json]
    labels = [new_label(app, "api"), new_label(app, "ui")]
    return Things(columns, labels, new_sprint(app), new_ticket(ada, "The parent", type="Epic"))


@pytest.fixture
def full(cy: Person, bo: Person, things: Things) -> dict[str, Any]:
    """A ticket with every field set."""
    return new_ticket(cy, **PLAIN, **references(things, cy, bo))


def references(things: Things, cy: Person, bo: Person) -> dict[str, Any]:
    """Every reference that a ticket may have."""
    return {
        "columnId": things.columns[1],
        "order": 0,
        "assigneeId": bo.id,
        "sprintId": things.sprint,
        "parentId": things.parent["id"],
        "labelIds": things.labels,
        "watcherIds": [bo.id, cy.id],
    }


def person(who: Person) -> dict[str, Any]:
    """Someone as a ticket shows them."""
    return {"id": who.id, "username": who.username, "name": who.username, "avatar": None}


# Filing


def test_a_title_is_enough(app: Flask, ada: Person, cy: Person) -> None:
    response = cy.post("/projects/PUNT/tickets", {"title": "  Fix the pump "})

    assert response.status_code == 201
    made = response.json
    column = ada.get("/projects/PUNT/columns").json[0]
    assert made == {
        "id": made["id"],
        "number": 1,
        "key": "PUNT-1",
        "projectId": ada.get("/projects/PUNT").json["id"],
        "title": "Fix the pump",
        "description": None,
        "type": "Task",
        "priority": "Medium",
        "columnId": column["id"],
        "column": {"id": column["id"], "name": "To Do"},
        "order": 0,
        "assigneeId": None,
        "assignee": None,
        "creatorId": cy.id,
        "creator": person(cy),
        "sprintId": None,
        "sprint": None,
        "parentId": None,
        "parent": None,
        "storyPoints": None,
        "estimate": None,
        "startDate": None,
        "dueDate": None,
        "environment": None,
        "affectedVersion": None,
        "fixVersion": None,
        "resolution": None,
        "labels": [],
        "watchers": [],
        "isCarriedOver": False,
        "carriedFromSprintId": None,
        "carriedOverCount": 0,
        "commentCount": 0,
        "attachmentCount": 0,
        "subtaskCount": 0,
        "createdAt": made["createdAt"],
        "updatedAt": made["createdAt"],
    }
    assert cy.get("/projects/PUNT/tickets/1").json == made


def test_every_field_may_be_given(cy: Person, bo: Person, things: Things) -> None:
    made = cy.post("/projects/PUNT/tickets", PLAIN | references(things, cy, bo)).json
    assert made == made | PLAIN
    assert made["column"] == {"id": things.columns[1], "name": "In Progress"}
    assert made["order"] == 0
    assert made["assignee"] == person(bo)
    assert made["creator"] == person(cy)
    assert made["watchers"] == [person(bo), person(cy)]
    assert made["sprint"] == {"id": things.sprint, "name": "Sprint 1", "status": "planning"}
    parent = {name: things.parent[name] for name in ("id", "key", "title", "type")}
    assert made["parent"] == parent
    assert [each["name"] for each in made["labels"]] == ["api", "ui"]
    assert made["labels"][0] == {"id": things.labels[0], "name": "api", "color": "#112233"}
    assert made["columnId"] == things.columns[1]
    assert made["assigneeId"] == bo.id
    assert (made["sprintId"], made["parentId"]) == (things.sprint, parent["id"])
    assert cy.get("/projects/PUNT/tickets/PUNT-2").json == made


def test_null_is_as_good_as_absent_for_what_may_be_empty(cy: Person) -> None:
    empty: dict[str, Any] = dict.fromkeys(MAY_BE_EMPTY)
    made = new_ticket(cy, **empty)
    assert {name: made[name] for name in MAY_BE_EMPTY} == empty


def test_numbers_count_up_in_each_project(
    cy: Person, ed: Person, other_project: str, ada: Person
) -> None:
    assert [new_ticket(who)["key"] for who in (cy, ada, cy)] == ["PUNT-1", "PUNT-2", "PUNT-3"]
    theirs = ed.post("/projects/OTHER/tickets", {"title": "First"}).json
    assert (theirs["number"], theirs["key"]) == (1, "OTHER-1")


def test_a_refused_ticket_takes_no_number(cy: Person) -> None:
    assert new_ticket(cy)["number"] == 1
    assert cy.post("/projects/PUNT/tickets", {"title": ""}).status_code == 400
    assert cy.post("/projects/PUNT/tickets", {"title": "x", "parentId": "77"}).status_code == 400
    assert new_ticket(cy)["number"] == 2


def test_ids_sort_by_creation(cy: Person) -> None:
    ids = [new_ticket(cy)["id"] for _ in range(5)]
    assert ids == sorted(ids)


# Reading


@pytest.mark.parametrize("reference", ["1", "PUNT-1", "punt-1", "pUnT-1"])
def test_it_is_found_by_number_and_by_key_in_any_case(
    di: Person, cy: Person, reference: str
) -> None:
    made = new_ticket(cy)
    new_ticket(cy)
    response = di.get(f"/projects/PUNT/tickets/{reference}")
    assert (response.status_code, response.json) == (200, made)
    assert cy.patch(f"/projects/PUNT/tickets/{reference}", {"title": "Found"}).status_code == 200
    assert di.get(f"/projects/punt/tickets/{made['id']}").json["title"] == "Found"
    assert cy.delete(f"/projects/PUNT/tickets/{reference}").status_code == 200
    assert di.get(f"/projects/PUNT/tickets/{made['id']}").status_code == 404


def test_it_is_found_by_id_within_a_project_named_by_id(di: Person, cy: Person) -> None:
    made = new_ticket(cy)
    assert di.get(f"/projects/{made['projectId']}/tickets/{made['id']}").json == made


NO_TICKET = [
    "2", "0", "-1", "1.0", "+1", "PUNT-2", "PUNT-", "PUNT-1x", "PUNT1", "OTHER-1", "x", UNKNOWN_ID,
    "9" * 9, "9" * 10, "9" * 5000, "%00", "1%00", "1%0A", "%D9%A1",
]  # fmt: skip


def test_what_is_no_ticket_is_not_found(cy: Person, other_project: str, stored: Any) -> None:
    new_ticket(cy)
    before = stored()
    for reference in NO_TICKET:
        path = f"/projects/PUNT/tickets/{reference}"
        for response in (
            cy.get(path),
            cy.get(f"{path}/history"),
            cy.patch(path, {"title": "New"}),
            cy.delete(path),
        ):
            assert response.status_code == 404, reference
            assert response.json.keys() == {"error"}
    assert stored() == before


def test_it_counts_what_hangs_on_it(app: Flask, cy: Person) -> None:
    made = new_ticket(cy)
    new_ticket(cy, parentId=made["id"])
    add(app, Comment(ticket_id=made["id"], author_id=cy.id, content="Hm"))
    add(app, attachment(made))
    shown = cy.get("/projects/PUNT/tickets/1").json
    counts = {"commentCount": 1, "attachmentCount": 1, "subtaskCount": 1}
    assert shown == made | counts


def attachment(ticket: dict[str, Any]) -> Attachment:
    """A file at a ticket, without its content."""
    return Attachment(ticket_id=ticket["id"], filename="a.txt", mime_type="text/plain", size=1)


# Values


@pytest.mark.parametrize("type_", ["Story", "Bug", "Task", "Subtask", "Epic"])
def test_a_type_comes_in_in_any_case(cy: Person, type_: str) -> None:
    for spelled in (type_, type_.upper(), type_.lower(), type_.swapcase()):
        assert new_ticket(cy, type=spelled)["type"] == type_
        assert cy.patch("/projects/PUNT/tickets/1", {"type": spelled}).json["type"] == type_


@pytest.mark.parametrize("priority", ["Critical", "Highest", "High", "Medium", "Low", "Lowest"])
def test_a_priority_comes_in_in_any_case(cy: Person, priority: str) -> None:
    for spelled in (priority, priority.upper(), priority.lower(), priority.swapcase()):
        assert new_ticket(cy, priority=spelled)["priority"] == priority
        changed = cy.patch("/projects/PUNT/tickets/1", {"priority": spelled})
        assert changed.json["priority"] == priority


DATES = [
    ("2024-01-15", "2024-01-15T00:00:00.000Z"),
    ("2024-02-29", "2024-02-29T00:00:00.000Z"),
    ("2024-01-15T10:30:00Z", "2024-01-15T10:30:00.000Z"),
    ("2024-01-15T10:30:00.5Z", "2024-01-15T10:30:00.500Z"),
    ("2024-01-15T10:30:00.123Z", "2024-01-15T10:30:00.123Z"),
    ("2024-01-15T10:30:00.123999Z", "2024-01-15T10:30:00.123Z"),
    ("2024-01-15T10:30:00.123999999Z", "2024-01-15T10:30:00.123Z"),
    ("2024-01-15T10:30:00,250Z", "2024-01-15T10:30:00.250Z"),
    ("2024-01-15t10:30:00z", "2024-01-15T10:30:00.000Z"),
    ("2024-01-15T10:30Z", "2024-01-15T10:30:00.000Z"),
    ("2024-01-15T10:30:00+00:00", "2024-01-15T10:30:00.000Z"),
    ("2024-01-15T10:30:00+05:30", "2024-01-15T05:00:00.000Z"),
    ("2024-01-15T10:30:00-0800", "2024-01-15T18:30:00.000Z"),
    ("2024-01-15T10:30:00+02", "2024-01-15T08:30:00.000Z"),
    ("2024-01-01T00:30:00+14:00", "2023-12-31T10:30:00.000Z"),
    ("2023-12-31T23:30:00-12:00", "2024-01-01T11:30:00.000Z"),
    ("2024-01-15T10:30:00", "2024-01-15T10:30:00.000Z"),
    ("2024-01-15 10:30:00Z", "2024-01-15T10:30:00.000Z"),
    ("0001-01-01", "0001-01-01T00:00:00.000Z"),
    ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
]


@pytest.mark.parametrize("field", ["startDate", "dueDate"])
def test_a_date_leaves_as_a_utc_timestamp(cy: Person, field: str) -> None:
    new_ticket(cy)
    for given, kept in DATES:
        assert new_ticket(cy, **{field: given})[field] == kept, given
        assert cy.patch("/projects/PUNT/tickets/1", {field: None}).json[field] is None
        assert cy.patch("/projects/PUNT/tickets/1", {field: given}).json[field] == kept, given
        assert cy.get("/projects/PUNT/tickets/1").json[field] == kept, given


def test_an_estimate_is_kept(cy: Person) -> None:
    new_ticket(cy)
    for given in ("30m", "4h", "1d", "2w", "1d 4h", "2w 1d 4h 30m", "90m", "100h"):
        assert new_ticket(cy, estimate=given)["estimate"] == given
        assert cy.patch("/projects/PUNT/tickets/1", {"estimate": given}).json["estimate"] == given


def test_story_points_are_kept(cy: Person) -> None:
    new_ticket(cy)
    for points in (0, 1, 2, 3, 5, 8, 13, 21, 100):
        assert new_ticket(cy, storyPoints=points)["storyPoints"] == points
        changed = cy.patch("/projects/PUNT/tickets/1", {"storyPoints": points})
        assert changed.json["storyPoints"] == points


def test_texts_may_be_as_long_as_the_contract_says(cy: Person) -> None:
    longest = {
        "title": "x" * 255,
        "description": "ö" * 100_000,
        "environment": "e" * 100,
        "affectedVersion": "🎈" * 100,
        "fixVersion": "f" * 100,
        "resolution": "r" * 100,
    }
    made = new_ticket(cy, **longest)
    assert made == made | longest
    assert cy.get("/projects/PUNT/tickets/1").json == made


def test_a_title_is_measured_after_trimming(cy: Person) -> None:
    assert new_ticket(cy, title=" " * 300 + "x" * 255 + "\t\n")["title"] == "x" * 255


@pytest.mark.parametrize(
    "text", ["naïve – 日本 🎈", "<script>alert(1)</script>", "'; DROP TABLE tickets; --", "a\\b%_"]
)
def test_text_comes_back_as_it_was(cy: Person, text: str) -> None:
    made = new_ticket(cy, text, description=text, environment=text)
    assert (made["title"], made["description"], made["environment"]) == (text,) * 3


def test_the_caller_is_me(cy: Person, bo: Person) -> None:
    assert new_ticket(cy, assigneeId="me")["assigneeId"] == cy.id
    changed = bo.patch("/projects/PUNT/tickets/1", {"assigneeId": "me"}).json
    assert changed["assignee"] == person(bo)


@pytest.mark.parametrize("reference", ["1", "PUNT-1", "punt-1"])
def test_a_parent_is_named_by_number_or_key_too(cy: Person, reference: str) -> None:
    parent = new_ticket(cy)
    assert new_ticket(cy, parentId=reference)["parentId"] == parent["id"]
    new_ticket(cy)
    changed = cy.patch("/projects/PUNT/tickets/3", {"parentId": reference}).json
    assert changed["parent"]["key"] == "PUNT-1"


def test_labels_and_watchers_are_sets(cy: Person, bo: Person, things: Things) -> None:
    api, ui = things.labels
    made = new_ticket(cy, labelIds=[ui, api, ui], watcherIds=[cy.id, bo.id, cy.id])
    assert [each["id"] for each in made["labels"]] == [api, ui]
    assert [each["id"] for each in made["watchers"]] == [bo.id, cy.id]


# Changing


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("title", " Mend the pump ", "Mend the pump"),
        ("description", "Other", "Other"),
        ("type", "STORY", "Story"),
        ("priority", "lowest", "Lowest"),
        ("storyPoints", 0, 0),
        ("estimate", "2w", "2w"),
        ("startDate", "2024-01-16", "2024-01-16T00:00:00.000Z"),
        ("dueDate", "2024-01-15T12:30:00+02:00", "2024-01-15T10:30:00.000Z"),
        ("environment", "Attic", "Attic"),
        ("affectedVersion", "0.9", "0.9"),
        ("fixVersion", "2", "2"),
        ("resolution", "Won't fix", "Won't fix"),
    ],
)
def test_a_field_changes_and_no_other(
    app: Flask, bo: Person, full: dict[str, Any], field: str, given: object, kept: object
) -> None:
    rewrite(app, Ticket, full["id"], updated_at=datetime(2001, 1, 1, tzinfo=UTC))
    response = bo.patch(f"/projects/PUNT/tickets/{full['key']}", {field: given})
    assert response.status_code == 200
    assert response.json == full | {field: kept, "updatedAt": response.json["updatedAt"]}
    assert response.json["updatedAt"] > "2002"
    assert bo.get(f"/projects/PUNT/tickets/{full['key']}").json == response.json


def test_references_change_with_what_they_name(
    app: Flask, cy: Person, ada: Person, things: Things, full: dict[str, Any]
) -> None:
    sprint, label = new_sprint(app, "Sprint 2", "active"), new_label(app, "new")
    other = new_ticket(cy, "Another parent")
    change = {"assigneeId": ada.id, "sprintId": sprint, "parentId": other["key"],
              "labelIds": [label], "watcherIds": [ada.id]}  # fmt: skip
    changed = cy.patch(f"/projects/PUNT/tickets/{full['id']}", change).json
    assert changed == full | {
        "assigneeId": ada.id,
        "assignee": person(ada),
        "sprintId": sprint,
        "sprint": {"id": sprint, "name": "Sprint 2", "status": "active"},
        "parentId": other["id"],
        "parent": {name: other[name] for name in ("id", "key", "title", "type")},
        "labels": [{"id": label, "name": "new", "color": "#112233"}],
        "watchers": [person(ada)],
        "updatedAt": changed["updatedAt"],
    }


@pytest.mark.parametrize("field", MAY_BE_EMPTY)
def test_null_clears_a_field(cy: Person, full: dict[str, Any], field: str) -> None:
    assert full[field] is not None
    response = cy.patch(f"/projects/PUNT/tickets/{full['id']}", {field: None})
    assert response.status_code == 200
    empty = {field: None, RESOLVED.get(field, field): None}
    assert response.json == full | empty | {"updatedAt": response.json["updatedAt"]}
    assert cy.get(f"/projects/PUNT/tickets/{full['id']}").json == response.json


@pytest.mark.parametrize(("field", "shown"), [("labelIds", "labels"), ("watcherIds", "watchers")])
@pytest.mark.parametrize("nothing", [[], None])
def test_a_set_is_emptied(
    cy: Person, full: dict[str, Any], field: str, shown: str, nothing: object
) -> None:
    response = cy.patch(f"/projects/PUNT/tickets/{full['id']}", {field: nothing})
    assert response.status_code == 200
    assert response.json == full | {shown: [], "updatedAt": response.json["updatedAt"]}


def test_a_change_of_nothing_is_none(cy: Person, full: dict[str, Any], stored: Any) -> None:
    before = stored()
    for change in ({}, *({name: full[name]} for name in [*PLAIN, *RESOLVED, "columnId", "order"])):
        response = cy.patch(f"/projects/PUNT/tickets/{full['id']}", change)
        assert (response.status_code, response.json) == (200, full)
    assert stored() == before


def test_the_same_in_other_words_is_no_change(
    cy: Person, bo: Person, full: dict[str, Any], things: Things, stored: Any
) -> None:
    before = stored()
    same = {
        "title": "  Fix the pump\n",
        "type": "bUG",
        "priority": "HIGH",
        "dueDate": "2024-01-20",
        "startDate": "2024-01-15T12:30:00.000900+02:00",
        "assigneeId": "me",
        "parentId": things.parent["key"].lower(),
        "labelIds": [*reversed(things.labels)],
        "watcherIds": [cy.id, bo.id, cy.id],
    }
    response = bo.patch(f"/projects/PUNT/tickets/{full['number']}", same)
    assert (response.status_code, response.json) == (200, full)
    assert stored() == before


def test_a_change_is_seen_in_the_project_of_the_ticket_only(
    app: Flask, ada: Person, ed: Person, other_project: str
) -> None:
    theirs = ed.post("/projects/OTHER/tickets", {"title": "Theirs"}).json
    new_ticket(ada)
    ada.patch("/projects/PUNT/tickets/1", {"title": "Mine"})
    assert ed.get("/projects/OTHER/tickets/1").json == theirs


def test_a_ticket_may_stay_in_a_completed_sprint(
    app: Flask, ada: Person, full: dict[str, Any], things: Things
) -> None:
    rewrite(app, Sprint, things.sprint, status="completed")
    response = ada.patch(
        f"/projects/PUNT/tickets/{full['id']}", {"title": "New", "sprintId": things.sprint}
    )
    assert response.status_code == 200
    assert response.json["sprint"]["status"] == "completed"


def test_one_who_left_may_stay_the_assignee_and_a_watcher(
    app: Flask, ada: Person, bo: Person, cy: Person, full: dict[str, Any]
) -> None:
    for member in ada.get("/projects/PUNT/members").json:
        if member["userId"] == bo.id:
            assert ada.delete(f"/projects/PUNT/members/{member['id']}").status_code == 200
    change = {"title": "New", "assigneeId": bo.id, "watcherIds": [bo.id, cy.id]}
    response = ada.patch(f"/projects/PUNT/tickets/{full['id']}", change)
    assert response.status_code == 200
    assert response.json["assignee"] == person(bo)
    assert response.json["watchers"] == [person(bo), person(cy)]


# Deleting


def test_a_deleted_ticket_is_gone(cy: Person) -> None:
    made = new_ticket(cy)
    response = cy.delete("/projects/PUNT/tickets/PUNT-1")
    assert (response.status_code, response.json) == (200, {"success": True})
    for reference in ("1", "PUNT-1", made["id"]):
        assert cy.get(f"/projects/PUNT/tickets/{reference}").status_code == 404
        assert cy.delete(f"/projects/PUNT/tickets/{reference}").status_code == 404
    assert cy.get("/projects/PUNT/tickets").json == []


def test_its_comments_attachments_and_links_go_with_it(
    app: Flask, cy: Person, full: dict[str, Any], things: Things, stored: Any
) -> None:
    add(app, Comment(ticket_id=full["id"], author_id=cy.id, content="Hm"))
    add(app, attachment(full))
    for source, target in ((full, things.parent), (things.parent, full)):
        add(app, Link(source_id=source["id"], target_id=target["id"], link_type="blocks"))
    assert cy.delete(f"/projects/PUNT/tickets/{full['id']}").status_code == 200
    gone = ("comments", "attachments", "links", "ticket_labels", "ticket_watchers")
    assert {name: stored()[name] for name in gone} == dict.fromkeys(gone, [])


def test_its_subtasks_stay_without_a_parent(cy: Person) -> None:
    parent = new_ticket(cy)
    child = new_ticket(cy, parentId=parent["id"])
    new_ticket(cy, parentId=child["id"])
    assert cy.delete("/projects/PUNT/tickets/1").status_code == 200
    orphan = cy.get("/projects/PUNT/tickets/2").json
    assert (orphan["parentId"], orphan["parent"], orphan["subtaskCount"]) == (None, None, 1)
    assert cy.get("/projects/PUNT/tickets/3").json["parentId"] == child["id"]


def test_a_number_is_never_used_again(cy: Person) -> None:
    new_ticket(cy)
    new_ticket(cy)
    for number in (2, 3):
        assert cy.delete(f"/projects/PUNT/tickets/{number}").status_code == 200
        assert new_ticket(cy)["key"] == f"PUNT-{number + 1}"


# Refusals

NO_TEXT: list[Any] = ["nul\0", 5, 1.0, False, [], ["x"], {"text": "x"}]
NO_DATE: list[Any] = [
    "", "soon", "2023-02-29", "2024-13-01", "2024-1-5", "15.01.2024", "2024-01-15T", "10:30:00Z",
    "2024-01-15T25:00:00Z", "2024-01-15T10:60:00Z", "2024-01-15T10:30:00+25:00",
    "2024-01-15T10:30:00Zx", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00",
    "٢٠٢٤-٠١-١٥", 1705312800, 1.5, True, [], {},
]  # fmt: skip
NO_ID: list[Any] = [5, True, ["x"], {"id": "x"}, "x" * 65, "nul\0"]
NO_LIST: list[Any] = ["x", "", 5, True, {}, {"0": "x"}]

WRONG: dict[str, list[Any]] = {
    "title": ["", "  \t", "x" * 256, None, *NO_TEXT],
    "description": ["x" * 100_001, *NO_TEXT],
    "type": ["", "Chore", " Bug", "Bug,Task", 1, None, True, ["Bug"], {}],
    "priority": ["", "Urgent", "none", 0, None, True, ["High"], {}],
    "environment": ["x" * 101, *NO_TEXT],
    "affectedVersion": ["x" * 101, *NO_TEXT],
    "fixVersion": ["x" * 101, *NO_TEXT],
    "resolution": ["x" * 101, *NO_TEXT],
    "storyPoints": [-1, 101, 1.5, 5.0, "5", "", True, 2**63, 1e300, [5], {}],
    "order": [-1, 1.5, 0.0, "0", True, None, 2**63, [], {}],
    "estimate": ["4", "h", "4x", "0h", "-1h", "1.5h", "1d,4h", "soon", "1٣h", "1h " * 30, *NO_TEXT],
    "startDate": NO_DATE,
    "dueDate": NO_DATE,
    "columnId": ["", None, *NO_ID],
    "assigneeId": NO_ID,
    "sprintId": NO_ID,
    "parentId": NO_ID,
    "labelIds": NO_LIST,
    "watcherIds": NO_LIST,
}


@pytest.mark.parametrize("field", WRONG)
def test_a_wrong_value_is_refused(cy: Person, stored: Any, field: str) -> None:
    new_ticket(cy)
    before = stored()
    for value in WRONG[field]:
        body = {"title": "x", field: value}
        assert details(cy.post("/projects/PUNT/tickets", body)).keys() == {field}, value
        assert details(cy.patch("/projects/PUNT/tickets/1", body)).keys() == {field}, value
    assert stored() == before


@pytest.mark.parametrize("field", ["labelIds", "watcherIds"])
def test_a_wrong_id_in_a_list_is_named_by_its_place(
    cy: Person, things: Things, stored: Any, field: str
) -> None:
    before = stored()
    right = things.labels[0] if field == "labelIds" else cy.id
    for value in [*NO_ID, None, ""]:
        body = {"title": "x", field: [right, value]}
        assert details(cy.post("/projects/PUNT/tickets", body)).keys() == {f"{field}.1"}, value
        assert details(cy.patch("/projects/PUNT/tickets/1", body)).keys() == {f"{field}.1"}, value
    assert stored() == before


@pytest.mark.parametrize("field", NEVER_EMPTY)
def test_what_may_not_be_empty_cannot_be_cleared(
    cy: Person, full: dict[str, Any], stored: Any, field: str
) -> None:
    before = stored()
    refused = details(cy.patch(f"/projects/PUNT/tickets/{full['id']}", {field: None}))
    assert refused.keys() == {field}
    assert stored() == before


NOT_SETTABLE = [
    "id", "number", "key", "projectId", "project", "creatorId", "creator", "createdAt", "updatedAt",
    "column", "assignee", "sprint", "parent", "labels", "watchers", "isCarriedOver",
    "carriedFromSprintId", "carriedOverCount", "commentCount", "attachmentCount", "subtaskCount",
    "story_points", "storypoints", "Title", "revision", "position", "search_text", "__class__",
]  # fmt: skip


@pytest.mark.parametrize("value", ["x", None, 1])
def test_a_field_that_may_not_be_set_is_refused(cy: Person, stored: Any, value: object) -> None:
    new_ticket(cy)
    before = stored()
    for field in NOT_SETTABLE:
        body = {"title": "x", field: value}
        assert details(cy.post("/projects/PUNT/tickets", body)).keys() == {field}
        assert details(cy.patch("/projects/PUNT/tickets/1", body)).keys() == {field}
    assert stored() == before


def test_all_problems_are_told_at_once_as_a_person_would_say_them(cy: Person) -> None:
    wrong = {"type": "Chore", "priority": "Urgent", "storyPoints": 101, "dueDate": "soon",
             "environment": "x" * 101, "assigneeId": 5, "colour": "red"}  # fmt: skip
    told = details(cy.post("/projects/PUNT/tickets", wrong))
    assert told.keys() == {"title", *wrong}
    assert told["title"] == "Title is required"
    assert told["type"] == "Type must be one of: Story, Bug, Task, Subtask, Epic"
    assert told["priority"] == (
        "Priority must be one of: Critical, Highest, High, Medium, Low, Lowest"
    )
    spoken = [("storyPoints", "Story points "), ("dueDate", "Due date "),
              ("environment", "Environment "), ("assigneeId", "Assignee ")]  # fmt: skip
    for field, start in spoken:
        assert told[field].startswith(start)


Make = Callable[[Flask, Person, str], str]

# How ed comes by such a thing in a project; each by the field that refers to it.
ELSEWHERE: dict[str, Make] = {
    "columnId": lambda app, ed, key: ed.get(f"/projects/{key}/columns").json[0]["id"],
    "sprintId": lambda app, ed, key: new_sprint(app, project=key),
    "parentId": lambda app, ed, key: ed.post(f"/projects/{key}/tickets", {"title": "x"}).json["id"],
    "labelIds": lambda app, ed, key: new_label(app, "theirs", key),
    "assigneeId": lambda app, ed, key: ed.id,
    "watcherIds": lambda app, ed, key: ed.id,
}


def refers(field: str, id_: str) -> dict[str, Any]:
    """A body in which `field` refers to `id_`."""
    return {"title": "x", field: [id_] if field.endswith("Ids") else id_}


@pytest.mark.parametrize("field", ELSEWHERE)
def test_what_belongs_to_another_project_is_refused(
    app: Flask, cy: Person, ed: Person, other_project: str, stored: Any, field: str
) -> None:
    new_ticket(cy)
    body = refers(field, ELSEWHERE[field](app, ed, "OTHER"))
    before = stored()
    place = f"{field}.0" if field.endswith("Ids") else field
    assert details(cy.post("/projects/PUNT/tickets", body)).keys() == {place}
    assert details(cy.patch("/projects/PUNT/tickets/1", body)).keys() == {place}
    assert stored() == before


@pytest.mark.parametrize("field", ["columnId", "sprintId", "parentId", "labelIds"])
def test_two_projects_of_ones_own_do_not_mix(
    app: Flask, ada: Person, stored: Any, field: str
) -> None:
    make_project(app, "MINE", {ada: "owner"})
    new_ticket(ada)
    body = refers(field, ELSEWHERE[field](app, ada, "MINE"))
    before = stored()
    assert ada.post("/projects/PUNT/tickets", body).status_code == 400
    assert ada.patch("/projects/PUNT/tickets/1", body).status_code == 400
    assert stored() == before


@pytest.mark.parametrize("field", ELSEWHERE)
def test_what_does_not_exist_is_refused(cy: Person, stored: Any, field: str) -> None:
    new_ticket(cy)
    before = stored()
    for id_ in (UNKNOWN_ID, "999", "x", "none", "' OR 1=1 --"):
        assert details(cy.post("/projects/PUNT/tickets", refers(field, id_)))
        assert details(cy.patch("/projects/PUNT/tickets/1", refers(field, id_)))
    assert stored() == before


def test_each_wrong_reference_is_told(cy: Person, ed: Person, things: Things) -> None:
    wrong = {"columnId": "x", "sprintId": "x", "assigneeId": "x", "parentId": "x",
             "labelIds": ["x", things.labels[0], "y"], "watcherIds": [cy.id, ed.id]}  # fmt: skip
    assert details(cy.patch("/projects/PUNT/tickets/1", wrong)).keys() == {
        "columnId", "sprintId", "assigneeId", "parentId", "labelIds.0", "labelIds.2", "watcherIds.1"
    }  # fmt: skip


@pytest.mark.parametrize("field", ["assigneeId", "watcherIds"])
def test_a_viewer_may_be_referred_to(cy: Person, di: Person, field: str) -> None:
    assert cy.post("/projects/PUNT/tickets", refers(field, di.id)).status_code == 201


@pytest.mark.parametrize("length", [1, 2, 3])
def test_no_ticket_stands_below_itself(cy: Person, stored: Any, length: int) -> None:
    chain = [new_ticket(cy)]
    while len(chain) < length:
        chain.append(new_ticket(cy, parentId=chain[-1]["id"]))
    before = stored()
    for reference in (chain[-1]["id"], chain[-1]["key"], str(chain[-1]["number"])):
        response = cy.patch("/projects/PUNT/tickets/1", {"parentId": reference})
        assert details(response).keys() == {"parentId"}
    assert stored() == before


def test_a_ticket_may_move_within_its_family(cy: Person) -> None:
    new_ticket(cy)
    new_ticket(cy, parentId="1")
    new_ticket(cy, parentId="2")
    changed = cy.patch("/projects/PUNT/tickets/3", {"parentId": "1"})
    assert changed.json["parent"]["key"] == "PUNT-1"
    assert cy.patch("/projects/PUNT/tickets/2", {"parentId": "3"}).status_code == 200


START, DUE = {"startDate": "2024-01-15"}, {"dueDate": "2024-01-14T23:59:59.999Z"}


def test_a_ticket_cannot_be_filed_that_is_due_before_it_starts(cy: Person, stored: Any) -> None:
    before = stored()
    assert cy.post("/projects/PUNT/tickets", {"title": "x", **START, **DUE}).status_code == 400
    assert stored() == before


@pytest.mark.parametrize(
    ("present", "change"), [({}, START | DUE), (START, DUE), (DUE, START), (START, DUE | START)]
)
def test_a_ticket_cannot_become_due_before_it_starts(
    cy: Person, stored: Any, present: dict[str, str], change: dict[str, str]
) -> None:
    new_ticket(cy, **present)
    before = stored()
    response = cy.patch("/projects/PUNT/tickets/1", {"title": "New", **change})
    assert response.status_code == 400
    assert stored() == before


def test_both_dates_may_pass_what_stood_there_before(cy: Person) -> None:
    new_ticket(cy, startDate="2024-01-15", dueDate="2024-01-20")
    later = {"startDate": "2024-02-15", "dueDate": "2024-02-15"}
    assert cy.patch("/projects/PUNT/tickets/1", later).status_code == 200
    lone = cy.patch("/projects/PUNT/tickets/1", {"startDate": None, "dueDate": "2023-01-01"})
    assert lone.status_code == 200


def test_a_completed_sprint_takes_no_tickets(app: Flask, cy: Person, stored: Any) -> None:
    new_ticket(cy)
    body = {"title": "x", "sprintId": new_sprint(app, status="completed")}
    before = stored()
    assert details(cy.post("/projects/PUNT/tickets", body)).keys() == {"sprintId"}
    assert details(cy.patch("/projects/PUNT/tickets/1", body)).keys() == {"sprintId"}
    assert stored() == before


def test_an_unknown_query_parameter_is_refused(cy: Person, stored: Any) -> None:
    new_ticket(cy)
    before = stored()
    for refused in (
        cy.get("/projects/PUNT/tickets/1?nosuch=1"),
        cy.post("/projects/PUNT/tickets?nosuch=1", {"title": "x"}),
        cy.patch("/projects/PUNT/tickets/1?nosuch=1", {"title": "x"}),
        cy.delete("/projects/PUNT/tickets/1?nosuch=1"),
    ):
        assert details(refused).keys() == {"nosuch"}
    assert stored() == before


@pytest.mark.parametrize("body", [[], "x", 5, True, [{"title": "x"}]])
def test_a_body_that_is_no_object_is_refused(cy: Person, stored: Any, body: object) -> None:
    new_ticket(cy)
    before = stored()
    assert cy.post("/projects/PUNT/tickets", body).status_code == 400
    assert cy.patch("/projects/PUNT/tickets/1", body).status_code == 400
    assert stored() == before


@pytest.mark.parametrize(
    ("sent", "type_", "status"),
    [
        (b"null", "application/json", 400),
        (b"", "application/json", 400),
        (b'{"title": "x"', "application/json", 400),
        (b'{"title": "\xff"}', "application/json", 400),
        (b'{"title": "\\ud800"}', "application/json", 400),
        (b'{"title": "x", "storyPoints": NaN}', "application/json", 400),
        (b"title=x", "application/x-www-form-urlencoded", 415),
        (b'{"title": "x"}', "text/plain", 415),
        (b'{"title": "x"}', None, 415),
    ],
)
def test_a_body_that_is_no_json_is_refused(
    cy: Person, stored: Any, sent: bytes, type_: str | None, status: int
) -> None:
    new_ticket(cy)
    before = stored()
    options = {"data": sent, "content_type": type_}
    assert cy.post("/projects/PUNT/tickets", **options).status_code == status
    assert cy.patch("/projects/PUNT/tickets/1", **options).status_code == status
    assert stored() == before


def test_a_field_in_the_body_of_a_deletion_is_refused(cy: Person, project: str) -> None:
    new_ticket(cy)
    refused = cy.delete(f"/projects/{project}/tickets/1", {"foo": 1})
    assert details(refused) == {"foo": "Unknown field"}
    assert cy.get(f"/projects/{project}/tickets/1").status_code == 200
