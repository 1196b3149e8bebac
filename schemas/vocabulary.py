"""The words that the contract fixes, in the order in which they sort, and how it spells names."""

TICKET_TYPES = ("Story", "Bug", "Task", "Subtask", "Epic")
PRIORITIES = ("Critical", "Highest", "High", "Medium", "Low", "Lowest")
ROLES = ("viewer", "member", "admin", "owner")
SPRINT_STATUSES = ("planning", "active", "completed")
INCOMPLETE_ACTIONS = ("moveToNextSprint", "moveToBacklog", "keepInSprint")
ENTRY_TYPES = ("added", "carried_over")
EXIT_STATUSES = ("completed", "carried_over", "removed")
TOKEN_SCOPES = ("read", "write")
INVERSE_LINKS = {
    "blocks": "is_blocked_by",
    "is_blocked_by": "blocks",
    "duplicates": "is_duplicated_by",
    "is_duplicated_by": "duplicates",
    "clones": "is_cloned_by",
    "is_cloned_by": "clones",
    "relates_to": "relates_to",
}


def camel(name: str) -> str:
    """`story_points` as JSON spells it: `storyPoints`."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)
