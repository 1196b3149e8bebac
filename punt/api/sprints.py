"""Sprints (contract, section 5)."""

from typing import Any

from flask import Response, jsonify
from orjson import Fragment

from punt.api import pages
from punt.api.access import access
from punt.api.blueprint import Blueprint
from punt.events.log import Actor
from punt.models import Member, Project
from punt.models import Sprint as SprintModel
from punt.tracker import sprint_completion, sprint_entries, sprint_settings, sprints, ticket_lists
from schemas.base import Success
from schemas.sprints import (
    NewSprint,
    Sprint,
    SprintCompletion,
    SprintDetail,
    SprintEntry,
    SprintExtension,
    SprintPatch,
    SprintQuery,
    SprintSettings,
    SprintSettingsPatch,
    SprintStart,
)

blp = Blueprint(
    "sprints", __name__, url_prefix="/projects/<project_id>/sprints", description="Sprints"
)


@blp.route("", methods=["GET"])
@access("sprint.view")
@blp.arguments(SprintQuery, location="query")
@blp.response(200, Sprint(many=True))
def list_sprints(query: dict[str, Any], project: Project) -> Response:
    """The sprints, oldest first."""
    found = sprints.list_of(project, query.get("status"))
    return pages.of(Sprint(), found, query, key=lambda sprint: [sprint["id"]])


@blp.route("", methods=["POST"])
@access("sprint.edit")
@blp.arguments(NewSprint)
@blp.response(201, Sprint)
def create_sprint(values: dict[str, Any], project: Project, actor: Actor) -> dict[str, Any]:
    """Plan a sprint."""
    return sprints.create(project, values, actor)


@blp.route("/active", methods=["GET"])
@access("sprint.view")
@blp.response(200, Sprint)
def show_active_sprint(project: Project) -> Response:
    """The sprint that is under way, or null."""
    sprint = sprints.active(project)
    return jsonify(Sprint().dump(sprints.shown(project, sprint)) if sprint else None)


@blp.route("/settings", methods=["GET"])
@access("sprint.view")
@blp.response(200, SprintSettings)
def show_sprint_settings(project: Project) -> dict[str, Any]:
    """How the project runs its sprints."""
    return sprint_settings.shown(project)


@blp.route("/settings", methods=["PATCH"])
@access("sprint.edit")
@blp.arguments(SprintSettingsPatch)
@blp.response(200, SprintSettings)
def update_sprint_settings(
    values: dict[str, Any], project: Project, own: Member, actor: Actor
) -> dict[str, Any]:
    """Change how the project runs its sprints."""
    return sprint_settings.update(project, own, values, actor)


@blp.route("/<sprint_id>", methods=["GET"])
@access("sprint.view")
@blp.response(200, SprintDetail)
def show_sprint(project: Project, sprint: SprintModel) -> Response:
    """A sprint with its tickets, and with every ticket that was ever in it."""
    answer = Sprint().dump(sprints.shown(project, sprint))
    answer["tickets"] = [Fragment(json) for json in ticket_lists.in_sprint(project, sprint.id)]
    answer["ticketHistory"] = SprintEntry(many=True).dump(sprint_entries.of(sprint))
    return jsonify(answer)


@blp.route("/<sprint_id>", methods=["PATCH"])
@access("sprint.edit")
@blp.arguments(SprintPatch)
@blp.response(200, Sprint)
def update_sprint(
    values: dict[str, Any], project: Project, sprint: SprintModel, actor: Actor
) -> dict[str, Any]:
    """Change the name, goal or dates."""
    return sprints.update(project, sprint, values, actor)


@blp.route("/<sprint_id>", methods=["DELETE"])
@access("sprint.edit")
@blp.response(200, Success)
def delete_sprint(project: Project, sprint: SprintModel, actor: Actor) -> dict[str, bool]:
    """Give up a planned sprint; its tickets go to the backlog."""
    sprints.delete(project, sprint, actor)
    return {"success": True}


@blp.route("/<sprint_id>/start", methods=["POST"])
@access("sprint.edit")
@blp.arguments(SprintStart)
@blp.response(200, Sprint)
def start_sprint(
    values: dict[str, Any], project: Project, sprint: SprintModel, actor: Actor
) -> dict[str, Any]:
    """Begin a planned sprint."""
    return sprints.start(project, sprint, values, actor)


@blp.route("/<sprint_id>/complete", methods=["POST"])
@access("sprint.edit")
@blp.arguments(SprintCompletion)
@blp.response(200, Sprint)
def complete_sprint(
    values: dict[str, Any], project: Project, sprint: SprintModel, actor: Actor
) -> dict[str, Any]:
    """End the active sprint and send what is not done where `incompleteAction` says."""
    action, next_id = values.get("incomplete_action"), values.get("next_sprint_id")
    return sprint_completion.complete(project, sprint, action, next_id, actor)


@blp.route("/<sprint_id>/extend", methods=["POST"])
@access("sprint.edit")
@blp.arguments(SprintExtension)
@blp.response(200, Sprint)
def extend_sprint(
    values: dict[str, Any], project: Project, sprint: SprintModel, actor: Actor
) -> dict[str, Any]:
    """Give the active sprint more time."""
    return sprints.extend(project, sprint, values["new_end_date"], actor)
