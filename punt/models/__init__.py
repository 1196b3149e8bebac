"""The tables, one file per resource."""

from punt.models.attachments import Attachment
from punt.models.columns import Column
from punt.models.comments import Comment
from punt.models.events import Event, EventRecipient
from punt.models.idempotency_keys import IdempotencyKey
from punt.models.labels import Label, ticket_labels
from punt.models.links import Link
from punt.models.members import Member
from punt.models.projects import Project
from punt.models.segments import Segment
from punt.models.sessions import Session
from punt.models.sprints import Sprint, SprintEntry
from punt.models.ticket_changes import TicketChange
from punt.models.tickets import Ticket, ticket_watchers
from punt.models.tokens import Token
from punt.models.users import User

__all__ = [
    "Attachment",
    "Column",
    "Comment",
    "Event",
    "EventRecipient",
    "IdempotencyKey",
    "Label",
    "Link",
    "Member",
    "Project",
    "Segment",
    "Session",
    "Sprint",
    "SprintEntry",
    "Ticket",
    "TicketChange",
    "Token",
    "User",
    "ticket_labels",
    "ticket_watchers",
]
