"""Projects (contract, section 3)."""

from typing import Any

from flask import Response

from punt.api import pages
from punt.api.access import access
from punt.api.blueprint import Blueprint
from punt.events.log import Actor
from punt.models import Member
from punt.models import Project as ProjectModel
from punt.tracker import projects
from schemas.base import Page, Success
from schemas.projects import NewProject, Project, ProjectPatch

blp = Blueprint("projects", __name__, url_prefix="/projects", description="Projects")


@blp.route("", methods=["GET"])
@access("project.list")
@blp.arguments(Page, location="query")
@blp.response(200, Project(many=True))
def list_projects(query: dict[str, Any], actor: Actor) -> Response:
    """The projects you belong to, oldest first."""
    found = projects.list_of(actor.user_id)
    return pages.of(Project(), found, query, key=lambda project: [project["id"]])


@blp.route("", methods=["POST"])
@access("project.create")
@blp.arguments(NewProject)
@blp.response(201, Project)
def create_project(values: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """Start a project; you become its owner."""
    return projects.create(values, actor)


@blp.route("/<project_id>", methods=["GET"])
@access("project.view")
@blp.response(200, Project)
def show_project(project: ProjectModel, own: Member) -> dict[str, Any]:
    """One project, by id or key."""
    return projects.shown(project, own)


@blp.route("/<project_id>", methods=["PATCH"])
@access("project.edit")
@blp.arguments(ProjectPatch)
@blp.response(200, Project)
def update_project(
    values: dict[str, Any], project: ProjectModel, own: Member, actor: Actor
) -> dict[str, Any]:
    """Change the name, description or color."""
    return projects.update(project, own, values, actor)


@blp.route("/<project_id>", methods=["DELETE"])
@access("project.delete")
@blp.response(200, Success)
def delete_project(project: ProjectModel, actor: Actor) -> dict[str, bool]:
    """Remove a project and everything in it."""
    projects.delete(project, actor)
    return {"success": True}
