"""ETag, If-None-Match and If-Match (contract, section 1, conditional requests)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import PASSWORD, Answer, Person, new_ticket

FIRST = "/projects/PUNT/tickets/1"
SECOND = "/projects/PUNT/tickets/2"
PATHS = [
    "/projects/PUNT",
    "/projects/PUNT/members",
    "/projects/PUNT/columns",
    "/projects/PUNT/labels",
    "/projects/PUNT/sprints",
    "/projects/PUNT/sprints/active",
    "/projects/PUNT/sprints/settings",
    "/projects/PUNT/tickets",
    "/projects/PUNT/tickets?sort=-updatedAt&limit=2",
    FIRST,
    f"{FIRST}/history",
    f"{FIRST}/comments",
    f"{FIRST}/links",
    f"{FIRST}/attachments",
]


@pytest.fixture
def tickets(project: str, ada: Person) -> list[dict[str, Any]]:
    """Three tickets in the first column of PUNT."""
    return [new_ticket(ada, title) for title in ("The first", "The second", "The third")]


def tag_of(person: Person, path: str = FIRST) -> str:
    response = person.get(path)
    assert response.status_code == 200
    (tag,) = response.headers.getlist("ETag")
    return tag


def again(person: Person, path: str, tag: str) -> Answer:
    return person.get(path, headers={"If-None-Match": tag})


def if_match(tag: str) -> dict[str, dict[str, str]]:
    return {"headers": {"If-Match": tag}}


# ETag and If-None-Match


@pytest.mark.usefixtures("tickets")
@pytest.mark.parametrize("path", PATHS)
def test_what_is_known_already_is_not_sent_again(di: Person, path: str) -> None:
    tag = tag_of(di, path)
    assert tag.startswith('"')
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        response = again(di, path, known)
        assert response.status_code == 304
        assert response.data == b""
        assert response.headers.getlist("ETag") == [tag]
        assert response.headers["X-Request-Id"]


@pytest.mark.usefixtures("tickets")
@pytest.mark.parametrize("path", PATHS)
def test_what_is_not_known_is_sent(di: Person, path: str) -> None:
    whole = di.get(path)
    for known in ('"other"', tag_of(di, path)[:-2] + '"', "", "nonsense", '"unclosed'):
        response = again(di, path, known)
        assert (response.status_code, response.data) == (200, whole.data)


@pytest.mark.usefixtures("tickets")
@pytest.mark.parametrize("query", ["sort=bogus", "limit=0", "unknown=1", "assigneeId=nobody,"])
def test_no_tag_makes_a_wrong_query_right(di: Person, query: str) -> None:
    path = "/projects/PUNT/tickets"
    wrong = di.get(f"{path}?{query}")
    for tag in (tag_of(di, path), tag_of(di, f"{path}?limit=2"), "*"):
        assert again(di, f"{path}?{query}", tag).status_code == wrong.status_code


@pytest.mark.usefixtures("tickets")
def test_a_browser_keeps_nothing_without_asking_again(di: Person) -> None:
    for path in PATHS:
        assert di.get(path).headers["Cache-Control"] in ("private, no-cache", "no-store")


@pytest.mark.usefixtures("tickets")
def test_head_tells_the_same_tag(di: Person) -> None:
    for path in ("/projects/PUNT", FIRST):
        tag = di.client.head("/api" + path).headers["ETag"]
        assert tag == tag_of(di, path)
        headers = {"If-None-Match": tag}
        assert di.client.head("/api" + path, headers=headers).status_code == 304


@pytest.mark.usefixtures("tickets")
def test_a_tag_is_no_way_in(di: Person, ed: Person, anonymous: Person) -> None:
    for path in PATHS:
        for tag in (tag_of(di, path), "*"):
            assert again(anonymous, path, tag).status_code == 401
            assert again(ed, path, tag).status_code == 403


@pytest.mark.usefixtures("tickets")
def test_what_differs_by_person_has_different_tags(ada: Person, di: Person) -> None:
    assert ada.get("/projects/PUNT").json["role"] != di.get("/projects/PUNT").json["role"]
    assert again(di, "/projects/PUNT", tag_of(ada, "/projects/PUNT")).status_code == 200


@pytest.mark.usefixtures("tickets")
def test_failures_have_no_tag(ada: Person) -> None:
    for path in ("/projects/NONE", "/projects/PUNT/tickets/99", "/projects/PUNT/tickets?x=1"):
        assert "ETag" not in ada.get(path).headers


def test_what_has_no_tag_is_sent_in_full(ada: Person, project: str) -> None:
    for path in ("/projects", "/me", "/auth/session"):
        response = again(ada, path, "*")
        assert (response.status_code, response.json) == (200, ada.get(path).json)


# Whatever an answer shows, a change of it changes the tag. Each says who does what to the world.

Change = Callable[[dict[str, Person], dict[str, str]], Answer]
CHANGES: dict[str, Change] = {
    "project renamed": lambda by, _: by["ada"].patch("/projects/PUNT", {"name": "Apollo"}),
    "person renamed": lambda by, _: by["ada"].patch("/me", {"name": "Countess"}),
    "member renamed": lambda by, _: by["cy"].patch("/me", {"name": "Cyrus"}),
    "ticket filed": lambda by, _: by["cy"].post("/projects/PUNT/tickets", {"title": "Fourth"}),
    "ticket changed": lambda by, _: by["cy"].patch(FIRST, {"title": "Changed"}),
    "ticket moved": lambda by, _: by["cy"].patch(FIRST, {"order": 2}),
    "ticket passed": lambda by, _: by["cy"].patch(SECOND, {"order": 0}),
    "ticket assigned": lambda by, _: by["cy"].patch(FIRST, {"assigneeId": "me"}),
    "subtask made": lambda by, _: by["cy"].patch(SECOND, {"parentId": "1"}),
    "parent renamed": lambda by, _: by["cy"].patch("/projects/PUNT/tickets/3", {"title": "Up"}),
    "parent deleted": lambda by, _: by["cy"].delete("/projects/PUNT/tickets/3"),
    "ticket deleted": lambda by, _: by["cy"].delete(SECOND),
    "tickets changed": lambda by, _: by["cy"].patch(
        "/projects/PUNT/tickets", {"ticketIds": ["1", "2"], "updates": {"priority": "High"}}
    ),
    "comment made": lambda by, _: by["cy"].post(f"{FIRST}/comments", {"content": "Hm"}),
    "comment changed": lambda by, ids: by["ada"].patch(
        f"{FIRST}/comments/{ids['comment']}", {"content": "Yes"}
    ),
    "comment deleted": lambda by, ids: by["ada"].delete(f"{FIRST}/comments/{ids['comment']}"),
    "link made": lambda by, _: by["cy"].post(
        f"{SECOND}/links", {"targetTicketId": "1", "linkType": "clones"}
    ),
    "link deleted": lambda by, ids: by["cy"].delete(f"{SECOND}/links/{ids['link']}"),
    "label made": lambda by, _: by["cy"].post("/projects/PUNT/labels", {"name": "late"}),
    "label renamed": lambda by, ids: by["cy"].patch(
        f"/projects/PUNT/labels/{ids['label']}", {"name": "later"}
    ),
    "label deleted": lambda by, ids: by["cy"].delete(f"/projects/PUNT/labels/{ids['label']}"),
    "column made": lambda by, _: by["bo"].post("/projects/PUNT/columns", {"name": "Soon"}),
    "column renamed": lambda by, ids: by["bo"].patch(
        f"/projects/PUNT/columns/{ids['column']}", {"name": "Now"}
    ),
    "member added": lambda by, _: by["bo"].post(
        "/projects/PUNT/members", {"username": "ed", "role": "viewer"}
    ),
    "member promoted": lambda by, ids: by["bo"].patch(
        f"/projects/PUNT/members/{ids['di']}", {"role": "member"}
    ),
    "member removed": lambda by, ids: by["bo"].delete(f"/projects/PUNT/members/{ids['cy']}"),
    "sprint planned": lambda by, _: by["bo"].post("/projects/PUNT/sprints", {}),
    "sprint started": lambda by, ids: by["bo"].post(
        f"/projects/PUNT/sprints/{ids['sprint']}/start", {}
    ),
    "sprint renamed": lambda by, ids: by["bo"].patch(
        f"/projects/PUNT/sprints/{ids['sprint']}", {"name": "Sprint Zero"}
    ),
    "sprint deleted": lambda by, ids: by["bo"].delete(f"/projects/PUNT/sprints/{ids['sprint']}"),
    "sprints set": lambda by, _: by["bo"].patch(
        "/projects/PUNT/sprints/settings", {"defaultSprintDuration": 3}
    ),
    "account deleted": lambda by, _: by["cy"].delete(
        "/me/account", {"password": PASSWORD, "confirmation": "delete my account"}
    ),
}


@pytest.fixture
def people(ada: Person, bo: Person, cy: Person, di: Person, ed: Person) -> dict[str, Person]:
    return {each.username: each for each in (ada, bo, cy, di, ed)}


@pytest.fixture
def ids(tickets: Any, people: dict[str, Person]) -> dict[str, str]:
    """The ids of what the first ticket shows one of each of."""
    cy, bo = people["cy"], people["bo"]
    made = {
        "label": cy.post("/projects/PUNT/labels", {"name": "soon"}),
        "sprint": bo.post("/projects/PUNT/sprints", {}),
        "comment": people["ada"].post(f"{FIRST}/comments", {"content": "Ah"}),
        "link": cy.post(f"{SECOND}/links", {"targetTicketId": "1", "linkType": "blocks"}),
    }
    ids = {name: str(response.json["id"]) for name, response in made.items()}
    shown = {"labelIds": [ids["label"]], "sprintId": ids["sprint"], "watcherIds": [cy.id]}
    assert cy.patch(FIRST, {**shown, "parentId": "3"}).status_code == 200
    members = bo.get("/projects/PUNT/members").json
    columns = bo.get("/projects/PUNT/columns").json
    return (
        ids
        | {each["user"]["username"]: each["id"] for each in members}
        | {"column": columns[0]["id"]}
    )


@pytest.mark.parametrize("change", CHANGES)
def test_a_kept_answer_never_hides_a_change(
    people: dict[str, Person], ids: dict[str, str], change: str
) -> None:
    watchers = [(person, path) for person in (people["ada"], people["di"]) for path in PATHS]
    before = [person.get(path) for person, path in watchers]

    answer = CHANGES[change](people, ids)

    assert answer.status_code in (200, 201), answer.text
    after = [person.get(path) for person, path in watchers]
    assert any(old.data != new.data for old, new in zip(before, after, strict=True))
    for (person, path), old, new in zip(watchers, before, after, strict=True):
        kept = again(person, path, old.headers["ETag"])
        if kept.status_code == 304:
            assert new.data == old.data, path
        else:
            assert kept.data == new.data


def test_another_name_is_seen_in_every_project_also_one_that_was_left(
    ada: Person, cy: Person, ids: dict[str, str]
) -> None:
    ada.post("/projects", {"name": "Apollo", "key": "APO"})
    ada.post("/projects/APO/members", {"userId": cy.id, "role": "member"})
    cy.post("/projects/APO/tickets", {"title": "By cy"})
    assert cy.delete(f"/projects/PUNT/members/{ids['cy']}").status_code == 200
    paths = ["/projects/APO/tickets", "/projects/APO/members", "/projects/PUNT/tickets", FIRST]
    tags = {path: tag_of(ada, path) for path in paths}
    assert all(again(ada, path, tag).status_code == 304 for path, tag in tags.items())

    cy.patch("/me", {"name": "Cyrus"})

    for path, tag in tags.items():
        response = again(ada, path, tag)
        assert response.status_code == 200
        assert "Cyrus" in response.text


@pytest.mark.usefixtures("tickets")
def test_what_happens_elsewhere_leaves_an_answer_as_it_is(
    ada: Person, ed: Person, other_project: str
) -> None:
    tags = {path: tag_of(ada, path) for path in PATHS}
    ed.post("/projects/OTHER/tickets", {"title": "Elsewhere"})
    ed.patch("/projects/OTHER", {"name": "Elsewhere"})
    ada.patch(FIRST, {"title": "The first"})
    ada.patch("/me", {"name": "ada"})
    assert all(again(ada, path, tag).status_code == 304 for path, tag in tags.items())


# If-Match


@pytest.mark.usefixtures("tickets")
def test_a_ticket_is_changed_when_it_is_as_it_was(ada: Person, cy: Person) -> None:
    response = cy.patch(FIRST, {"title": "Changed"}, **if_match(tag_of(cy)))
    assert response.status_code == 200
    assert response.headers["ETag"] == tag_of(cy), "the next change must be possible with it"
    assert again(cy, FIRST, response.headers["ETag"]).status_code == 304
    response = cy.patch(FIRST, {"title": "Again"}, **if_match(response.headers["ETag"]))
    assert response.json["title"] == "Again"
    assert cy.delete(FIRST, **if_match(response.headers["ETag"])).status_code == 200
    assert cy.get(FIRST).status_code == 404


@pytest.mark.usefixtures("tickets")
@pytest.mark.parametrize(
    "wrap", ["{}", "W/{}", '"other", {}', '{}, "other"', '"a","b",{},"c"', ' "x" ,  {} ', "*"]
)
def test_one_of_several_tags_is_enough(cy: Person, wrap: str) -> None:
    condition = wrap.format(tag_of(cy))
    assert cy.patch(FIRST, {"title": "Changed"}, **if_match(condition)).status_code == 200
    condition = wrap.format(tag_of(cy))
    assert cy.delete(FIRST, **if_match(condition)).status_code == 200


@pytest.mark.usefixtures("tickets")
@pytest.mark.parametrize("method", ["patch", "delete"])
@pytest.mark.parametrize(
    "change",
    [
        {"title": "Meanwhile"},
        {"description": "More"},
        {"columnId": "Done"},
        {"order": 2},
        {"assigneeId": "me"},
        {"labelIds": ["soon"]},
        {"sprintId": "planned"},
        {"parentId": "2"},
    ],
    ids=str,
)
def test_who_comes_too_late_changes_nothing(
    ada: Person, cy: Person, stored: Any, ids: dict[str, str], method: str, change: dict[str, Any]
) -> None:
    columns = cy.get("/projects/PUNT/columns").json
    named = {"Done": columns[-1]["id"], "soon": ids["label"], "planned": ids["sprint"]}
    change = {name: named.get(str(value), value) for name, value in change.items()}
    if "labelIds" in change:
        change = {"labelIds": []}
    if "sprintId" in change:
        change = {"sprintId": None}
    late = tag_of(ada)
    assert cy.patch(FIRST, change).status_code == 200
    before = stored()

    body = {"json": {"title": "Too late"}} if method == "patch" else {}
    response = getattr(ada, method)(FIRST, **body, **if_match(late))

    assert response.status_code == 412
    assert response.json.keys() == {"error"}
    assert stored() == before
    assert ada.patch(FIRST, {"title": "In time"}, **if_match(tag_of(ada))).status_code == 200


@pytest.mark.usefixtures("tickets")
@pytest.mark.parametrize("method", ["patch", "delete"])
@pytest.mark.parametrize(
    "condition",
    ['"other"', '"a", "b"', "nonsense", '""', '"*"', ",", '"unclosed', "*, *", '"0.0.0"', '".."'],
)
def test_a_condition_that_does_not_hold_changes_nothing(
    cy: Person, stored: Any, method: str, condition: str
) -> None:
    before = stored()
    body = {"json": {"title": "Changed"}} if method == "patch" else {}
    response = getattr(cy, method)(FIRST, **body, **if_match(condition.format(tag_of(cy))))
    assert response.status_code == 412
    assert stored() == before


def test_the_tag_of_another_thing_is_not_the_ticket_s(
    cy: Person, ed: Person, tickets: Any, other_project: str, stored: Any
) -> None:
    ed.post("/projects/OTHER/tickets", {"title": "Elsewhere"})
    paths = (SECOND, "/projects/PUNT", "/projects/PUNT/tickets", "/projects/PUNT/columns")
    tags = [tag_of(cy, path) for path in paths] + [tag_of(ed, "/projects/OTHER/tickets/1")]
    before = stored()
    for tag in tags:
        assert cy.patch(FIRST, {"title": "Changed"}, **if_match(tag)).status_code == 412
        assert cy.delete(FIRST, **if_match(tag)).status_code == 412
    assert stored() == before


def test_several_things_at_once_need_the_right_order_of_checks(
    cy: Person, di: Person, ed: Person, anonymous: Person, tickets: Any
) -> None:
    for person, status in ((anonymous, 401), (ed, 403), (di, 403), (cy, 412)):
        response = person.patch(FIRST, {"nonsense": 1}, **if_match('"other"'))
        assert response.status_code == status
    assert cy.patch("/projects/PUNT/tickets/99", {}, **if_match("*")).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        "project renamed",
        "member renamed",
        "ticket filed",
        "ticket passed",
        "subtask made",
        "parent renamed",
        "ticket deleted",
        "column renamed",
        "label renamed",
        "member added",
        "sprint renamed",
        "sprints set",
    ],
)
def test_what_others_do_elsewhere_does_not_make_a_ticket_stale(
    people: dict[str, Person], ids: dict[str, str], change: str
) -> None:
    tag = tag_of(people["ada"])
    assert CHANGES[change](people, ids).status_code in (200, 201)
    response = people["ada"].patch(FIRST, {"title": "In time"}, **if_match(tag))
    assert response.status_code == 200, response.text
    assert response.json["title"] == "In time"


@pytest.mark.usefixtures("tickets")
def test_a_change_that_changed_nothing_does_not_make_a_ticket_stale(
    ada: Person, cy: Person
) -> None:
    tag = tag_of(ada)
    assert cy.patch(FIRST, {"title": "The first", "order": 0}).status_code == 200
    assert ada.patch(FIRST, {"title": "In time"}, **if_match(tag)).status_code == 200


@pytest.mark.parametrize("change", ["tickets changed", "parent deleted", "ticket moved"])
def test_a_change_by_any_way_makes_a_ticket_stale(
    people: dict[str, Person], ids: dict[str, str], change: str
) -> None:
    tag = tag_of(people["ada"])
    assert CHANGES[change](people, ids).status_code == 200
    response = people["ada"].patch(FIRST, {"title": "Too late"}, **if_match(tag))
    assert response.status_code == 412
    assert people["ada"].get(FIRST).json["title"] != "Too late"


def test_completing_a_sprint_makes_its_open_tickets_stale(
    people: dict[str, Person], ids: dict[str, str]
) -> None:
    sprint = f"/projects/PUNT/sprints/{ids['sprint']}"
    assert people["bo"].post(f"{sprint}/start", {}).status_code == 200
    tag = tag_of(people["ada"])
    assert people["bo"].post(f"{sprint}/complete", {}).status_code == 200
    assert people["ada"].patch(FIRST, {"title": "Late"}, **if_match(tag)).status_code == 412


@pytest.mark.usefixtures("tickets")
def test_who_reads_by_key_or_number_may_write_by_id(ada: Person, tickets: Any) -> None:
    by_id = f"/projects/punt/tickets/{tickets[0]['id']}"
    tag = tag_of(ada, "/projects/PUNT/tickets/punt-1")
    assert ada.patch(by_id, {"title": "Changed"}, **if_match(tag)).status_code == 200


@pytest.mark.usefixtures("tickets")
def test_what_one_person_read_another_may_send(ada: Person, cy: Person) -> None:
    assert cy.patch(FIRST, {"title": "Changed"}, **if_match(tag_of(ada))).status_code == 200
