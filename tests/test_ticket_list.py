"""The list of tickets: filters, search, sorting and pages (contract, section 4)."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from sqlalchemy import select

from punt.extensions import db
from punt.models import Event, Ticket
from tests.conftest import (
    Answer,
    Person,
    details,
    make_project,
    new_label,
    new_sprint,
    new_ticket,
    rewrite,
)

pytestmark = pytest.mark.usefixtures("project")


def numbers(response: Answer) -> list[int]:
    """Which tickets a list holds, in its order."""
    assert response.status_code == 200, response.text
    return [each["number"] for each in response.json]


def listed(who: Person, **query: str) -> list[int]:
    """Which tickets of PUNT answer a query, in the order they come."""
    return numbers(who.get(f"/projects/PUNT/tickets?{urlencode(query)}"))


@pytest.fixture
def ids(app: Flask, cy: Person, bo: Person) -> dict[str, str]:
    """Four tickets that differ in everything; and the ids of what they refer to, by name."""
    todo, doing, done = (each["id"] for each in cy.get("/projects/PUNT/columns").json)
    s1, s2 = new_sprint(app, "Sprint 1", "active"), new_sprint(app, "Sprint 2")
    api, ui = new_label(app, "api"), new_label(app, "ui")
    new_ticket(cy, "alpha", type="Bug", priority="High", columnId=todo, assigneeId=cy.id,
               sprintId=s1, labelIds=[ui])  # fmt: skip
    new_ticket(cy, "beta", type="Story", priority="Low", columnId=doing, assigneeId=bo.id,
               sprintId=s2, labelIds=[ui, api])  # fmt: skip
    new_ticket(cy, "gamma", columnId=done, parentId="1")
    new_ticket(cy, "delta", type="Epic", priority="Critical", columnId=todo, assigneeId=cy.id,
               labelIds=[api], parentId="2")  # fmt: skip
    one = cy.get("/projects/PUNT/tickets/1").json["id"]
    return {"todo": todo, "doing": doing, "done": done, "s1": s1, "s2": s2, "api": api, "ui": ui,
            "cy": cy.id, "bo": bo.id, "one": one}  # fmt: skip


def test_an_empty_project_has_an_empty_list(di: Person) -> None:
    response = di.get("/projects/PUNT/tickets")
    assert (response.status_code, response.json) == (200, [])


def test_it_is_in_order_of_column_then_position(bo: Person, cy: Person) -> None:
    left, middle, right = (each["id"] for each in cy.get("/projects/PUNT/columns").json)
    for column in (right, left, right):
        new_ticket(cy, columnId=column, order=0)
    assert listed(cy) == [2, 3, 1]
    bo.put("/projects/PUNT/columns/order", {"columnIds": [middle, right, left]})
    assert listed(cy) == [3, 1, 2]


def test_it_holds_the_tickets_of_this_project_only(
    app: Flask, cy: Person, ed: Person, other_project: str
) -> None:
    ed.post("/projects/OTHER/tickets", {"title": "Secret"})
    new_ticket(cy, "Ours")
    assert [each["title"] for each in cy.get("/projects/PUNT/tickets").json] == ["Ours"]
    assert numbers(ed.get("/projects/OTHER/tickets?q=Ours")) == []


# One shape


def test_list_detail_answers_and_event_are_one(app: Flask, cy: Person, bo: Person) -> None:
    column = cy.get("/projects/PUNT/columns").json[2]["id"]
    new_ticket(cy, "The parent")
    everything = {
        "title": "Fix", "description": "It *leaks*", "type": "bug", "priority": "low",
        "columnId": column, "order": 0, "assigneeId": bo.id, "sprintId": new_sprint(app),
        "parentId": "1", "storyPoints": 8, "estimate": "2w", "startDate": "2024-01-15",
        "dueDate": "2024-01-16T01:00:00+01:00", "environment": "Cellar", "affectedVersion": "1",
        "fixVersion": "2", "resolution": "Fixed",
        "labelIds": [new_label(app, "ui"), new_label(app, "api")], "watcherIds": [cy.id, bo.id],
    }  # fmt: skip
    made = cy.post("/projects/PUNT/tickets", everything).json
    assert_shown_everywhere(app, cy, made)
    changed = cy.patch("/projects/PUNT/tickets/2", {"title": "Mend", "columnId": column}).json
    assert changed == made | {"title": "Mend", "updatedAt": changed["updatedAt"]}
    assert_shown_everywhere(app, cy, changed)


def assert_shown_everywhere(app: Flask, who: Person, ticket: dict[str, Any]) -> None:
    """What a write answered is what the list, the detail and the newest event show."""
    assert who.get(f"/projects/PUNT/tickets/{ticket['id']}").json == ticket
    assert who.get(f"/projects/PUNT/tickets?q={ticket['title']}").json == [ticket]
    assert who.get(f"/projects/PUNT/tickets?q={ticket['title']}&limit=1").json == [ticket]
    with app.app_context():
        newest = db.session.scalars(select(Event.data).order_by(Event.id.desc()).limit(1)).one()
    assert json.loads(newest) == ticket


def test_each_ticket_shows_its_own_labels_and_watchers(
    cy: Person, bo: Person, ids: dict[str, str]
) -> None:
    for number, watchers in ((1, [bo.id]), (2, []), (4, [bo.id, cy.id])):
        cy.patch(f"/projects/PUNT/tickets/{number}", {"watcherIds": watchers})
    shown = {
        each["number"]: (
            [label["name"] for label in each["labels"]],
            [watcher["username"] for watcher in each["watchers"]],
        )
        for each in cy.get("/projects/PUNT/tickets").json
    }
    assert shown == {1: (["ui"], ["bo"]), 2: (["api", "ui"], []), 3: ([], []),
                     4: (["api"], ["bo", "cy"])}  # fmt: skip


# Filters

# What cy gets for each value; words in braces stand for ids.
FILTERS: dict[str, dict[str, list[int]]] = {
    "type": {"Bug": [1], "bUG": [1], "bug,EPIC": [1, 4], "Subtask": [], "none": [],
             "none,task": [3]},
    "priority": {"High": [1], "critical": [4], "LOW,high": [1, 2], "lowest": [], "NONE": []},
    "columnId": {"{todo}": [1, 4], "{done}": [3], "{doing},{done}": [2, 3], "none": [],
                 "nosuch": [], "nosuch,{done}": [3]},
    "sprintId": {"{s1}": [1], "{s1},{s2}": [1, 2], "none": [3, 4], "None,{s2}": [2, 3, 4]},
    "assigneeId": {"{cy}": [1, 4], "{bo}": [2], "me": [1, 4], "none": [3], "NONE": [3],
                   "me,none": [1, 3, 4], "{bo},me": [1, 2, 4], "nosuch": []},
    "labelId": {"{ui}": [1, 2], "{api}": [2, 4], "{ui},{api}": [1, 2, 4], "none": [3],
                "none,{ui}": [1, 2, 3], "nosuch": []},
    "parentId": {"{one}": [3], "PUNT-1": [3], "punt-2": [4], "1": [3], "1,PUNT-2": [3, 4],
                 "none": [1, 2], "nOnE,1": [1, 2, 3], "999": [], "OTHER-1": []},
}  # fmt: skip


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_admits_any_of_its_values(cy: Person, ids: dict[str, str], name: str) -> None:
    found = {value: sorted(listed(cy, **{name: value.format(**ids)})) for value in FILTERS[name]}
    assert found == FILTERS[name]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("assigneeId=me&type=bug,story", [1]),
        ("assigneeId=me&labelId={api}&parentId=2&priority=critical&columnId={todo}", [4]),
        ("labelId={ui}&sprintId={s2}&q=BET", [2]),
        ("assigneeId=none&labelId=none&sprintId=none&type=task", [3]),
        ("columnId={todo}&sort=-number", [4, 1]),
        ("type=bug&priority=low", []),
        ("q=alpha&type=story", []),
    ],
)
def test_filters_together_admit_what_answers_each(
    cy: Person, ids: dict[str, str], query: str, expected: list[int]
) -> None:
    assert numbers(cy.get(f"/projects/PUNT/tickets?{query.format(**ids)}")) == expected


def test_me_is_whoever_asks(cy: Person, bo: Person, di: Person, ids: dict[str, str]) -> None:
    assert [listed(who, assigneeId="me") for who in (cy, bo, di)] == [[1, 4], [2], []]


@pytest.mark.parametrize(
    "query",
    ["type=Chore", "type=bug,Chore", "type=", "type=bug,", "priority=Urgent", "columnId=",
     f"columnId={'x' * 65}", "assigneeId=,", "sort=", "sort=nosuch", "sort=--number", "sort=title",
     "sort=number,priority", "sort=number;DROP TABLE tickets", "sort=id", "sort=order DESC",
     "sort=number&sort=order", f"q={'x' * 201}", "q=%00", "labelId=%00", "limit=0", "limit=501",
     "limit=-1", "limit=x", "limit=1.0", "limit=", "cursor=nosuch", "cursor="],
)  # fmt: skip
def test_a_wrong_value_is_refused(cy: Person, query: str) -> None:
    new_ticket(cy)
    refused = details(cy.get(f"/projects/PUNT/tickets?{query}"))
    assert refused.keys() == {query.partition("=")[0]}


@pytest.mark.parametrize(
    "name", ["assignee", "status", "Type", "column_id", "labelIds", "order", "offset", "id", "key"]
)
def test_an_unknown_parameter_is_refused(cy: Person, name: str) -> None:
    assert details(cy.get(f"/projects/PUNT/tickets?{name}=1&type=bug")).keys() == {name}


def test_the_things_of_another_project_find_nothing(
    app: Flask, cy: Person, ed: Person, other_project: str
) -> None:
    column = ed.get("/projects/OTHER/columns").json[0]["id"]
    sprint, label = new_sprint(app, project="OTHER"), new_label(app, "theirs", "OTHER")
    theirs = ed.post("/projects/OTHER/tickets", {"title": "x", "assigneeId": "me",
                     "sprintId": sprint, "labelIds": [label]}).json  # fmt: skip
    ed.post("/projects/OTHER/tickets", {"title": "x", "parentId": theirs["id"]})
    new_ticket(cy)
    for name, id_ in (("columnId", column), ("sprintId", sprint), ("labelId", label),
                      ("assigneeId", ed.id), ("parentId", theirs["id"])):  # fmt: skip
        assert numbers(ed.get(f"/projects/OTHER/tickets?{name}={id_}")) != []
        assert listed(cy, **{name: id_}) == []


@pytest.mark.parametrize("name", ["columnId", "sprintId", "assigneeId", "labelId", "parentId"])
@pytest.mark.parametrize("attack", ["' OR '1'='1", "x') OR 1=1 --", "none) OR (1=1", "%", "_"])
def test_sql_in_a_filter_is_an_id_like_any_other(cy: Person, name: str, attack: str) -> None:
    new_ticket(cy)
    assert listed(cy, **{name: attack}) == []


# Sorting


@pytest.fixture
def various(app: Flask, cy: Person, project: str) -> None:
    """Five tickets that every key sorts differently; two of them share all that they can."""
    first, second, _ = (each["id"] for each in cy.get("/projects/PUNT/columns").json)
    rows = [
        (second, "Low", "2024-03-01", "2024-01-03", "2024-05-01"),
        (first, "Critical", None, "2024-01-01", "2024-05-05"),
        (first, "Highest", "9999-12-31T23:59:59.999Z", "2024-01-05", "2024-05-03"),
        (first, "Lowest", None, "2024-01-02", "2024-05-02"),
        (second, "Low", "2024-03-01", "2024-01-03", "2024-05-01"),
    ]
    for column, priority, due, created, updated in rows:
        made = new_ticket(cy, columnId=column, priority=priority, dueDate=due)
        rewrite(app, Ticket, made["id"], created_at=day(created), updated_at=day(updated))


def day(text: str) -> datetime:
    """Midnight UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


SORTED = {
    "order": [2, 3, 4, 1, 5],
    "-order": [5, 1, 4, 3, 2],
    "number": [1, 2, 3, 4, 5],
    "-number": [5, 4, 3, 2, 1],
    "priority": [2, 3, 1, 5, 4],
    "-priority": [4, 5, 1, 3, 2],
    "createdAt": [2, 4, 1, 5, 3],
    "-createdAt": [3, 5, 1, 4, 2],
    "updatedAt": [1, 5, 4, 3, 2],
    "-updatedAt": [2, 3, 4, 5, 1],
    "dueDate": [1, 5, 3, 2, 4],
    "-dueDate": [3, 5, 1, 4, 2],
}


@pytest.mark.usefixtures("various")
@pytest.mark.parametrize("sort", SORTED)
def test_it_sorts_by_each_key_and_its_reverse(di: Person, sort: str) -> None:
    assert listed(di, sort=sort) == SORTED[sort]
    assert listed(di, sort=sort.upper()) == SORTED[sort]


@pytest.mark.usefixtures("various")
@pytest.mark.parametrize("sort", ["", *SORTED])
def test_pages_put_together_are_the_whole_list(di: Person, sort: str) -> None:
    query = f"?priority=low,critical,highest,lowest&{f'sort={sort}' if sort else ''}".rstrip("&")
    whole = di.get(f"/projects/PUNT/tickets{query}")
    assert "Link" not in whole.headers
    found, path = [], f"/projects/PUNT/tickets{query}&limit=2"
    while path:
        page = di.get(path)
        assert len(page.json) <= 2
        assert page.headers["X-Total-Count"] == "5"
        found += page.json
        path = page.headers.get("Link", "").partition("/api")[2].partition('>; rel="next"')[0]
    assert found == whole.json


def test_a_page_keeps_to_its_filters(cy: Person, ids: dict[str, str]) -> None:
    first = cy.get(f"/projects/PUNT/tickets?assigneeId=me&q={quote('a')}&limit=1")
    assert (numbers(first), first.headers["X-Total-Count"]) == ([1], "2")
    rest = cy.get(first.headers["Link"].partition("/api")[2].partition(">")[0])
    assert (numbers(rest), "Link" in rest.headers) == ([4], False)


def test_two_projects_of_one_person_have_separate_lists(app: Flask, cy: Person) -> None:
    make_project(app, "MINE", {cy: "owner"})
    new_ticket(cy)
    cy.post("/projects/MINE/tickets", {"title": "Mine", "assigneeId": "me"})
    assert numbers(cy.get("/projects/MINE/tickets?assigneeId=me")) == [1]
    assert listed(cy, assigneeId="me") == []
