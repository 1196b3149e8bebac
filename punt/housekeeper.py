"""What tidies up, a little at a time, for as long as the server runs."""

import logging
from collections.abc import Callable
from datetime import timedelta

import gevent
from flask import Flask

from punt.config import Config
from punt.database import transaction
from punt.tracker import files, housekeeping, ticket_search

logger = logging.getLogger("punt.housekeeper")

PAUSE_SECONDS = 600.0

# Searches read every ticket that waits to be entered in their index.
INDEX_SECONDS = 2.0

# A disk that is full stays so for a while, and the log may be on it.
SECONDS_AFTER_FAILURE = 60.0

# Between batches everyone who waits to write gets a turn.
BREATH_SECONDS = 0.05


def start(app: Flask) -> None:
    """Tidy up now and then, from now on."""
    gevent.spawn(_repeat, app, tidy_up, PAUSE_SECONDS)
    gevent.spawn(_repeat, app, enter_in_index, INDEX_SECONDS)


def _repeat(app: Flask, work: Callable[[Flask], None], pause: float) -> None:
    while True:
        try:
            work(app)
        except Exception:
            logger.exception("could not %s", work.__name__.replace("_", " "))
            gevent.sleep(SECONDS_AFTER_FAILURE)
        gevent.sleep(pause)


def enter_in_index(app: Flask) -> None:
    """Let searches find by their index what was filed and changed of late, in batches."""
    while _is_behind(app):
        _one_batch(app, ticket_search.index_waiting)
        gevent.sleep(BREATH_SECONDS)


def _is_behind(app: Flask) -> bool:
    # Asked before a transaction: nobody need wait for one in which there is nothing to write.
    with app.app_context():
        return ticket_search.is_behind()


def tidy_up(app: Flask) -> None:
    """Remove all that is no longer needed, in batches."""
    config: Config = app.config["PUNT"]
    retention = timedelta(days=config.event_retention_days)
    for work in (
        lambda: housekeeping.prune_events(retention),
        housekeeping.prune_sessions,
        housekeeping.prune_answers,
    ):
        while _one_batch(app, work):
            gevent.sleep(BREATH_SECONDS)
    with app.app_context():
        files.sweep()


def _one_batch(app: Flask, work: Callable[[], int]) -> int:
    with app.app_context(), transaction():
        return work()
