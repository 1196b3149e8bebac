"""Members of a project."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schemas.base import Fields, Nested, Patch
from schemas.fields import Id, Text, Word
from schemas.users import Person
from schemas.vocabulary import ROLES


class NewMember(Fields):
    """A person to be let in, named by id or user name."""

    user_id = Id()
    username = Text(30)
    role = Word(ROLES, required=True)

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _names_one_person(self, values: Any, body: Any, **kwargs: Any) -> None:
        if isinstance(body, dict) and ("userId" in body) == ("username" in body):
            raise ValidationError("Either a user id or a user name is required", "userId")


class MemberPatch(Patch):
    """What may change in a membership."""

    role = Word(ROLES)


class Member(Fields):
    """A person's place in a project."""

    id = fields.String()
    user_id = fields.String()
    project_id = fields.String()
    role = Word(ROLES)
    user = Nested(Person)
