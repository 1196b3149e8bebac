"""Comments (contract, section 4)."""

from typing import Any

from flask import Response

from punt.api import pages
from punt.api.access import access
from punt.api.blueprint import Blueprint
from punt.events.log import Actor
from punt.models import Comment as CommentModel
from punt.models import Member, Project, Ticket
from punt.tracker import comments
from schemas.base import Page, Success
from schemas.comments import Comment, CommentPatch, NewComment

blp = Blueprint(
    "comments",
    __name__,
    url_prefix="/projects/<project_id>/tickets/<ticket_id>/comments",
    description="Comments",
)


@blp.route("", methods=["GET"])
@access("comment.view")
@blp.arguments(Page, location="query")
@blp.response(200, Comment(many=True))
def list_comments(query: dict[str, Any], ticket: Ticket) -> Response:
    """What was said about a ticket, oldest first."""
    found = comments.list_of(ticket)
    return pages.of(Comment(), found, query, key=lambda comment: [comment.id])


@blp.route("", methods=["POST"])
@access("comment.create")
@blp.arguments(NewComment)
@blp.response(201, Comment)
def create_comment(
    values: dict[str, str], project: Project, ticket: Ticket, actor: Actor
) -> CommentModel:
    """Say something about a ticket."""
    return comments.create(project, ticket, values["content"], actor)


@blp.route("/<comment_id>", methods=["PATCH"])
@access("comment.edit")
@blp.arguments(CommentPatch)
@blp.response(200, Comment)
def update_comment(
    values: dict[str, str], project: Project, ticket: Ticket, comment: CommentModel, actor: Actor
) -> CommentModel:
    """Change what you said."""
    return comments.edit(project, ticket, comment, values.get("content"), actor)


@blp.route("/<comment_id>", methods=["DELETE"])
@access("comment.edit")
@blp.response(200, Success)
def delete_comment(
    project: Project, own: Member, ticket: Ticket, comment: CommentModel, actor: Actor
) -> dict[str, bool]:
    """Take back what you said; admins may take away what others said."""
    comments.delete(project, own, ticket, comment, actor)
    return {"success": True}
