"""Links between tickets (contract, section 4)."""

from typing import Any

from flask import Response

from punt.api import pages
from punt.api.access import access
from punt.api.blueprint import Blueprint
from punt.events.log import Actor
from punt.models import Link as LinkModel
from punt.models import Project, Ticket
from punt.tracker import links
from schemas.base import Page, Success
from schemas.links import Link, NewLink

blp = Blueprint(
    "links",
    __name__,
    url_prefix="/projects/<project_id>/tickets/<ticket_id>/links",
    description="Links between tickets",
)


@blp.route("", methods=["GET"])
@access("link.view")
@blp.arguments(Page, location="query")
@blp.response(200, Link(many=True))
def list_links(query: dict[str, Any], project: Project, ticket: Ticket) -> Response:
    """How a ticket relates to others, oldest link first."""
    return pages.of(Link(), links.list_of(project, ticket), query, key=lambda link: [link["id"]])


@blp.route("", methods=["POST"])
@access("link.edit")
@blp.arguments(NewLink)
@blp.response(201, Link)
def create_link(
    values: dict[str, str], project: Project, ticket: Ticket, actor: Actor
) -> dict[str, Any]:
    """Link a ticket to another; the other sees the inverse."""
    return links.connect(project, ticket, values["target_ticket_id"], values["link_type"], actor)


@blp.route("/<link_id>", methods=["DELETE"])
@access("link.edit")
@blp.response(200, Success)
def delete_link(project: Project, ticket: Ticket, link: LinkModel, actor: Actor) -> dict[str, bool]:
    """Remove a link, from both tickets."""
    links.disconnect(project, ticket, link, actor)
    return {"success": True}
