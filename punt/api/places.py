"""Where in a project somebody reads, told without loading what is there: often nothing is new."""

from collections.abc import Mapping
from dataclasses import dataclass

from punt.api.callers import kept
from punt.errors import NotFound
from punt.tracker import permissions, projects, ticket_references
from punt.tracker.projects import Standing
from punt.tracker.ticket_references import Identity


@dataclass(frozen=True)
class Place:
    """What an answer to a GET depends on: a project, and the ticket if the URL names one.

    Whatever is read after this is as new as these revisions say, or newer.
    """

    project: Standing
    ticket: Identity | None


def find(action: str, references: Mapping[str, str], user_id: str) -> Place:
    """The place that a URL names, once it is known that the user may do `action` there."""
    reference = references["project_id"]
    project = kept(("standing", reference, user_id), lambda: projects.standing(reference, user_id))
    permissions.require(action, project.role)
    return Place(project, _ticket(project, references.get("ticket_id")))


def _ticket(project: Standing, reference: str | None) -> Identity | None:
    if reference is None:
        return None
    found = kept(
        ("ticket", project.project_id, reference),
        lambda: ticket_references.identify(project.project_id, project.key, reference),
    )
    if found is None:
        raise NotFound("Ticket")
    return found
