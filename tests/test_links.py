"""Links between tickets (contract, section 4)."""

from itertools import count
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.conftest import Person, details, make_project, new_ticket
from tests.listening import kinds, listen

TICKETS = "/projects/PUNT/tickets"
LINKS = f"{TICKETS}/1/links"
UNKNOWN_ID = "01HZZZZZZZZZZZZZZZZZZZZZZZ"

INVERSES = {
    "blocks": "is_blocked_by",
    "is_blocked_by": "blocks",
    "duplicates": "is_duplicated_by",
    "is_duplicated_by": "duplicates",
    "clones": "is_cloned_by",
    "is_cloned_by": "clones",
    "relates_to": "relates_to",
}
TYPES = list(INVERSES)


@pytest.fixture(autouse=True)
def tickets(project: str, cy: Person) -> list[dict[str, Any]]:
    """The tickets 1 to 3."""
    return [new_ticket(cy, f"A {type_.lower()}", type=type_) for type_ in ("Bug", "Story", "Task")]


def named(ticket: dict[str, Any]) -> dict[str, Any]:
    """A ticket as a link shows it."""
    return {name: ticket[name] for name in ("id", "key", "title", "type")}


def link(person: Person, one: int, link_type: str, other: object) -> dict[str, Any]:
    """A link that someone has just made."""
    body = {"targetTicketId": str(other), "linkType": link_type}
    response = person.post(f"{TICKETS}/{one}/links", body)
    assert response.status_code == 201, response.text
    return dict(response.json)


@pytest.mark.parametrize("link_type", TYPES)
def test_each_ticket_sees_a_link_its_own_way(
    cy: Person, di: Person, tickets: list[dict[str, Any]], link_type: str
) -> None:
    made = link(cy, 1, link_type, tickets[1]["id"])
    inverse = INVERSES[link_type]
    assert made == {"id": made["id"], "linkType": link_type, "ticket": named(tickets[1])}
    assert di.get(LINKS).json == [made]
    other = {"id": made["id"], "linkType": inverse, "ticket": named(tickets[0])}
    assert di.get(f"{TICKETS}/2/links").json == [other]
    assert di.get(f"{TICKETS}/3/links").json == []


@pytest.mark.parametrize("link_type", ["BLOCKS", "Is_Blocked_By", "Relates_To"])
def test_a_type_comes_in_in_any_case(cy: Person, link_type: str) -> None:
    assert link(cy, 1, link_type, 2)["linkType"] == link_type.lower()


@pytest.mark.parametrize("reference", ["2", "PUNT-2", "punt-2"])
def test_the_other_ticket_is_named_by_number_or_key_too(cy: Person, reference: str) -> None:
    assert link(cy, 1, "blocks", reference)["ticket"]["key"] == "PUNT-2"


def test_they_are_listed_oldest_first_and_in_pages(cy: Person, di: Person) -> None:
    made = [link(cy, 1, "blocks", 2), link(cy, 1, "clones", 3), link(cy, 1, "relates_to", 2)]
    assert di.get(LINKS).json == made
    first = di.get(f"{LINKS}?limit=2")
    assert first.json == made[:2]
    assert first.headers["X-Total-Count"] == "3"
    path = first.headers["Link"].partition("/api")[2].partition(">")[0]
    assert di.get(path).json == made[2:]


# Repeats


@pytest.mark.parametrize("link_type", TYPES)
def test_a_repeat_is_refused_from_either_side(cy: Person, stored: Any, link_type: str) -> None:
    link(cy, 1, link_type, 2)
    before = stored()
    for one, type_, other in ((1, link_type, "2"), (2, INVERSES[link_type], "PUNT-1")):
        body = {"targetTicketId": other, "linkType": type_}
        response = cy.post(f"{TICKETS}/{one}/links", body)
        assert response.status_code == 400
        assert response.json == {"error": "These tickets are linked in this way already"}
    assert stored() == before


def test_two_tickets_may_be_linked_in_several_ways(cy: Person) -> None:
    for link_type in TYPES:
        link(cy, 1, link_type, 2)
    assert [each["linkType"] for each in cy.get(LINKS).json] == TYPES
    seen = [each["linkType"] for each in cy.get(f"{TICKETS}/2/links").json]
    assert seen == [INVERSES[link_type] for link_type in TYPES]


def test_a_link_may_be_made_again_when_it_is_gone(cy: Person) -> None:
    made = link(cy, 1, "blocks", 2)
    cy.delete(f"{LINKS}/{made['id']}")
    link(cy, 2, "is_blocked_by", 1)


@pytest.mark.parametrize("link_type", TYPES)
@pytest.mark.parametrize("reference", ["1", "PUNT-1", "punt-1"])
def test_a_ticket_is_not_linked_to_itself(
    cy: Person, stored: Any, link_type: str, reference: str
) -> None:
    before = stored()
    response = cy.post(LINKS, {"targetTicketId": reference, "linkType": link_type})
    assert response.status_code == 400
    assert response.json == {"error": "A ticket cannot be linked to itself"}
    assert stored() == before


# Refusals


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"targetTicketId", "linkType"}),
        ({"linkType": "blocks"}, {"targetTicketId"}),
        ({"targetTicketId": "2"}, {"linkType"}),
        ({"targetTicketId": "2", "linkType": "hates"}, {"linkType"}),
        ({"targetTicketId": "2", "linkType": None}, {"linkType"}),
        ({"targetTicketId": "2", "linkType": 1}, {"linkType"}),
        ({"targetTicketId": None, "linkType": "blocks"}, {"targetTicketId"}),
        ({"targetTicketId": 2, "linkType": "blocks"}, {"targetTicketId"}),
        ({"targetTicketId": {"id": "2"}, "linkType": "blocks"}, {"targetTicketId"}),
        ({"targetTicketId": "77", "linkType": "blocks"}, {"targetTicketId"}),
        ({"targetTicketId": UNKNOWN_ID, "linkType": "blocks"}, {"targetTicketId"}),
        ({"targetTicketId": "OTHER-1", "linkType": "blocks"}, {"targetTicketId"}),
        ({"targetTicketId": "2", "linkType": "blocks", "sourceId": "3"}, {"sourceId"}),
        ({"targetTicketId": "2", "linkType": "blocks", "id": UNKNOWN_ID}, {"id"}),
    ],
)
def test_a_wrong_link_is_refused(
    cy: Person, stored: Any, body: dict[str, Any], fields: set[str]
) -> None:
    before = stored()
    assert details(cy.post(LINKS, body)).keys() == fields
    assert stored() == before


def test_no_link_leads_to_another_project(app: Flask, cy: Person, stored: Any) -> None:
    make_project(app, "MINE", {cy: "owner"})
    mine = cy.post("/projects/MINE/tickets", {"title": "Mine too"}).json
    before = stored()
    for reference in (mine["id"], "MINE-1"):
        body = {"targetTicketId": reference, "linkType": "blocks"}
        assert details(cy.post(LINKS, body)).keys() == {"targetTicketId"}
    assert stored() == before


def test_viewers_and_strangers_link_nothing(
    cy: Person, di: Person, ed: Person, stored: Any
) -> None:
    made = link(cy, 1, "blocks", 2)
    before = stored()
    for person in (di, ed):
        body = {"targetTicketId": "3", "linkType": "blocks"}
        assert person.post(LINKS, body).status_code == 403
        assert person.delete(f"{LINKS}/{made['id']}").status_code == 403
    assert ed.get(LINKS).status_code == 403
    assert stored() == before


def test_a_link_is_found_only_on_its_own_tickets(app: Flask, cy: Person, stored: Any) -> None:
    made = link(cy, 1, "blocks", 2)
    make_project(app, "MINE", {cy: "owner"})
    cy.post("/projects/MINE/tickets", {"title": "Mine"})
    before = stored()
    for path in (f"{TICKETS}/3", "/projects/MINE/tickets/1"):
        answer = cy.delete(f"{path}/links/{made['id']}")
        assert (answer.status_code, answer.json) == (404, {"error": "Link not found"})
    assert cy.delete(f"{LINKS}/{UNKNOWN_ID}").status_code == 404
    assert stored() == before


# The end of a link


@pytest.mark.parametrize("side", [1, 2])
def test_it_is_removed_from_either_side(cy: Person, side: int) -> None:
    made = link(cy, 1, "blocks", 2)
    stays = link(cy, 1, "blocks", 3)
    response = cy.delete(f"{TICKETS}/{side}/links/{made['id']}")
    assert (response.status_code, response.json) == (200, {"success": True})
    assert cy.get(LINKS).json == [stays]
    assert cy.get(f"{TICKETS}/2/links").json == []
    assert cy.delete(f"{LINKS}/{made['id']}").status_code == 404


@pytest.mark.parametrize(("gone", "other"), [(1, 2), (2, 1)])
def test_it_goes_with_either_ticket(cy: Person, gone: int, other: int) -> None:
    link(cy, 1, "blocks", 2)
    cy.delete(f"{TICKETS}/{gone}")
    assert cy.get(f"{TICKETS}/{other}/links").json == []


# Events and revisions


def test_each_change_is_told_once_with_the_ticket(
    app: Flask, cy: Person, di: Person, tickets: list[dict[str, Any]]
) -> None:
    heard = listen(app, di, "PUNT")
    made = link(cy, 1, "is_blocked_by", 2)
    cy.delete(f"{TICKETS}/2/links/{made['id']}")

    assert kinds(heard) == ["link.created", "link.deleted"]
    assert [each["data"] for each in heard()] == [made, {"id": made["id"]}]
    assert [each["ticketId"] for each in heard()] == [tickets[0]["id"], tickets[1]["id"]]


def test_a_link_changes_the_project_but_neither_ticket(
    cy: Person, tickets: list[dict[str, Any]]
) -> None:
    tags = [cy.get(f"{TICKETS}/{number}").headers["ETag"] for number in (1, 2)]
    seen = cy.get(f"{TICKETS}/2/links").headers["ETag"]
    link(cy, 1, "blocks", 2)

    answer = cy.get(f"{TICKETS}/2/links", headers={"If-None-Match": seen})
    assert answer.status_code == 200
    assert cy.get(TICKETS).json == tickets
    for number, tag in enumerate(tags, 1):
        changed = cy.patch(f"{TICKETS}/{number}", {"title": "New"}, headers={"If-Match": tag})
        assert changed.status_code == 200


def test_a_link_shows_what_the_other_ticket_is_called_now(cy: Person) -> None:
    link(cy, 1, "blocks", 2)
    seen = cy.get(LINKS).headers["ETag"]
    cy.patch(f"{TICKETS}/2", {"title": "Renamed", "type": "Epic"})
    (shown,) = cy.get(LINKS, headers={"If-None-Match": seen}).json
    assert (shown["ticket"]["title"], shown["ticket"]["type"]) == ("Renamed", "Epic")


# Any sequence of links

_examples = count(1)
STEP = st.tuples(st.integers(1, 3), st.sampled_from(TYPES), st.integers(1, 3))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, max_size=15))
@example(steps=[(1, "relates_to", 2), (2, "relates_to", 1)])
def test_both_sides_see_inverse_types_of_the_same_links(
    app: Flask, cy: Person, steps: list[tuple[int, str, int]]
) -> None:
    key = make_project(app, f"P{next(_examples)}", {cy: "owner"})
    path = f"/projects/{key}/tickets"
    for _ in range(3):
        cy.post(path, {"title": "x"})
    expected: set[tuple[int, str, int]] = set()
    for one, link_type, other in steps:
        body = {"targetTicketId": str(other), "linkType": link_type}
        is_new = one != other and (one, link_type, other) not in expected
        assert cy.post(f"{path}/{one}/links", body).status_code == (201 if is_new else 400)
        if is_new:
            expected |= {(one, link_type, other), (other, INVERSES[link_type], one)}
    assert seen(cy, path) == expected


def seen(who: Person, path: str) -> set[tuple[int, str, int]]:
    """Who is linked how to whom; asserts that each link is seen from exactly its two tickets."""
    found: dict[str, list[tuple[int, str, int]]] = {}
    for number in (1, 2, 3):
        for each in who.get(f"{path}/{number}/links").json:
            other = int(each["ticket"]["key"].partition("-")[2])
            found.setdefault(each["id"], []).append((number, each["linkType"], other))
    for (one, link_type, other), mirrored in found.values():
        assert mirrored == (other, INVERSES[link_type], one)
    return {side for sides in found.values() for side in sides}
