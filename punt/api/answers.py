"""Answers kept for as long as nothing changes in their project: many ask for the same list."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from threading import Lock
from typing import Any

from cachetools import LRUCache
from flask import Response, current_app, g, make_response, request

from punt.api.compression import compress
from punt.tracker.addressing import Place

MOST_BYTES = 32 * 1024 * 1024


@dataclass
class Answer:
    """What one answer consists of, whoever gets it."""

    body: bytes
    headers: list[tuple[str, str]]
    size: int

    @cached_property
    def compressed(self) -> bytes:
        """The body, compressed once for all who ask for it so."""
        return compress(self.body)


class Answers:
    """Forgets those that were not asked for the longest, to stay within `most` bytes."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._kept: LRUCache[Hashable, Answer] = LRUCache(most, getsizeof=attrgetter("size"))
        self._lock = Lock()

    def get(self, key: Hashable) -> Answer | None:
        """What was kept under `key`."""
        with self._lock:
            return self._kept.get(key)

    def keep(self, key: Hashable, answer: Answer) -> None:
        """Keep an answer, unless it alone would take a quarter of the room."""
        if answer.size <= self._kept.maxsize / 4:
            with self._lock:
                self._kept[key] = answer

    def clear(self, *_: object) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()


def of(place: Place, varies_with: Hashable, view: Callable[[], Any]) -> Response:
    """The view's answer to a GET, made once for each revision of its project.

    `varies_with` is all that the answer depends on besides the place and the URL.
    """
    key = (
        place.project_id,
        place.project_revision,
        request.base_url,
        request.query_string,
        varies_with,
    )
    answers: Answers = current_app.extensions["punt.answers"]
    known = answers.get(key)
    if known is None:
        response = make_response(view())
        if response.status_code != 200:
            return response
        known = _answer(response)
        answers.keep(key, known)
    g.kept_answer = known
    return Response(known.body, headers=known.headers)


def _answer(response: Response) -> Answer:
    body = response.get_data()
    # It may be kept compressed as well, and under a long URL.
    size = len(body) * 3 // 2 + 2 * len(request.query_string) + 1000
    return Answer(body, list(response.headers), size)
