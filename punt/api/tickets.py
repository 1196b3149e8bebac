"""Tickets (contract, section 4)."""

from typing import Any, cast

from flask import Response, jsonify

from punt.api import pages
from punt.api.access import access
from punt.api.blueprint import Blueprint
from punt.events.log import Actor
from punt.models import Project
from punt.models import Ticket as TicketModel
from punt.tracker import (
    bulk,
    ticket_documents,
    ticket_filters,
    ticket_history,
    ticket_lists,
    tickets,
)
from punt.tracker.addressing import Place
from punt.tracker.ticket_documents import json_list
from schemas.base import Page, Success
from schemas.tickets import (
    BulkDeleted,
    BulkDeletion,
    BulkUpdate,
    BulkUpdated,
    HistoryEntry,
    NewTicket,
    Ticket,
    TicketPatch,
    TicketQuery,
)

blp = Blueprint(
    "tickets",
    __name__,
    url_prefix="/projects/<project_id>/tickets",
    description="Tickets",
)

Reply = tuple[Response, int]


def as_json(text: str) -> Response:
    """An answer that is JSON already."""
    return Response(text, mimetype="application/json")


@blp.route("", methods=["GET"])
@access("ticket.view")
@blp.arguments(TicketQuery, location="query")
@blp.response(200, Ticket(many=True))
def list_tickets(query: dict[str, Any], project: Project, actor: Actor) -> Response:
    """The tickets that the filters admit; by column, then position, unless sorted otherwise."""
    filters = ticket_filters.filters(project, actor.user_id, query)
    sort = query.get("sort", "order")
    if not pages.is_paged(query):
        return as_json(json_list(ticket_lists.whole(project, filters, sort)))
    limit, after = pages.limit_of(query), pages.place_of(query)
    page = ticket_lists.page(project, filters, sort, limit, after)
    return pages.respond(json_list(page.tickets), page.total, page.next_place)


@blp.route("", methods=["POST"])
@access("ticket.create")
@blp.arguments(NewTicket)
@blp.response(201, Ticket)
def create_ticket(values: dict[str, Any], project: Project, actor: Actor) -> Reply:
    """File a ticket."""
    return jsonify(tickets.create(project, values, actor)), 201


@blp.route("", methods=["PATCH"])
@access("ticket.edit")
@blp.arguments(BulkUpdate)
@blp.response(200, BulkUpdated)
def update_tickets(values: dict[str, Any], project: Project, actor: Actor) -> Response:
    """Make the same changes to up to 500 tickets, to all or none."""
    found = bulk.update(project, values["ticket_ids"], values["updates"], actor)
    return jsonify({"updated": len(found), "tickets": found})


@blp.route("", methods=["DELETE"])
@access("ticket.delete")
@blp.arguments(BulkDeletion)
@blp.response(200, BulkDeleted)
def delete_tickets(values: dict[str, Any], project: Project, actor: Actor) -> dict[str, Any]:
    """Delete up to 500 tickets, all or none."""
    return {"success": True, "deleted": bulk.delete(project, values["ticket_ids"], actor)}


@blp.route("/<ticket_id>", methods=["GET"])
@access("ticket.view")
@blp.response(200, Ticket)
def show_ticket(place: Place) -> Response:
    """One ticket, by id, key or number."""
    return as_json(ticket_documents.json_of(cast(str, place.ticket_id)))


@blp.route("/<ticket_id>", methods=["PATCH"])
@access("ticket.edit")
@blp.arguments(TicketPatch)
@blp.response(200, Ticket)
def update_ticket(
    values: dict[str, Any], project: Project, ticket: TicketModel, actor: Actor
) -> Response:
    """Change the fields that are present; `columnId` and `order` move the ticket."""
    return jsonify(tickets.update(project, ticket, values, actor))


@blp.route("/<ticket_id>", methods=["DELETE"])
@access("ticket.delete")
@blp.response(200, Success)
def delete_ticket(project: Project, ticket: TicketModel, actor: Actor) -> dict[str, bool]:
    """Delete a ticket with its comments, attachments and links."""
    tickets.delete(project, ticket, actor)
    return {"success": True}


@blp.route("/<ticket_id>/history", methods=["GET"])
@access("ticket.view")
@blp.arguments(Page, location="query")
@blp.response(200, HistoryEntry(many=True))
def list_history(query: dict[str, Any], ticket: TicketModel) -> Response:
    """What changed, newest first: one entry for each changed field."""
    found = ticket_history.entries(ticket)
    return pages.of(HistoryEntry(), found, query, key=lambda entry: [entry["id"]], descending=True)
