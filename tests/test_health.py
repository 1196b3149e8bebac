"""Whether the server is alive, and whether it can work."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from punt.database import transaction
from punt.extensions import db
from tests.conftest import Person


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"rate_limit_general": "1 per hour", "log_level": "error"}


def test_it_says_that_it_is_alive_and_ready(anonymous: Person) -> None:
    assert anonymous.client.get("/healthz").json == {"status": "alive"}
    assert anonymous.client.get("/readyz").json == {"status": "ready"}


def test_asking_is_not_limited(anonymous: Person) -> None:
    for _ in range(3):
        response = anonymous.client.get("/healthz")
        assert response.status_code == 200
        assert "X-RateLimit-Limit" not in response.headers


def test_it_is_not_ready_without_its_migrations(app: Flask, anonymous: Person) -> None:
    with app.app_context(), transaction():
        db.session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    response = anonymous.client.get("/readyz")
    assert response.status_code == 503
    assert "migrated" in response.text
    assert response.headers["Retry-After"]
    assert anonymous.client.get("/healthz").status_code == 200


def test_it_is_not_ready_without_its_database(app: Flask, anonymous: Person) -> None:
    with app.app_context():
        db.engine.dispose()
    (app.config["PUNT"].data_dir / "punt.db").write_bytes(b"not a database, nor ever was one")
    response = anonymous.client.get("/readyz")
    assert response.status_code == 503
    assert "not a database" not in response.text
