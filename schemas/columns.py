"""The columns of a board."""

from marshmallow import fields

from schemas.base import Fields, Patch, Query
from schemas.fields import Color, Id, Ids, Text, Whole


class NewColumn(Fields):
    """A new column; without an order it stands last."""

    name = Text(100, required=True)
    color = Color(allow_none=True)
    wip_limit = Whole(1, 10_000, allow_none=True)
    order = Whole(0, 2**31 - 1)


class ColumnPatch(NewColumn, Patch):
    """What may change in a column; `order` moves it."""


class ColumnOrder(Fields):
    """All the columns of a project, from left to right."""

    column_ids = Ids(500, least=1, required=True)


class ColumnRemoval(Query):
    """Where the tickets of a removed column go."""

    move_tickets_to = Id()


class Column(Fields):
    """A column and how many tickets stand in it."""

    id = fields.String()
    name = fields.String()
    order = fields.Integer(attribute="position")
    color = fields.String(allow_none=True)
    wip_limit = fields.Integer(allow_none=True)
    ticket_count = fields.Integer()
