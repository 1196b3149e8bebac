"""Comments."""

from marshmallow import fields

from schemas.base import Fields, Nested, Patch
from schemas.fields import Moment, Text
from schemas.users import Person


class NewComment(Fields):
    """A remark, in Markdown."""

    content = Text(100_000, trim=False, required=True)


class CommentPatch(NewComment, Patch):
    """What may change in a comment."""


class Comment(Fields):
    """A remark on a ticket; without an author when the account is gone."""

    id = fields.String()
    content = fields.String()
    author = Nested(Person, allow_none=True)
    created_at = Moment()
    updated_at = Moment()
