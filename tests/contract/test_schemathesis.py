"""Whatever is sent, the API answers as its own OpenAPI document says (schemathesis)."""

from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from schemas.vocabulary import camel
from tests.conftest import script
from tests.test_access import World, world

__all__ = ["world"]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
UNHURRIED = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def as_owner(app: Flask, world: World) -> dict[str, str]:
    """What a script of the owner's sends with each request, to the world as it was at first."""
    world.rewind()
    client = script(app, world.callers["owner"]).client
    # It does not read what is compressed, though it offers to.
    identity = {"Accept-Encoding": "identity"}
    return identity | {"Authorization": client.environ_base["HTTP_AUTHORIZATION"]}


@pytest.fixture
def document(app: Flask) -> Any:
    """All that is described, but for the streams, which never end."""
    found = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    return found.exclude(path_regex="/events$")


def test_every_operation_answers_as_documented(app: Flask, document: Any, world: World) -> None:
    ids = {camel(name): id_ for name, id_ in (world.ids | world.own_ids["owner"]).items()}
    done: set[str] = set()

    def try_out(operation: Any) -> None:
        headers = as_owner(app, world)

        @given(case=operation.as_strategy())
        @settings(UNHURRIED, max_examples=25)
        def answers_as_documented(case: Any) -> None:
            for name in case.path_parameters or {}:
                case.path_parameters[name] = ids[name]
            if case.call_and_validate(headers=headers, checks=CHECKS).status_code < 300:
                done.add(operation.label)

        answers_as_documented()

    for found in document.get_all_operations():
        try_out(found.ok())
    # What is refused tells little of what is answered.
    assert len(done) > 45, sorted(done)


def test_what_one_operation_makes_another_can_use(app: Flask, document: Any, world: World) -> None:
    statuses: list[int] = []

    class Session(document.as_state_machine()):  # type: ignore[misc]
        """Calls that follow each other, with ids of earlier answers."""

        def setup(self) -> None:
            super().setup()
            self.headers = as_owner(app, world)

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": self.headers}

        def validate_response(self, response: Any, case: Any, **options: Any) -> None:
            statuses.append(response.status_code)
            case.validate_response(response, checks=CHECKS)

    Session.run(settings=settings(UNHURRIED, max_examples=60, stateful_step_count=12))
    assert any(status < 300 for status in statuses)
