"""Files that come in."""

from typing import Any

from marshmallow import fields

from schemas.base import Fields
from schemas.fields import Spoken


class File(Spoken, fields.Raw):
    """One file of a multipart form."""

    default_error_messages = {"invalid": "{label} must be one file"}

    def __init__(self, **options: Any) -> None:
        super().__init__(described={"type": "string", "format": "binary"}, **options)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not hasattr(value, "stream"):
            raise self.make_error("invalid")
        return value


class Upload(Fields):
    """A form with a file in it."""

    file = File(required=True)
