"""Labels (contract, section 3)."""

from typing import Any

from flask import Response

from punt.api import pages
from punt.api.access import access
from punt.api.blueprint import Blueprint
from punt.events.log import Actor
from punt.models import Label as LabelModel
from punt.models import Project
from punt.tracker import labels
from schemas.base import Page, Success
from schemas.labels import Label, LabelPatch, NewLabel

blp = Blueprint(
    "labels", __name__, url_prefix="/projects/<project_id>/labels", description="Labels"
)


@blp.route("", methods=["GET"])
@access("label.view")
@blp.arguments(Page, location="query")
@blp.response(200, Label(many=True))
def list_labels(query: dict[str, Any], project: Project) -> Response:
    """The labels by name."""
    return pages.of(Label(), labels.list_of(project), query, key=lambda label: [label.name_key])


@blp.route("", methods=["POST"])
@access("label.edit")
@blp.arguments(NewLabel)
@blp.response(201, Label)
def create_label(values: dict[str, Any], project: Project, actor: Actor) -> LabelModel:
    """Make a label."""
    return labels.create(project, values, actor)


@blp.route("/<label_id>", methods=["PATCH"])
@access("label.edit")
@blp.arguments(LabelPatch)
@blp.response(200, Label)
def update_label(
    values: dict[str, Any], project: Project, label: LabelModel, actor: Actor
) -> LabelModel:
    """Change the name or color."""
    return labels.update(project, label, values, actor)


@blp.route("/<label_id>", methods=["DELETE"])
@access("label.edit")
@blp.response(200, Success)
def delete_label(project: Project, label: LabelModel, actor: Actor) -> dict[str, bool]:
    """Remove a label, from the tickets that carry it too."""
    labels.delete(project, label, actor)
    return {"success": True}
