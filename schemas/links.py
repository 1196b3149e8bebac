"""Links between tickets."""

from marshmallow import fields

from schemas.base import Fields, Nested
from schemas.fields import Id, Word
from schemas.tickets import TicketName
from schemas.vocabulary import INVERSE_LINKS


class NewLink(Fields):
    """How this ticket relates to another."""

    target_ticket_id = Id(required=True)
    link_type = Word(tuple(INVERSE_LINKS), required=True)


class Link(Fields):
    """A link as one of its two tickets sees it; `ticket` is the other."""

    id = fields.String()
    link_type = Word(tuple(INVERSE_LINKS))
    ticket = Nested(TicketName)
