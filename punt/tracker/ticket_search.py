"""Which tickets a search finds: the meaning of `q` (contract, section 4)."""

import re

from sqlalchemy import and_, or_

from punt.database import folded
from punt.models import Project, Ticket
from punt.tracker.filtering import Filter
from punt.unindexed import unindexed


def search(project: Project, text: str) -> Filter:
    """Every word stands in title or description, or the text is the ticket's key."""
    words = folded(text).split()
    checks = and_(*(Ticket.search_text.contains(word, autoescape=True) for word in words))
    key = re.fullmatch(rf"{project.key}-([0-9]{{1,9}})", text.strip(), re.IGNORECASE)
    if key:
        checks = or_(checks, unindexed(Ticket.number) == int(key[1]))
    return Filter(and_(Ticket.project_id == project.id, checks), checks)
