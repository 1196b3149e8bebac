"""What people do with the sprints of PUNT, and what they see of them."""

from typing import Any

from tests.conftest import Answer, Person

SPRINTS = "/projects/PUNT/sprints"
SETTINGS = f"{SPRINTS}/settings"
TICKETS = "/projects/PUNT/tickets"


def planned(who: Person, **fields: Any) -> dict[str, Any]:
    """A sprint that someone plans, as it was answered."""
    response = who.post(SPRINTS, fields)
    assert response.status_code == 201, response.text
    return dict(response.json)


def started(who: Person, **fields: Any) -> dict[str, Any]:
    """A sprint that someone plans and starts, as the start was answered."""
    return ok(start(who, planned(who, **fields)["id"]))


def start(who: Person, sprint_id: str, **dates: Any) -> Answer:
    return who.post(f"{SPRINTS}/{sprint_id}/start", dates)


def complete(who: Person, sprint_id: str, **fields: Any) -> Answer:
    return who.post(f"{SPRINTS}/{sprint_id}/complete", fields)


def extend(who: Person, sprint_id: str, new_end: Any) -> Answer:
    return who.post(f"{SPRINTS}/{sprint_id}/extend", {"newEndDate": new_end})


def ok(response: Answer) -> dict[str, Any]:
    """What a request was answered that went well."""
    assert response.status_code == 200, response.text
    return dict(response.json)


def sprint(who: Person, sprint_id: str) -> dict[str, Any]:
    """A sprint as it is now, with its tickets and their history."""
    return ok(who.get(f"{SPRINTS}/{sprint_id}"))


def ticket(who: Person, number: int) -> dict[str, Any]:
    """A ticket as it is now."""
    return ok(who.get(f"{TICKETS}/{number}"))


def put(who: Person, number: int, **changes: Any) -> dict[str, Any]:
    """A ticket after someone has changed it."""
    return ok(who.patch(f"{TICKETS}/{number}", changes))


def column_ids(who: Person) -> list[str]:
    """The columns To Do, In Progress and Done."""
    return [each["id"] for each in who.get("/projects/PUNT/columns").json]


def numbers_in(who: Person, sprint_id: str) -> list[int]:
    """The numbers of the tickets that are in a sprint."""
    return sorted(each["number"] for each in sprint(who, sprint_id)["tickets"])


def stays(who: Person, sprint_id: str) -> list[tuple[int, str, str | None]]:
    """A sprint's history: the ticket's number, how it came in, and how it left."""
    numbers = {each["id"]: each["number"] for each in who.get(TICKETS).json}
    return [
        (numbers[each["ticketId"]], each["entryType"], each["exitStatus"])
        for each in sprint(who, sprint_id)["ticketHistory"]
    ]


def counts(shown: dict[str, Any]) -> tuple[int, int, int, int, int]:
    """All, done and other tickets, done and other story points."""
    return (
        shown["ticketCount"],
        shown["completedTicketCount"],
        shown["incompleteTicketCount"],
        shown["completedStoryPoints"],
        shown["incompleteStoryPoints"],
    )
