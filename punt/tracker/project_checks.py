"""Whether what an exported project says of itself can be true, before any of it is written."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from punt.database import folded
from punt.tracker.attachments import MOST_ON_A_TICKET
from punt.tracker.links import as_kept
from punt.tracker.sprints import COUNTS
from schemas.vocabulary import camel

Values = dict[str, Any]
Problem = tuple[str, str]


@dataclass
class Document:
    """An exported project, each of whose parts has the right form.

    The content of an attachment is a file by now, whose name is the attachment's `id`.
    """

    project: Values = field(default_factory=dict)
    members: list[Values] = field(default_factory=list)
    columns: list[Values] = field(default_factory=list)
    labels: list[Values] = field(default_factory=list)
    sprints: list[Values] = field(default_factory=list)
    tickets: list[Values] = field(default_factory=list)
    links: list[Values] = field(default_factory=list)
    attachments: list[Values] = field(default_factory=list)


def problems(document: Document) -> Iterator[Problem]:
    """What is wrong, as pairs of the place and a sentence."""
    if not document.project:
        yield "project", "Project is required"
        return
    if not document.columns:
        yield "columns", "Columns are required"
    yield from _repeated("members", [folded(each["username"]) for each in document.members])
    yield from _repeated("labels", [folded(each["name"]) for each in document.labels])
    yield from _repeated("tickets", [each["number"] for each in document.tickets])
    yield from _in_sprints(document)
    yield from _in_tickets(document)
    yield from _in_columns(document)
    yield from _in_parents(document)
    yield from _beside_tickets(document)


def _repeated(where: str, names: Iterable[Any]) -> Iterator[Problem]:
    seen: set[Any] = set()
    for place, name in enumerate(names):
        if name in seen:
            yield f"{where}.{place}", f"{name} stands there twice"
        seen.add(name)


def _in_sprints(document: Document) -> Iterator[Problem]:
    numbers = {ticket["number"] for ticket in document.tickets}
    under_way = 0
    for place, sprint in enumerate(document.sprints):
        where = f"sprints.{place}"
        under_way += sprint["status"] == "active"
        is_over = sprint["status"] == "completed"
        if any((sprint[name] is not None) != is_over for name in (*COUNTS, "completed_at")):
            yield where, "Counts and completedAt belong to a completed sprint, all of them"
        for stay, entry in enumerate(sprint["entries"]):
            if entry["ticket"] not in numbers:
                yield f"{where}.entries.{stay}.ticket", "There is no such ticket"
    if under_way > 1:
        yield "sprints", "Only one sprint may be active"


def _in_tickets(document: Document) -> Iterator[Problem]:
    labels = {folded(label["name"]) for label in document.labels}
    sprints, columns = len(document.sprints), len(document.columns)
    for place, ticket in enumerate(document.tickets):
        where = f"tickets.{place}"
        if ticket["number"] > document.project["last_number"]:
            yield f"{where}.number", "Number is above the project's lastNumber"
        if ticket["column"] >= columns:
            yield f"{where}.column", "There is no such column"
        for name in ("sprint", "carried_from_sprint"):
            if ticket[name] is not None and ticket[name] >= sprints:
                yield f"{where}.{camel(name)}", "There is no such sprint"
        names = [folded(name) for name in ticket["labels"]]
        if not labels.issuperset(names):
            yield f"{where}.labels", "There is no such label"
        yield from _repeated(f"{where}.labels", names)
        yield from _repeated(f"{where}.watchers", map(folded, ticket["watchers"]))


def _in_columns(document: Document) -> Iterator[Problem]:
    orders: dict[int, list[int]] = defaultdict(list)
    for ticket in document.tickets:
        orders[ticket["column"]].append(ticket["order"])
    for column, found in orders.items():
        if sorted(found) != list(range(len(found))):
            yield f"columns.{column}", "The orders of its tickets must be 0, 1, 2 and so on"


def _in_parents(document: Document) -> Iterator[Problem]:
    parents = {ticket["number"]: ticket["parent"] for ticket in document.tickets}
    # Those from which one comes to an end, going from parent to parent.
    ending: set[int | None] = {None}
    for place, ticket in enumerate(document.tickets):
        path: dict[int, None] = {}
        number = ticket["number"]
        while number not in ending and number in parents and number not in path:
            path[number] = None
            number = parents[number]
        if number in ending:
            ending.update(path)
        elif number in parents:
            yield f"tickets.{place}.parent", "Parents go round in a circle"
        else:
            yield f"tickets.{place}.parent", "There is no such ticket"


def _beside_tickets(document: Document) -> Iterator[Problem]:
    numbers = {ticket["number"] for ticket in document.tickets}
    for place, link in enumerate(document.links):
        ends = {link["source"], link["target"]}
        if len(ends) < 2 or not ends <= numbers:
            yield f"links.{place}", "A link needs two tickets"
    kept = (
        as_kept(str(each["source"]), str(each["target"]), each["link_type"])
        for each in document.links
    )
    yield from _repeated("links", (" ".join(each) for each in kept))
    counts = Counter(attachment["ticket"] for attachment in document.attachments)
    for number, count in counts.items():
        if number not in numbers:
            yield "attachments", f"There is no ticket {number}"
        if count > MOST_ON_A_TICKET:
            yield "attachments", f"Ticket {number} has more than {MOST_ON_A_TICKET}"
