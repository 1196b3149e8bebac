"""Pictures of people (contract, section 2, me)."""

from pathlib import Path

from werkzeug import Response

from punt.api import downloads, uploads
from punt.api.access import access, storing
from punt.api.blueprint import Blueprint
from punt.events.log import Actor
from punt.models import User
from punt.tracker import accounts, avatars
from schemas.avatars import Avatar
from schemas.base import Success
from schemas.uploads import Upload

blp = Blueprint("avatars", __name__, description="Pictures of people")


@blp.route("/me/avatar", methods=["POST"])
@uploads.limit
@access("account.edit", upload=avatars.MOST_BYTES)
@blp.arguments(Upload, location="files")
@storing(lambda caller, given: avatars.received(caller.user_id, given.stream))
@blp.response(200, Avatar)
def change_avatar(file: str, actor: Actor) -> User:
    """Show a picture of yourself: a JPEG, PNG, GIF or WebP image of up to 2 MB."""
    return accounts.change_avatar(actor, file)


@blp.route("/me/avatar", methods=["DELETE"])
@access("account.edit")
@blp.response(200, Success)
def delete_avatar(actor: Actor) -> dict[str, bool]:
    """Show no picture of yourself."""
    accounts.change_avatar(actor, None)
    return {"success": True}


@blp.route("/avatars/<avatar_id>", methods=["GET"])
@access("avatar.view", streams=True)
@blp.response(200, content_type=avatars.MIME_TYPE)
def show_avatar(avatar: Path) -> Response:
    """Somebody's picture; each has an address of its own, so it may be kept for good."""
    response = downloads.send(avatar, avatars.MIME_TYPE, "avatar.webp")
    response.cache_control.no_cache = None
    response.cache_control.max_age = 365 * 24 * 60 * 60
    response.cache_control.immutable = True
    return response
