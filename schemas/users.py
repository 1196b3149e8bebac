"""People, as themselves and as others see them."""

from collections.abc import Callable
from typing import Any

from marshmallow import ValidationError, fields

from schemas.base import Fields, Patch
from schemas.fields import Moment, Pattern, Text

PASSWORD_RULES: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda password: len(password) >= 12, "Password must be at least 12 characters"),
    (lambda password: len(password) <= 128, "Password must be at most 128 characters"),
    (lambda password: any(map(str.isupper, password)), "Password needs an upper-case letter"),
    (lambda password: any(map(str.islower, password)), "Password needs a lower-case letter"),
    (lambda password: any(map(str.isdigit, password)), "Password needs a digit"),
)


class Email(Text):
    """An address that mail could reach."""

    default_error_messages = {"form": "{label} must be a valid address"}

    def __init__(self, **options: Any) -> None:
        super().__init__(254, **options)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        kept = super()._deserialize(value, attr, data, **kwargs)
        if kept is None:
            return None
        try:
            return str(fields.Email().deserialize(kept))
        except ValidationError as error:
            raise self.make_error("form") from error


class Secret(Text):
    """A password as typed; what is too long for one is simply wrong."""

    def __init__(self, **options: Any) -> None:
        super().__init__(10_000, trim=False, load_only=True, **options)


class NewPassword(Secret):
    """A password being chosen; each rule it breaks is told (contract, section 2)."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        password = super()._deserialize(value, attr, data, **kwargs)
        broken = [message for rule, message in PASSWORD_RULES if not rule(password)]
        if broken:
            raise ValidationError(broken)
        return password


class Registration(Fields):
    """A new account."""

    username = Pattern(
        r"[A-Za-z0-9_-]{3,30}", "3 to 30 letters, digits, hyphens or underscores", required=True
    )
    password = NewPassword(required=True)
    name = Text(100, allow_none=True)
    email = Email(allow_none=True)


class Person(Fields):
    """A person as others see them."""

    id = fields.String()
    username = fields.String()
    name = fields.String()
    avatar = fields.String(allow_none=True)


class Account(Fields):
    """What registration answers."""

    id = fields.String()
    username = fields.String()
    email = fields.String(allow_none=True)
    name = fields.String()
    is_system_admin = fields.Boolean()


class Profile(Account):
    """A person as they see themselves."""

    avatar = fields.String(allow_none=True)
    created_at = Moment()


class ProfilePatch(Patch):
    """What a person may change about themselves without a password."""

    name = Text(100)


class EmailChange(Fields):
    """Another address, or none; and the password, as it is one way to sign in."""

    email = Email(required=True, allow_none=True)
    password = Secret(required=True)


class PasswordChange(Fields):
    """Another password, for who knows the present one."""

    current_password = Secret(required=True)
    new_password = NewPassword(required=True)


class AccountDeletion(Fields):
    """The end of an account, meant in earnest."""

    password = Secret(required=True)
    confirmation = Pattern("delete my account", '"delete my account"', trim=False, required=True)
