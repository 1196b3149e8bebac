"""Who may do what: one table (contract, section 3)."""

from punt.errors import Forbidden
from punt.models import Member
from schemas.vocabulary import ROLES

VIEWER, MEMBER, ADMIN, OWNER = ROLES

# The least role that an action takes.
LEAST_ROLE = {
    "project.view": VIEWER,
    "project.listen": VIEWER,
    "project.edit": ADMIN,
    "project.delete": OWNER,
    "member.view": VIEWER,
    "member.manage": ADMIN,
    # Anyone may leave; putting others out is checked where it is done.
    "member.remove": VIEWER,
    "column.view": VIEWER,
    "column.edit": ADMIN,
    "label.view": VIEWER,
    "label.edit": MEMBER,
    "sprint.view": VIEWER,
    "sprint.edit": ADMIN,
    "ticket.view": VIEWER,
    "ticket.create": MEMBER,
    "ticket.edit": MEMBER,
    "ticket.delete": MEMBER,
    "comment.view": VIEWER,
    "comment.create": MEMBER,
    # A comment belongs to its author; admins may delete it too.
    "comment.edit": MEMBER,
    "comment.moderate": ADMIN,
    "link.view": VIEWER,
    "link.edit": MEMBER,
    "attachment.view": VIEWER,
    "attachment.create": MEMBER,
    "attachment.delete": MEMBER,
}

# What anyone who is signed in may do, with a token too.
SIGNED_IN = {
    "account.view",
    "account.edit",
    "avatar.view",
    "project.list",
    "project.create",
    "event.listen",
}

# What takes a session: a stolen token must not be able to take over its account.
SESSION_ONLY = {"account.secure"}

ACTIONS = LEAST_ROLE.keys() | SIGNED_IN | SESSION_ONLY


def require(action: str, role: str | None) -> None:
    """Refuse (`Forbidden`) unless one with this role in a project may do `action` there."""
    if role is None:
        raise Forbidden("You are not a member of this project")
    least = LEAST_ROLE[action]
    if ROLES.index(role) < ROLES.index(least):
        raise Forbidden(f"This takes the role {least} or higher")


def require_rank(own: Member, role: str) -> None:
    """Refuse (`Forbidden`) to deal with an owner, or to make one, unless one is an owner."""
    if role == OWNER and own.role != OWNER:
        raise Forbidden("Only an owner may do this with an owner")
