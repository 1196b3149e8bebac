"""What all schemas have in common: camelCase, strictness, partial updates, pages."""

from typing import Any

from marshmallow import RAISE, Schema, fields

from schemas.fields import QueryWhole, Spoken, Text
from schemas.vocabulary import camel


class Fields(Schema):
    """Base of every schema: camelCase names, unknown fields refused (contract, section 1)."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "Unknown field", "type": "The body must be a JSON object"}

    # Whether a request may come without a body, meaning one with no fields.
    body_optional = False

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        if field_obj.data_key is None:
            field_obj.data_key = camel(field_name)


class Patch(Fields):
    """Base of partial updates: every field may be absent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"partial": True, **options})


class Nested(Spoken, fields.Nested):
    """Another schema inside this one."""

    default_error_messages = {"type": "{label} must be an object"}

    def __init__(self, schema: type[Schema], **options: Any) -> None:
        super().__init__(schema, **options)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, dict):
            raise self.make_error("type")
        return super()._deserialize(value, *args, **kwargs)


class Success(Fields):
    """What a DELETE answers."""

    success = fields.Boolean(dump_default=True)


class Query(Fields):
    """Base of what may stand in a query string."""

    error_messages = {"unknown": "Unknown parameter"}


class Page(Query):
    """The query parameters that page through a list."""

    limit = QueryWhole(1, 500)
    cursor = Text(500)
