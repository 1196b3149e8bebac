"""Projects."""

from marshmallow import fields

from schemas.base import Fields, Patch
from schemas.fields import Color, Moment, Pattern, Text, Word
from schemas.vocabulary import ROLES


class ProjectPatch(Patch):
    """What may change in a project; its key never does."""

    name = Text(100)
    description = Text(100_000, trim=False, allow_none=True)
    color = Color()


class NewProject(Fields):
    """A new project."""

    name = Text(100, required=True)
    key = Pattern(
        r"[A-Za-z][A-Za-z0-9]{1,9}", "2 to 10 letters and digits, a letter first", required=True
    )
    description = Text(100_000, trim=False, allow_none=True)
    color = Color(allow_none=True)


class Project(Fields):
    """A project, with the caller's role in it."""

    id = fields.String()
    name = fields.String()
    key = fields.String()
    description = fields.String(allow_none=True)
    color = fields.String()
    role = Word(ROLES)
    ticket_count = fields.Integer()
    member_count = fields.Integer()
    created_at = Moment()
    updated_at = Moment()
