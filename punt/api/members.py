"""Who belongs to a project (contract, section 3, members)."""

from typing import Any

from flask import Response

from punt.api import pages
from punt.api.access import access
from punt.api.blueprint import Blueprint
from punt.events.log import Actor
from punt.models import Member as MemberModel
from punt.models import Project
from punt.tracker import members
from schemas.base import Page, Success
from schemas.members import Member, MemberPatch, NewMember

blp = Blueprint(
    "members",
    __name__,
    url_prefix="/projects/<project_id>/members",
    description="Who belongs to a project",
)


@blp.route("", methods=["GET"])
@access("member.view")
@blp.arguments(Page, location="query")
@blp.response(200, Member(many=True))
def list_members(query: dict[str, Any], project: Project) -> Response:
    """The members, in the order in which they joined."""
    found = members.list_of(project)
    return pages.of(Member(), found, query, key=lambda member: [member.id])


@blp.route("", methods=["POST"])
@access("member.manage")
@blp.arguments(NewMember)
@blp.response(201, Member)
def add_member(
    values: dict[str, str], project: Project, own: MemberModel, actor: Actor
) -> MemberModel:
    """Let a person in, by user id or user name."""
    return members.add(project, own, values, actor)


@blp.route("/<member_id>", methods=["PATCH"])
@access("member.manage")
@blp.arguments(MemberPatch)
@blp.response(200, Member)
def update_member(
    values: dict[str, str], project: Project, own: MemberModel, member: MemberModel, actor: Actor
) -> MemberModel:
    """Give a member another role."""
    return members.change_role(project, own, member, values.get("role", member.role), actor)


@blp.route("/<member_id>", methods=["DELETE"])
@access("member.remove")
@blp.response(200, Success)
def remove_member(
    project: Project, own: MemberModel, member: MemberModel, actor: Actor
) -> dict[str, bool]:
    """Put a member out, or leave."""
    members.remove(project, own, member, actor)
    return {"success": True}
