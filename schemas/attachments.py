"""Files on tickets."""

from marshmallow import fields

from schemas.base import Fields, Nested
from schemas.fields import Moment
from schemas.users import Person


class Attachment(Fields):
    """A file on a ticket; without an uploader when the account is gone."""

    id = fields.String()
    filename = fields.String()
    mime_type = fields.String()
    size = fields.Integer()
    url = fields.String()
    uploader = Nested(Person, allow_none=True)
    created_at = Moment()
