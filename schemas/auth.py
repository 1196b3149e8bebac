"""Signing in and out."""

from marshmallow import EXCLUDE, fields

from schemas.base import Fields, Nested
from schemas.fields import Moment, Text
from schemas.users import Secret


class Credentials(Fields):
    """A user name (or address) and a password; whatever else a login form sends is ignored."""

    class Meta:
        unknown = EXCLUDE

    username = Text(254, required=True)
    password = Secret(required=True)


class Verification(Fields):
    """Credentials to be checked, and nothing else."""

    username = Text(254, required=True)
    password = Secret(required=True)


class SignOut(Fields):
    """Where to go after signing out."""

    body_optional = True

    callback_url = Text(100_000, allow_none=True)


class SessionUser(Fields):
    """The person behind a session."""

    id = fields.String()
    username = fields.String()
    name = fields.String()
    email = fields.String(allow_none=True)
    avatar = fields.String(allow_none=True)
    is_system_admin = fields.Boolean()


class SignedIn(Fields):
    """A live session."""

    user = Nested(SessionUser)
    expires = Moment(allow_none=True)


class VerifiedUser(Fields):
    """The person whose credentials were right."""

    id = fields.String()
    username = fields.String()
    name = fields.String()


class Verified(Fields):
    """Whether credentials are right; `user` only when they are."""

    valid = fields.Boolean()
    user = Nested(VerifiedUser)
