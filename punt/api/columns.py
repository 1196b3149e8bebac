"""The columns of a board (contract, section 3)."""

from typing import Any

from flask import Response

from punt.api import pages
from punt.api.access import access
from punt.api.blueprint import Blueprint
from punt.events.log import Actor
from punt.models import Column as ColumnModel
from punt.models import Project
from punt.tracker import columns
from schemas.base import Page, Success
from schemas.columns import Column, ColumnOrder, ColumnPatch, ColumnRemoval, NewColumn

blp = Blueprint(
    "columns",
    __name__,
    url_prefix="/projects/<project_id>/columns",
    description="The columns of a board",
)


@blp.route("", methods=["GET"])
@access("column.view")
@blp.arguments(Page, location="query")
@blp.response(200, Column(many=True))
def list_columns(query: dict[str, Any], project: Project) -> Response:
    """The columns from left to right."""
    found = columns.list_of(project)
    return pages.of(Column(), found, query, key=lambda column: [column["position"]])


@blp.route("", methods=["POST"])
@access("column.edit")
@blp.arguments(NewColumn)
@blp.response(201, Column)
def create_column(values: dict[str, Any], project: Project, actor: Actor) -> dict[str, Any]:
    """Add a column, on the right unless `order` says where."""
    return columns.create(project, values, actor)


@blp.route("/order", methods=["PUT"])
@access("column.edit")
@blp.arguments(ColumnOrder)
@blp.response(200, Column(many=True))
def reorder_columns(values: dict[str, Any], project: Project, actor: Actor) -> list[dict[str, Any]]:
    """Put all the columns in another order."""
    return columns.reorder(project, values["column_ids"], actor)


@blp.route("/<column_id>", methods=["PATCH"])
@access("column.edit")
@blp.arguments(ColumnPatch)
@blp.response(200, Column)
def update_column(
    values: dict[str, Any], project: Project, column: ColumnModel, actor: Actor
) -> dict[str, Any]:
    """Change the name, color, limit or place."""
    return columns.update(project, column, values, actor)


@blp.route("/<column_id>", methods=["DELETE"])
@access("column.edit")
@blp.arguments(ColumnRemoval, location="query")
@blp.response(200, Success)
def remove_column(
    query: dict[str, Any], project: Project, column: ColumnModel, actor: Actor
) -> dict[str, bool]:
    """Take a column away; its tickets go to `moveTicketsTo`."""
    columns.remove(project, column, query.get("move_tickets_to"), actor)
    return {"success": True}
