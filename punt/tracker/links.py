"""Links between tickets: one row, seen from both sides (contract, section 4)."""

from typing import Any

from sqlalchemy import case, exists, or_, select

from punt.errors import Invalid, RuleBroken
from punt.events import log
from punt.events.log import Actor
from punt.extensions import db
from punt.models import Link, Project, Ticket
from punt.tracker import finding
from punt.tracker.ticket_references import find
from schemas.vocabulary import INVERSE_LINKS

# Of each pair of inverses, the one that is kept.
KEPT_TYPES = ("blocks", "duplicates", "clones", "relates_to")


def list_of(project: Project, ticket: Ticket) -> list[dict[str, Any]]:
    """The links of a ticket as it sees them, oldest first."""
    sides = or_(Link.source_id == ticket.id, Link.target_id == ticket.id)
    other_end = case((Link.source_id == ticket.id, Link.target_id), else_=Link.source_id)
    query = select(Link, Ticket).join(Ticket, Ticket.id == other_end).where(sides).order_by(Link.id)
    return [_seen(project, ticket, *row) for row in db.session.execute(query)]


def get(ticket: Ticket, link_id: str) -> Link:
    """The link of a ticket with this id, whichever side it is on; `NotFound` otherwise."""
    sides = or_(Link.source_id == ticket.id, Link.target_id == ticket.id)
    return finding.one(Link, Link.id == link_id, sides)


def _seen(project: Project, ticket: Ticket, link: Link, other: Ticket) -> dict[str, Any]:
    """A link with another ticket as `ticket` sees it."""
    is_source = link.source_id == ticket.id
    return {
        "id": link.id,
        "link_type": link.link_type if is_source else INVERSE_LINKS[link.link_type],
        "ticket": {
            "id": other.id,
            "key": f"{project.key}-{other.number}",
            "title": other.title,
            "type": other.type,
        },
    }


def connect(
    project: Project, ticket: Ticket, target_reference: str, link_type: str, actor: Actor
) -> dict[str, Any]:
    """Link a ticket to another of its project, unless they are so linked already."""
    target = find(project, target_reference)
    if target is None:
        raise Invalid([("targetTicketId", "Target ticket is not in this project")])
    if target.id == ticket.id:
        raise RuleBroken("A ticket cannot be linked to itself")
    source_id, target_id, kept_type = as_kept(ticket.id, target.id, link_type)
    same = exists().where(
        Link.source_id == source_id, Link.target_id == target_id, Link.link_type == kept_type
    )
    if db.session.scalar(select(same)):
        raise RuleBroken("These tickets are linked in this way already")
    link = Link(source_id=source_id, target_id=target_id, link_type=kept_type)
    db.session.add(link)
    db.session.flush()
    answer = _seen(project, ticket, link, target)
    log.record("link.created", answer, actor, project=project, ticket=ticket)
    return answer


def as_kept(from_id: str, to_id: str, link_type: str) -> tuple[str, str, str]:
    """The one form in which a link is kept, from whichever side it was made."""
    if link_type not in KEPT_TYPES:
        return to_id, from_id, INVERSE_LINKS[link_type]
    if INVERSE_LINKS[link_type] == link_type:
        return min(from_id, to_id), max(from_id, to_id), link_type
    return from_id, to_id, link_type


def disconnect(project: Project, ticket: Ticket, link: Link, actor: Actor) -> None:
    """Remove a link, from both tickets."""
    log.record("link.deleted", link, actor, project=project, ticket=ticket)
    db.session.delete(link)
    db.session.flush()
