"""Labels."""

from marshmallow import fields

from schemas.base import Fields, Patch
from schemas.fields import Color, Text


class NewLabel(Fields):
    """A new label; its color is chosen when absent."""

    name = Text(50, required=True)
    color = Color(allow_none=True)


class LabelPatch(Patch):
    """What may change in a label."""

    name = Text(50)
    color = Color()


class Label(Fields):
    """A label."""

    id = fields.String()
    name = fields.String()
    color = fields.String()
