"""What a session or a token says of whoever holds its secret."""

from dataclasses import dataclass
from datetime import datetime

from punt.database import now


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """A session or a token, as of when it was looked up. Without `expires`, it has no end."""

    user_id: str
    is_disabled: bool
    expires: datetime | None
    last_used_at: datetime | None
    session_id: str | None = None
    token_id: str | None = None
    may_only_read: bool = False

    @property
    def has_expired(self) -> bool:
        """Whether its end has come."""
        return self.expires is not None and self.expires <= now()
