"""Tickets."""

from marshmallow import fields

from schemas.base import Fields, Nested, Page, Patch
from schemas.fields import AnyOf, Estimate, Id, Ids, Moment, Text, Whole, Word
from schemas.labels import Label
from schemas.users import Person
from schemas.vocabulary import PRIORITIES, SPRINT_STATUSES, TICKET_TYPES

SORTS = ("order", "number", "priority", "createdAt", "updatedAt", "dueDate")


class NewTicket(Fields):
    """A new ticket."""

    title = Text(255, required=True)
    description = Text(100_000, trim=False, allow_none=True)
    type = Word(TICKET_TYPES, load_default="Task")
    priority = Word(PRIORITIES, load_default="Medium")
    column_id = Id()
    order = Whole(0, 2**31 - 1)
    assignee_id = Id(allow_none=True)
    sprint_id = Id(allow_none=True)
    parent_id = Id(allow_none=True)
    story_points = Whole(0, 100, allow_none=True)
    estimate = Estimate(allow_none=True)
    start_date = Moment(allow_none=True)
    due_date = Moment(allow_none=True)
    environment = Text(100, allow_none=True)
    affected_version = Text(100, allow_none=True)
    fix_version = Text(100, allow_none=True)
    resolution = Text(100, allow_none=True)
    label_ids = Ids(100, allow_none=True)
    watcher_ids = Ids(500, allow_none=True)


class TicketPatch(NewTicket, Patch):
    """What may change in a ticket."""


class ColumnName(Fields):
    """A column inside a ticket."""

    id = fields.String()
    name = fields.String()


class SprintName(Fields):
    """A sprint inside a ticket."""

    id = fields.String()
    name = fields.String()
    status = Word(SPRINT_STATUSES)


class TicketName(Fields):
    """Another ticket inside a ticket."""

    id = fields.String()
    key = fields.String()
    title = fields.String()
    type = Word(TICKET_TYPES)


class Ticket(Fields):
    """A ticket: the one shape of lists, answers and events (contract, section 4)."""

    id = fields.String()
    number = fields.Integer()
    key = fields.String()
    project_id = fields.String()
    title = fields.String()
    description = fields.String(allow_none=True)
    type = Word(TICKET_TYPES)
    priority = Word(PRIORITIES)
    column_id = fields.String()
    column = Nested(ColumnName)
    order = fields.Integer()
    assignee_id = fields.String(allow_none=True)
    assignee = Nested(Person, allow_none=True)
    creator_id = fields.String(allow_none=True)
    creator = Nested(Person, allow_none=True)
    sprint_id = fields.String(allow_none=True)
    sprint = Nested(SprintName, allow_none=True)
    parent_id = fields.String(allow_none=True)
    parent = Nested(TicketName, allow_none=True)
    story_points = fields.Integer(allow_none=True)
    estimate = fields.String(allow_none=True)
    start_date = Moment(allow_none=True)
    due_date = Moment(allow_none=True)
    environment = fields.String(allow_none=True)
    affected_version = fields.String(allow_none=True)
    fix_version = fields.String(allow_none=True)
    resolution = fields.String(allow_none=True)
    labels = Nested(Label, many=True)
    watchers = Nested(Person, many=True)
    is_carried_over = fields.Boolean()
    carried_from_sprint_id = fields.String(allow_none=True)
    carried_over_count = fields.Integer()
    comment_count = fields.Integer()
    attachment_count = fields.Integer()
    subtask_count = fields.Integer()
    created_at = Moment()
    updated_at = Moment()


class TicketQuery(Page):
    """Which tickets, and in what order."""

    sprint_id = AnyOf(Id())
    column_id = AnyOf(Id())
    type = AnyOf(Word(TICKET_TYPES))
    priority = AnyOf(Word(PRIORITIES))
    assignee_id = AnyOf(Id())
    label_id = AnyOf(Id())
    parent_id = AnyOf(Id())
    q = Text(200)
    sort = Word(SORTS + tuple("-" + word for word in SORTS))


class ChangedBy(Fields):
    """Who made a change."""

    id = fields.String()
    name = fields.String()


class HistoryEntry(Fields):
    """One field that changed, with values as a person reads them."""

    id = fields.String()
    field = fields.String()
    old_value = fields.Raw()
    new_value = fields.Raw()
    changed_by = Nested(ChangedBy, allow_none=True)
    changed_at = Moment()


class BulkUpdate(Fields):
    """The same changes to up to 500 tickets."""

    ticket_ids = Ids(500, least=1, required=True)
    updates = Nested(TicketPatch, required=True)


class BulkUpdated(Fields):
    """The tickets after a bulk update."""

    updated = fields.Integer()
    tickets = Nested(Ticket, many=True)


class BulkDeletion(Fields):
    """Up to 500 tickets to delete."""

    ticket_ids = Ids(500, least=1, required=True)


class BulkDeleted(Fields):
    """How many tickets were deleted."""

    success = fields.Boolean()
    deleted = fields.Integer()
