"""Sign-ins, as their user sees them."""

from marshmallow import fields

from schemas.base import Fields
from schemas.fields import Moment


class Session(Fields):
    """A live session; `current` is the one that asks."""

    id = fields.String()
    created_at = Moment()
    last_used_at = Moment()
    expires = Moment()
    user_agent = fields.String(allow_none=True)
    ip = fields.String(allow_none=True)
    current = fields.Boolean()
