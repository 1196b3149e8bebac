"""The kinds of value that the API takes and gives, and how it speaks of them."""

import re
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields

_WORD = re.compile(r"[A-Z]?[a-z]+|\d+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?", re.IGNORECASE
)
_ESTIMATE = re.compile(r"[1-9][0-9]{0,3}[mhdw]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def spoken(name: str) -> str:
    """`assigneeId` as a person would say it: `Assignee`."""
    words = [word.lower() for word in _WORD.findall(name)]
    if len(words) > 1 and words[-1] in ("id", "ids"):
        words[-2:] = [words[-2] + words[-1][2:]]
    return " ".join(words).capitalize()


class Spoken(fields.Field[Any]):
    """A field whose messages name it as a person would."""

    default_error_messages = {
        "required": "{label} is required",
        "null": "{label} may not be null",
        "validator_failed": "{label} is not valid",
    }

    def __init__(self, *args: Any, described: dict[str, Any] | None = None, **options: Any) -> None:
        super().__init__(*args, metadata=described or {}, **options)

    def make_error(self, key: str, **values: Any) -> ValidationError:
        label = spoken(self.data_key or self.name or "value")
        return super().make_error(key, label=label, **values)


class Text(Spoken, fields.String):
    """Text without NUL, trimmed unless it is Markdown. A blank one clears a field that may be null.

    The length is counted in characters, after trimming.
    """

    default_error_messages = {
        "invalid": "{label} must be text",
        "characters": "{label} contains characters that are not allowed",
        "blank": "{label} is required",
        "long": "{label} must be at most {most} characters",
        "short": "{label} must be at least {least} characters",
    }

    def __init__(self, most: int, *, least: int = 1, trim: bool = True, **options: Any) -> None:
        super().__init__(**{"described": {"maxLength": most}, **options})
        self.most, self.least, self.trim = most, least, trim

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if "\0" in value or _SURROGATE.search(value):
            raise self.make_error("characters")
        kept = value.strip() if self.trim else value
        if not kept.strip() and self.least:
            if self.allow_none:
                return None
            raise self.make_error("blank")
        if len(kept) > self.most:
            raise self.make_error("long", most=self.most)
        if len(kept) < self.least:
            raise self.make_error("short", least=self.least)
        return kept


class Pattern(Text):
    """Text of one form, which `form` describes to a person."""

    default_error_messages = {"form": "{label} must be {form}"}

    def __init__(self, pattern: str, form: str, most: int = 100, **options: Any) -> None:
        super().__init__(most, described={"pattern": f"^{pattern}$"}, **options)
        self.pattern, self.form = re.compile(pattern), form

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        kept = super()._deserialize(value, attr, data, **kwargs)
        if kept is not None and not self.pattern.fullmatch(kept):
            raise self.make_error("form", form=self.form)
        return kept


class Color(Pattern):
    """`#RRGGBB`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(r"#[0-9A-Fa-f]{6}", "a color such as #1A2B3C", **options)


class Whole(Spoken, fields.Integer):
    """A whole number within bounds; neither a fraction nor text nor a truth value."""

    default_error_messages = {"range": "{label} must be a whole number from {least} to {most}"}

    def __init__(self, least: int, most: int, **options: Any) -> None:
        super().__init__(described={"minimum": least, "maximum": most}, **options)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if type(value) is not int or not self.least <= value <= self.most:
            raise self.make_error("range", least=self.least, most=self.most)
        return value


class QueryWhole(Whole):
    """The same in a query string."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        digits = re.fullmatch(r"[0-9]{1,9}", value)
        return super()._deserialize(int(value) if digits else None, attr, data, **kwargs)


class Truth(Spoken, fields.Boolean):
    """True or false and nothing like it."""

    default_error_messages = {"invalid": "{label} must be true or false"}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Word(Spoken, fields.String):
    """One of the contract's words; comes in in any letter case, is kept as written there."""

    default_error_messages = {"choice": "{label} must be one of: {choices}"}

    def __init__(self, words: tuple[str, ...], **options: Any) -> None:
        choices = [*words, None] if options.get("allow_none") else [*words]
        super().__init__(described={"enum": choices}, **options)
        self.words = {word.lower(): word for word in words}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        word = self.words.get(value.lower()) if isinstance(value, str) else None
        if word is None:
            raise self.make_error("choice", choices=", ".join(self.words.values()))
        return word


class Moment(Spoken, fields.DateTime):
    """A date (midnight UTC) or a timestamp with any offset; kept as UTC, to the millisecond."""

    default_error_messages = {
        "invalid": "{label} must be a date (YYYY-MM-DD) or an ISO 8601 timestamp"
    }

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not (_DATE.fullmatch(value) or _MOMENT.fullmatch(value)):
            raise self.make_error("invalid")
        try:
            moment = datetime.fromisoformat(value.upper())
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            moment = moment.astimezone(UTC)
            return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        except (ValueError, OverflowError) as error:
            raise self.make_error("invalid") from error

    def _serialize(self, value: datetime | None, *args: Any, **kwargs: Any) -> str | None:
        if value is None:
            return None
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Estimate(Text):
    """Time in minutes, hours, days or weeks, each at most once: `1d 4h`."""

    default_error_messages = {"form": "{label} must be like 30m, 4h, 1d, 2w or 1d 4h"}

    def __init__(self, **options: Any) -> None:
        super().__init__(50, **options)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        kept = super()._deserialize(value, attr, data, **kwargs)
        if kept is None:
            return None
        parts = kept.lower().split()
        units = {part[-1] for part in parts}
        if len(units) < len(parts) or not all(_ESTIMATE.fullmatch(part) for part in parts):
            raise self.make_error("form")
        return " ".join(parts)


class Id(Text):
    """The id of a thing, or of nothing that exists: which, the rules find out."""

    default_error_messages = {"invalid": "{label} must be an id"}

    def __init__(self, **options: Any) -> None:
        super().__init__(64, **options)


class Ids(Spoken, fields.List[Any]):
    """A list of ids; a problem is named by its place (`labelIds.2`)."""

    default_error_messages = {
        "invalid": "{label} must be a list of ids",
        "count": "{label} must be {least} to {most} ids",
    }

    def __init__(self, most: int, *, least: int = 0, **options: Any) -> None:
        super().__init__(Id(), described={"minItems": least, "maxItems": most}, **options)
        self.most, self.least = most, least

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, list) and not self.least <= len(value) <= self.most:
            raise self.make_error("count", least=self.least, most=self.most)
        return super()._deserialize(value, attr, data, **kwargs)


class AnyOf(Spoken, fields.Field[list[Any]]):
    """Several values with commas between, of which any will do; `none` stands for empty."""

    def __init__(self, inner: fields.Field[Any], **options: Any) -> None:
        words = f" ({', '.join(inner.words.values())})" if isinstance(inner, Word) else ""
        meaning = f"One or several{words}, with commas between; `none` stands for empty"
        super().__init__(described={"type": "string", "description": meaning}, **options)
        self.inner = inner

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        self.inner.name, self.inner.data_key = self.name, self.data_key

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        return [self._one(part.strip()) for part in value.split(",")]

    def _one(self, part: str) -> Any:
        return None if part.lower() == "none" else self.inner.deserialize(part)
