"""Answers kept for as long as nothing changes in their project: many ask for the same list."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Response, current_app, g, make_response, request

from punt.api.compression import compress
from punt.models import Project


@dataclass
class Answer:
    """What one answer consists of, whoever gets it."""

    body: bytes
    headers: list[tuple[str, str]]

    @cached_property
    def compressed(self) -> bytes:
        """The body, compressed once for all who ask for it so."""
        return compress(self.body)

    @property
    def size(self) -> int:
        """About how many bytes it takes to keep this."""
        return len(self.body) * 3 // 2 + 1000


def of(project: Project, varies_with: Hashable, view: Callable[[], Any]) -> Response:
    """The view's answer to a GET, made once for each revision of the project.

    `varies_with` is all that the answer depends on besides the project and the URL.
    """
    url = (request.host_url, request.path, request.query_string)
    key = (project.id, project.revision, url, varies_with)
    answers = current_app.extensions["punt.kept"].answers
    known: Answer | None = answers.get(key)
    if known is None:
        response = make_response(view())
        if response.status_code != 200:
            return response
        known = Answer(response.get_data(), list(response.headers))
        answers.put(key, known, known.size)
    g.kept_answer = known
    return Response(known.body, headers=known.headers)
