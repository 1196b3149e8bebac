"""Where in a project somebody reads, known without loading what is there: often nothing is new."""

from collections.abc import Mapping

from punt.api.callers import kept
from punt.errors import NotFound
from punt.tracker import addressing, permissions
from punt.tracker.addressing import Place


def find(action: str, references: Mapping[str, str], user_id: str) -> Place:
    """The place that a URL names, once it is known that the user may do `action` there.

    Whatever is read after this is as new as its revisions say, or newer.
    """
    project, ticket = references["project_id"], references.get("ticket_id")

    def allowed() -> Place:
        place = addressing.place(project, ticket, user_id)
        permissions.require(action, place.role)
        if ticket is not None and place.ticket_id is None:
            raise NotFound("Ticket")
        return place

    # What is refused is not kept: a stranger could ask for whatever comes to mind.
    return kept(("place", action, project, ticket, user_id), allowed)
