"""What the server tidies up by itself."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select, update

from punt import housekeeper
from punt.database import now, transaction
from punt.extensions import db
from punt.models import Event, IdempotencyKey, Session
from tests.conftest import Person


def age(app: Flask, model: type, column: str, by: timedelta) -> None:
    """Make all rows of a table look older than they are."""
    with app.app_context(), transaction():
        db.session.execute(update(model).values({column: now() - by}))


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_old_events_go_but_history_and_the_newest_event_stay(
    app: Flask, cy: Person, project: str
) -> None:
    cy.post(f"/projects/{project}/tickets", {"title": "Old"})
    cy.patch(f"/projects/{project}/tickets/1", {"title": "New"})
    etag = cy.get(f"/projects/{project}/tickets/1").headers["ETag"]
    age(app, Event, "created_at", timedelta(days=8))

    housekeeper.tidy_up(app)

    assert count(app, Event) == 1
    assert [each["field"] for each in cy.get(f"/projects/{project}/tickets/1/history").json] == [
        "title"
    ]
    kept = cy.get(f"/projects/{project}/tickets/1", headers={"If-None-Match": etag})
    assert kept.status_code == 304


def test_events_within_the_retention_stay(app: Flask, cy: Person, project: str) -> None:
    cy.post(f"/projects/{project}/tickets", {"title": "Recent"})
    before = count(app, Event)
    age(app, Event, "created_at", timedelta(days=6))
    housekeeper.tidy_up(app)
    assert count(app, Event) == before


def test_more_than_a_batch_goes(app: Flask, cy: Person, project: str) -> None:
    with app.app_context(), transaction():
        old = now() - timedelta(days=30)
        for _ in range(1200):
            db.session.add(Event(type="access.ended", data="{}", created_at=old))
    cy.post(f"/projects/{project}/labels", {"name": "new"})
    housekeeper.tidy_up(app)
    with app.app_context():
        types = db.session.scalars(select(Event.type)).all()
    assert "access.ended" not in types


def test_sign_ins_that_ran_out_go(app: Flask, cy: Person) -> None:
    age(app, Session, "expires", timedelta(seconds=1))
    housekeeper.tidy_up(app)
    assert count(app, Session) == 0


def test_answers_kept_for_a_retry_go_after_a_day(app: Flask, cy: Person, project: str) -> None:
    cy.post(f"/projects/{project}/labels", {"name": "x"}, headers={"Idempotency-Key": "k"})
    housekeeper.tidy_up(app)
    assert count(app, IdempotencyKey) == 1
    age(app, IdempotencyKey, "created_at", timedelta(hours=25))
    housekeeper.tidy_up(app)
    assert count(app, IdempotencyKey) == 0
