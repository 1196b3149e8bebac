"""Pictures of people."""

from marshmallow import fields

from schemas.base import Fields


class Avatar(Fields):
    """Where one's picture is; a path on this server."""

    avatar = fields.String()
