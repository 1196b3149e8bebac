"""The greenlet that tidies up, a little at a time, for as long as the server runs."""

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

# Between batches everyone who waits to write gets a turn.
BREATH_SECONDS = 0.05


def start(app: Flask) -> None:
    """Tidy up now and then, from now on."""
    gevent.spawn(_keep_house, app)


def _keep_house(app: Flask) -> None:
    while True:
        try:
            tidy_up(app)
        except Exception:
            logger.exception("could not tidy up")
        gevent.sleep(PAUSE_SECONDS)


def tidy_up(app: Flask) -> None:
    """Remove all that is no longer needed, and do what waits to be done, in batches."""
    config: Config = app.config["PUNT"]
    retention = timedelta(days=config.event_retention_days)
    for work in (
        lambda: housekeeping.prune_events(retention),
        housekeeping.prune_sessions,
        housekeeping.prune_answers,
        ticket_search.index_waiting,
    ):
        while _one_batch(app, work):
            gevent.sleep(BREATH_SECONDS)
    with app.app_context():
        files.sweep()


def _one_batch(app: Flask, work: Callable[[], int]) -> int:
    with app.app_context(), transaction():
        return work()
