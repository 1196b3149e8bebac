"""What the server tidies up by itself: old events, ended sign-ins, and answers kept for a retry."""

from datetime import timedelta
from typing import cast

from sqlalchemy import CursorResult, Delete, delete, func, select, tuple_

from punt.database import now
from punt.extensions import db
from punt.models import Event, IdempotencyKey, Session
from punt.tracker.retries import KEPT_FOR

# Few enough that a batch holds up no other writer for long.
ROWS_AT_ONCE = 500


def prune_events(retention: timedelta) -> int:
    """Remove some of the events older than `retention`; answers how many.

    The newest one stays, whatever its age: it tells where the log has got to.
    """
    newest = select(func.max(Event.id)).scalar_subquery()
    old = select(Event.id).where(Event.created_at < now() - retention, Event.id < newest)
    return _remove(delete(Event).where(Event.id.in_(old.order_by(Event.id).limit(ROWS_AT_ONCE))))


def prune_sessions() -> int:
    """Remove some of the sign-ins that have run out; answers how many."""
    old = select(Session.id).where(Session.expires < now()).limit(ROWS_AT_ONCE)
    return _remove(delete(Session).where(Session.id.in_(old)))


def prune_answers() -> int:
    """Remove some of the answers that are kept no longer for a retry; answers how many."""
    ended = IdempotencyKey.created_at < now() - KEPT_FOR
    user_id, key = IdempotencyKey.user_id, IdempotencyKey.key
    old = select(user_id, key).where(ended).limit(ROWS_AT_ONCE)
    return _remove(delete(IdempotencyKey).where(tuple_(user_id, key).in_(old)))


def _remove(rows: Delete) -> int:
    result = db.session.execute(rows.execution_options(synchronize_session=False))
    return cast("CursorResult[tuple[()]]", result).rowcount
