"""Writes that may be sent again: the first answer is kept, and given again (Idempotency-Key)."""

from datetime import timedelta

from punt.database import now
from punt.errors import RuleBroken
from punt.extensions import db
from punt.models import IdempotencyKey

KEPT_FOR = timedelta(hours=24)


def first_answer(user_id: str, key: str, fingerprint: str) -> tuple[int, str] | None:
    """The status and body that this user's request with this key was answered with before, if any.

    `RuleBroken` when the key stood for another request, or for one whose answer held a secret.
    """
    kept = db.session.get(IdempotencyKey, (user_id, key))
    if kept is None or kept.created_at < now() - KEPT_FOR:
        return None
    if kept.fingerprint != fingerprint:
        raise RuleBroken("This Idempotency-Key was used for another request")
    if kept.body is None:
        raise RuleBroken("The answer under this Idempotency-Key is shown only once")
    return kept.status, kept.body


def keep(user_id: str, key: str, fingerprint: str, status: int, body: str | None) -> None:
    """Keep what a request was answered; `body` is None when it holds a secret."""
    db.session.merge(
        IdempotencyKey(
            user_id=user_id,
            key=key,
            fingerprint=fingerprint,
            status=status,
            body=body,
            created_at=now(),
        )
    )
