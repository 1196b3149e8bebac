"""Comments on tickets (contract, section 4)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from punt.database import now
from punt.errors import Forbidden
from punt.events import log
from punt.events.log import Actor
from punt.extensions import db
from punt.models import Comment, Member, Project, Ticket
from punt.tracker import finding, permissions


def list_of(ticket: Ticket) -> Sequence[Comment]:
    """The comments on a ticket, oldest first."""
    query = (
        select(Comment)
        .options(joinedload(Comment.author))
        .where(Comment.ticket_id == ticket.id)
        .order_by(Comment.id)
    )
    return db.session.scalars(query).all()


def get(ticket: Ticket, comment_id: str) -> Comment:
    """The comment on a ticket with this id; `NotFound` otherwise."""
    return finding.one(Comment, Comment.id == comment_id, Comment.ticket_id == ticket.id)


def create(project: Project, ticket: Ticket, content: str, actor: Actor) -> Comment:
    """Say something about a ticket."""
    comment = Comment(ticket_id=ticket.id, author_id=actor.user_id, content=content)
    db.session.add(comment)
    db.session.flush()
    log.record("comment.created", comment, actor, project=project, ticket=ticket)
    return comment


def edit(
    project: Project, ticket: Ticket, comment: Comment, content: str | None, actor: Actor
) -> Comment:
    """Say it differently; only its author may."""
    if comment.author_id != actor.user_id:
        raise Forbidden("Only the author may change a comment")
    if content is not None and content != comment.content:
        comment.content, comment.updated_at = content, now()
        log.record("comment.updated", comment, actor, project=project, ticket=ticket)
    return comment


def delete(project: Project, own: Member, ticket: Ticket, comment: Comment, actor: Actor) -> None:
    """Take a comment back, or as an admin take it away."""
    if comment.author_id != actor.user_id:
        permissions.require("comment.moderate", own.role)
    log.record("comment.deleted", comment, actor, project=project, ticket=ticket)
    db.session.delete(comment)
    db.session.flush()
