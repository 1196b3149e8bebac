"""Whatever changes in a ticket becomes one event and its history, however it came about."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy.orm.attributes import set_committed_value

from punt.database import iso, now
from punt.events import log
from punt.events.log import Actor
from punt.extensions import db
from punt.models import Project, Ticket
from punt.tracker import sprint_entries, ticket_documents, ticket_history
from punt.tracker.ticket_documents import Document


@contextmanager
def recorded(
    project: Project, tickets: Sequence[Ticket], actor: Actor
) -> Iterator[dict[str, Document]]:
    """Record what the block changes in `tickets`: an event each, none for what stays as it was.

    The dictionary that it gives holds the tickets as they are shown, by id, after the block.
    """
    ids = [ticket.id for ticket in tickets]
    before = ticket_documents.by_id(ids)
    shown: dict[str, Document] = {}
    yield shown
    db.session.flush()
    shown.update(ticket_documents.by_id(ids))
    sprint_entries.follow(
        [each for each in tickets if before[each.id]["sprintId"] != shown[each.id]["sprintId"]]
    )
    for ticket in tickets:
        _record(project, ticket, before[ticket.id], shown[ticket.id], actor)


def _record(
    project: Project,
    ticket: Ticket,
    before: Document,
    after: Document,
    actor: Actor,
) -> None:
    found = ticket_history.differences(before, after)
    if not found:
        return
    ticket_history.write(ticket, found, actor)
    # The log writes it, with the revision.
    set_committed_value(ticket, "updated_at", now())
    after["updatedAt"] = iso(ticket.updated_at)
    moved = {each.field for each in found} & {"columnId", "order"}
    type_ = "ticket.moved" if moved else "ticket.updated"
    log.record(type_, after, actor, project=project, ticket=ticket)
