"""An event as the bytes of a message (contract, section 6)."""

import orjson
from sqlalchemy import Connection

from punt.events.reading import Entry, roles_in

KEEPALIVE = b": keepalive\n\n"

# In place of an event's id: a message that is sent whatever was sent before.
ANY_TIME = -1


def notice(type_: str, event_id: int) -> bytes:
    """A message about the stream itself. Its id is where a reconnect is to resume."""
    return b"id: %d\ndata: %b\n\n" % (event_id, orjson.dumps({"type": type_}))


class Messages:
    """The message of one event: the same bytes for everyone, or for everyone with the same role."""

    def __init__(self, entry: Entry, connection: Connection) -> None:
        self._entry = entry
        self._data = orjson.loads(entry.data)
        self._roles = roles_in(connection, self._data["id"]) if entry.shows_role else None
        self._encoded: dict[str | None, bytes] = {}

    def for_user(self, user_id: str) -> bytes | None:
        """What this user gets; nothing when it shows a project that they no longer belong to."""
        role = None
        if self._roles is not None:
            role = self._roles.get(user_id)
            if role is None:
                return None
        if role not in self._encoded:
            self._encoded[role] = self._encode(role)
        return self._encoded[role]

    def _encode(self, role: str | None) -> bytes:
        entry = self._entry
        message = {
            "type": entry.type,
            "data": self._data if role is None else self._data | {"role": role},
            "tabId": entry.tab_id,
            "timestamp": entry.created_at,
        }
        if entry.ticket_id and not entry.type.startswith("ticket."):
            # What stands on a ticket does not name it itself.
            message["ticketId"] = entry.ticket_id
        return b"id: %d\ndata: %b\n\n" % (entry.id, orjson.dumps(message))
