"""Sprints."""

from marshmallow import fields

from schemas.base import Fields, Nested, Page, Patch
from schemas.fields import AnyOf, Id, Ids, Moment, Text, Truth, Whole, Word
from schemas.tickets import Ticket
from schemas.vocabulary import ENTRY_TYPES, EXIT_STATUSES, INCOMPLETE_ACTIONS, SPRINT_STATUSES


class NewSprint(Fields):
    """A sprint to be planned; its name is chosen when absent."""

    body_optional = True

    name = Text(100, allow_none=True)
    goal = Text(10_000, trim=False, allow_none=True)
    start_date = Moment(allow_none=True)
    end_date = Moment(allow_none=True)


class SprintPatch(Patch):
    """What may change in a sprint."""

    name = Text(100)
    goal = Text(10_000, trim=False, allow_none=True)
    start_date = Moment(allow_none=True)
    end_date = Moment(allow_none=True)


class SprintStart(Fields):
    """When a sprint begins and ends."""

    body_optional = True

    start_date = Moment()
    end_date = Moment()


class SprintCompletion(Fields):
    """What becomes of the tickets that are not done."""

    body_optional = True

    incomplete_action = Word(INCOMPLETE_ACTIONS)
    next_sprint_id = Id()


class SprintExtension(Fields):
    """A later end."""

    new_end_date = Moment(required=True)


class SprintQuery(Page):
    """Which sprints."""

    status = AnyOf(Word(SPRINT_STATUSES))


class SprintSettingsPatch(Patch):
    """What may change in a project's sprint settings."""

    default_sprint_duration = Whole(1, 4)
    auto_carry_over_incomplete = Truth()
    done_column_ids = Ids(500, least=1)


class SprintSettings(Fields):
    """How a project runs its sprints; the duration is in weeks."""

    default_sprint_duration = fields.Integer()
    auto_carry_over_incomplete = fields.Boolean()
    done_column_ids = fields.List(fields.String())


class Sprint(Fields):
    """A sprint. Its counts follow the tickets until it is completed, and never change after."""

    id = fields.String()
    name = fields.String()
    goal = fields.String(allow_none=True)
    start_date = Moment(allow_none=True)
    end_date = Moment(allow_none=True)
    status = Word(SPRINT_STATUSES)
    project_id = fields.String()
    ticket_count = fields.Integer()
    completed_at = Moment(allow_none=True)
    completed_ticket_count = fields.Integer()
    incomplete_ticket_count = fields.Integer()
    completed_story_points = fields.Integer()
    incomplete_story_points = fields.Integer()
    created_at = Moment()
    updated_at = Moment()


class SprintEntry(Fields):
    """A ticket's stay in a sprint."""

    ticket_id = fields.String()
    entry_type = Word(ENTRY_TYPES)
    entered_at = Moment()
    exited_at = Moment(allow_none=True)
    exit_status = Word(EXIT_STATUSES, allow_none=True)


class SprintDetail(Sprint):
    """A sprint with its tickets, and with every ticket that was ever in it."""

    tickets = Nested(Ticket, many=True)
    ticket_history = Nested(SprintEntry, many=True)
