"""The OpenAPI document is one."""

from openapi_spec_validator import validate

from tests.conftest import Person


def test_the_document_is_valid(anonymous: Person) -> None:
    validate(anonymous.get("/openapi.json").json)
