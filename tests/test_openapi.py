"""The OpenAPI document: it is valid, complete, and says what the contract says (section 1)."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from marshmallow import Schema

from punt import __version__
from tests.conftest import Person

Operations = dict[str, dict[str, Any]]
FILE_BODIES = {"createAttachment", "changeAvatar"}


@pytest.fixture
def document(anonymous: Person) -> Any:
    """The document, as anybody gets it."""
    return anonymous.get("/openapi.json").json


@pytest.fixture
def operations(document: Any) -> Operations:
    """Every operation by its id."""
    found = [each for item in document["paths"].values() for each in item.values()]
    return {each["operationId"]: each for each in found}


def answers(document: Any, operation: dict[str, Any]) -> dict[str, Any]:
    """The answers of an operation by status, with references followed."""
    shared = document["components"]["responses"]
    return {
        status: shared[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
        for status, answer in operation["responses"].items()
    }


def test_the_document_says_what_it_is(document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["info"]["version"] == __version__
    assert document["servers"][0]["url"] == "/api"


def test_the_document_is_kept_until_it_changes(anonymous: Person) -> None:
    first = anonymous.get("/openapi.json")
    again = anonymous.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert first.headers["Cache-Control"] == "public, no-cache"


def test_the_document_has_every_route_and_no_other(app: Flask, document: Any) -> None:
    served = {
        (method.lower(), re.sub(r"<\w+>", "{}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {
        (method, "/api" + re.sub(r"\{\w+\}", "{}", path))
        for path, item in document["paths"].items()
        for method in item
    }
    assert described == served


def test_every_operation_has_a_summary_and_a_name_of_its_own(document: Any) -> None:
    found = [each for item in document["paths"].values() for each in item.values()]
    assert all(each["summary"] and each["description"] and each["tags"] for each in found)
    assert len({each["operationId"] for each in found}) == len(found)


def test_every_part_of_a_path_is_described(document: Any) -> None:
    for path, item in document["paths"].items():
        for operation in item.values():
            named = [each for each in operation["parameters"] if each["in"] == "path"]
            assert [each["name"] for each in named] == re.findall(r"\{(\w+)\}", path)
            assert all(each["description"] and each["example"] for each in named)


def test_every_operation_has_the_errors_that_it_can_answer(
    document: Any, operations: Operations
) -> None:
    for name, operation in operations.items():
        found = answers(document, operation)
        expected = {"400", "401", "403", "405", "429", "500", "503"}
        if any(each["in"] == "path" for each in operation["parameters"]):
            expected |= {"404"}
        if "requestBody" in operation:
            expected |= {"413", "415"}
        assert expected <= found.keys(), name
        for status in (each for each in found if each >= "400"):
            schema = found[status]["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Error"}


def test_every_answer_carries_the_headers_of_the_contract(
    document: Any, operations: Operations
) -> None:
    general = {"X-Request-Id", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
    for operation in operations.values():
        for status, answer in answers(document, operation).items():
            expected = general | ({"Retry-After"} if status in ("429", "503") else set())
            assert expected <= answer["headers"].keys()


@pytest.mark.parametrize(
    ("operation", "status"),
    [
        ("createTicket", "201"),
        ("signOut", "302"),
        ("showTicket", "304"),
        ("listTickets", "304"),
        ("downloadAttachment", "206"),
        ("showDocument", "304"),
        ("updateTicket", "412"),
        ("deleteTicket", "412"),
    ],
)
def test_an_operation_has_the_answers_that_are_its_own(
    operations: Operations, operation: str, status: str
) -> None:
    assert status in operations[operation]["responses"]


def test_conditions_and_pages_are_told_by_headers(document: Any, operations: Operations) -> None:
    found = answers(document, operations["listTickets"])["200"]["headers"]
    assert {"ETag", "Link", "X-Total-Count"} <= found.keys()
    sent = {each["name"] for each in operations["updateTicket"]["parameters"]}
    assert {"If-Match", "X-Tab-Id"} <= sent
    opened = {each["name"] for each in operations["streamProject"]["parameters"]}
    assert "Last-Event-ID" in opened


def test_who_may_call_is_told_by_the_security_schemes(
    document: Any, operations: Operations
) -> None:
    schemes = document["components"]["securitySchemes"]
    assert schemes["session"]["in"] == "cookie"
    assert schemes["session"]["name"] == "next-auth.session-token"
    assert (schemes["token"]["type"], schemes["token"]["scheme"]) == ("http", "bearer")
    assert {} in operations["signIn"]["security"]
    assert operations["listProjects"]["security"] == [{"session": []}, {"token": []}]
    assert operations["createToken"]["security"] == [{"session": []}]


def test_an_answer_has_all_its_fields_and_says_which_may_be_null(document: Any) -> None:
    ticket = document["components"]["schemas"]["Ticket"]
    assert set(ticket["required"]) == set(ticket["properties"])
    assert ticket["properties"]["description"]["type"] == ["string", "null"]
    assert {"type": "null"} in ticket["properties"]["sprint"]["anyOf"]
    assert ticket["properties"]["title"]["type"] == "string"
    assert ticket["properties"]["priority"]["enum"][0] == "Critical"


def schema_classes() -> Iterator[type[Schema]]:
    """Every schema of the API."""
    for path in (Path(__file__).parent.parent / "schemas").glob("*.py"):
        module = import_module(f"schemas.{path.stem}")
        yield from (each for each in vars(module).values() if isinstance(each, type))


def test_every_body_has_an_example_that_its_schema_takes(operations: Operations) -> None:
    classes = {each.__name__: each for each in schema_classes()}
    for name, operation in operations.items():
        if "requestBody" not in operation or name in FILE_BODIES:
            continue
        content = operation["requestBody"]["content"]["application/json"]
        schema = classes[content["schema"]["$ref"].rpartition("/")[2]]
        assert content["example"], name
        assert schema().load(content["example"]), name


def test_a_body_that_may_be_absent_is_not_required(operations: Operations) -> None:
    assert operations["createTicket"]["requestBody"]["required"]
    assert not operations["startSprint"]["requestBody"]["required"]


def test_a_login_form_may_be_sent_as_a_form(operations: Operations) -> None:
    kinds = operations["signIn"]["requestBody"]["content"].keys()
    assert kinds == {"application/json", "application/x-www-form-urlencoded"}


def test_every_query_parameter_says_what_it_means(operations: Operations) -> None:
    found = [each for one in operations.values() for each in one["parameters"]]
    assert all(each["description"] for each in found)
    (sort,) = (each for each in operations["listTickets"]["parameters"] if each["name"] == "sort")
    assert "-dueDate" in sort["schema"]["enum"]


def test_a_file_is_sent_as_a_form(operations: Operations) -> None:
    for name in FILE_BODIES:
        assert list(operations[name]["requestBody"]["content"]) == ["multipart/form-data"]


def test_the_document_names_nothing_of_the_server_itself(anonymous: Person) -> None:
    text = anonymous.get("/openapi.json").text
    assert not re.search(r"localhost|127\.0\.0\.1|/tmp|password_hash|gevent|sqlite", text)
