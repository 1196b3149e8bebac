"""Personal access tokens."""

from datetime import UTC, datetime
from typing import Any

from marshmallow import fields

from schemas.base import Fields
from schemas.fields import Moment, Text, Word
from schemas.vocabulary import TOKEN_SCOPES


class FutureMoment(Moment):
    """A date or timestamp that is still to come."""

    default_error_messages = {"past": "{label} must be in the future"}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        moment = super()._deserialize(value, attr, data, **kwargs)
        if moment <= datetime.now(UTC):
            raise self.make_error("past")
        return moment


class NewToken(Fields):
    """A token to be made; it may do what its user may unless `scope` is `read`."""

    name = Text(100, required=True)
    scope = Word(TOKEN_SCOPES, load_default="write")
    expires_at = FutureMoment(allow_none=True)


class Token(Fields):
    """A token, without its secret."""

    id = fields.String()
    name = fields.String()
    scope = Word(TOKEN_SCOPES)
    created_at = Moment()
    last_used_at = Moment(allow_none=True)
    expires_at = Moment(allow_none=True)


class IssuedToken(Token):
    """A token just made; its secret is shown this once."""

    token = fields.String()
