"""A project as one document: what export writes and import reads.

Nothing in it is named by an id: columns and sprints by their place in their lists, tickets by
number, labels by name, people by user name.
"""

from typing import Any

from marshmallow import fields

from schemas.base import Fields
from schemas.fields import (
    Color,
    Estimate,
    Moment,
    Pattern,
    Spoken,
    Text,
    Truth,
    Whole,
    Word,
)
from schemas.vocabulary import (
    ENTRY_TYPES,
    EXIT_STATUSES,
    INVERSE_LINKS,
    PRIORITIES,
    ROLES,
    SPRINT_STATUSES,
    TICKET_TYPES,
)

MOST = 2**31 - 1


class Readable(Spoken, fields.Raw):
    """A value in a history: text, a number, or nothing."""

    default_error_messages = {"invalid": "{label} must be text, a whole number or null"}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, str):
            return Text(100_000, least=0, trim=False).deserialize(value, attr, data)
        if type(value) is not int or abs(value) > MOST:
            raise self.make_error("invalid")
        return value


def _text(most: int, *, trim: bool = True) -> Text:
    return Text(most, trim=trim, allow_none=True, load_default=None)


def _moment() -> Moment:
    return Moment(allow_none=True, load_default=None)


def _count() -> Whole:
    return Whole(0, MOST, allow_none=True, load_default=None)


def _person() -> Text:
    return _text(30)


class ExportedProject(Fields):
    """The project itself. `lastNumber` is the number given out last, to a ticket deleted maybe."""

    key = Pattern(
        r"[A-Za-z][A-Za-z0-9]{1,9}", "2 to 10 letters and digits, a letter first", required=True
    )
    name = Text(100, required=True)
    description = _text(100_000, trim=False)
    color = Color(required=True)
    last_number = Whole(0, MOST, required=True)
    default_sprint_duration = Whole(1, 4, load_default=2)
    auto_carry_over_incomplete = Truth(load_default=True)
    created_at = Moment(required=True)
    updated_at = Moment(required=True)


class ExportedMember(Fields):
    """A person's place in the project."""

    username = Text(30, required=True)
    role = Word(ROLES, required=True)
    created_at = Moment(required=True)


class ExportedColumn(Fields):
    """A column; they stand from left to right."""

    name = Text(100, required=True)
    color = Color(allow_none=True, load_default=None)
    wip_limit = Whole(1, 10_000, allow_none=True, load_default=None)
    is_done = Truth(load_default=False)


class ExportedLabel(Fields):
    """A label."""

    name = Text(50, required=True)
    color = Color(required=True)


class ExportedEntry(Fields):
    """A ticket's stay in a sprint."""

    ticket = Whole(1, MOST, required=True)
    entry_type = Word(ENTRY_TYPES, required=True)
    entered_at = Moment(required=True)
    exited_at = _moment()
    exit_status = Word(EXIT_STATUSES, allow_none=True, load_default=None)


class ExportedSprint(Fields):
    """A sprint; the counts are there exactly when it is completed."""

    name = Text(100, required=True)
    goal = _text(10_000, trim=False)
    status = Word(SPRINT_STATUSES, required=True)
    start_date = _moment()
    end_date = _moment()
    completed_at = _moment()
    completed_ticket_count = _count()
    incomplete_ticket_count = _count()
    completed_story_points = _count()
    incomplete_story_points = _count()
    created_at = Moment(required=True)
    updated_at = Moment(required=True)
    entries = fields.List(fields.Nested(ExportedEntry), load_default=list)


class ExportedComment(Fields):
    """A remark; without an author when the account is gone."""

    author = _person()
    content = Text(100_000, trim=False, required=True)
    created_at = Moment(required=True)
    updated_at = Moment(required=True)


class ExportedChange(Fields):
    """A field of a ticket that changed, with values as a person reads them."""

    field = Text(40, required=True)
    old_value = Readable(required=True, allow_none=True)
    new_value = Readable(required=True, allow_none=True)
    changed_by = _person()
    changed_at = Moment(required=True)


class ExportedTicket(Fields):
    """A ticket with all that was said about it, and its history, oldest first."""

    number = Whole(1, MOST, required=True)
    title = Text(255, required=True)
    description = _text(100_000, trim=False)
    type = Word(TICKET_TYPES, load_default="Task")
    priority = Word(PRIORITIES, load_default="Medium")
    column = Whole(0, MOST, required=True)
    order = Whole(0, MOST, required=True)
    creator = _person()
    assignee = _person()
    sprint = _count()
    parent = _count()
    story_points = Whole(0, 100, allow_none=True, load_default=None)
    estimate = Estimate(allow_none=True, load_default=None)
    start_date = _moment()
    due_date = _moment()
    environment = _text(100)
    affected_version = _text(100)
    fix_version = _text(100)
    resolution = _text(100)
    is_carried_over = Truth(load_default=False)
    carried_from_sprint = _count()
    carried_over_count = Whole(0, MOST, load_default=0)
    created_at = Moment(required=True)
    updated_at = Moment(required=True)
    labels = fields.List(Text(50), load_default=list)
    watchers = fields.List(Text(30), load_default=list)
    comments = fields.List(fields.Nested(ExportedComment), load_default=list)
    history = fields.List(fields.Nested(ExportedChange), load_default=list)


class ExportedLink(Fields):
    """A link between two tickets, as it reads from the first to the second."""

    source = Whole(1, MOST, required=True)
    target = Whole(1, MOST, required=True)
    link_type = Word(tuple(INVERSE_LINKS), required=True)
    created_at = Moment(required=True)


class ExportedAttachment(Fields):
    """A file on a ticket, its content in base64."""

    ticket = Whole(1, MOST, required=True)
    filename = Text(255, required=True)
    mime_type = Text(100, required=True)
    size = Whole(1, MOST, required=True)
    uploader = _person()
    created_at = Moment(required=True)
    content = fields.String(required=True)
