"""One's own account (contract, section 2, me)."""

from typing import Any

from punt.api.access import access
from punt.api.blueprint import Blueprint
from punt.api.callers import Caller
from punt.events.log import Actor
from punt.models import User
from punt.tracker import accounts
from schemas.users import Profile, ProfilePatch

blp = Blueprint("me", __name__, url_prefix="/me", description="Your own account")


@blp.route("", methods=["GET"])
@access("account.view")
@blp.response(200, Profile)
def show_profile(caller: Caller) -> User:
    """Your profile."""
    return accounts.get(caller.user_id)


@blp.route("", methods=["PATCH"])
@access("account.edit")
@blp.arguments(ProfilePatch)
@blp.response(200, Profile)
def update_profile(values: dict[str, Any], actor: Actor) -> User:
    """Change your name."""
    return accounts.change_profile(actor, values.get("name"))
