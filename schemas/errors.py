"""The envelope of every failure."""

from marshmallow import fields

from schemas.base import Fields, Nested


class Detail(Fields):
    """One problem with the input; nested fields are dotted (`labelIds.2`)."""

    field = fields.String(required=True)
    message = fields.String(required=True)


class Error(Fields):
    """What every failure answers; `details` exactly when the input failed validation."""

    error = fields.String(required=True)
    details = Nested(Detail, many=True)
