"""`Idempotency-Key`: a POST that is sent again does nothing again."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from punt.database import now, transaction
from punt.extensions import db
from punt.models import IdempotencyKey
from tests.conftest import Answer, Person
from tests.samples import image, upload

KEY = {"Idempotency-Key": "a-script-s-own-key"}


def test_the_first_answer_comes_again(cy: Person, project: str) -> None:
    first = cy.post(f"/projects/{project}/tickets", {"title": "Once"}, headers=KEY)
    again = cy.post(f"/projects/{project}/tickets", {"title": "Once"}, headers=KEY)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert len(cy.get(f"/projects/{project}/tickets").json) == 1


def test_without_a_key_it_is_done_again(cy: Person, project: str) -> None:
    for _ in range(2):
        cy.post(f"/projects/{project}/tickets", {"title": "Twice"})
    assert len(cy.get(f"/projects/{project}/tickets").json) == 2


@pytest.mark.parametrize(
    ("path", "body"),
    [("tickets", {"title": "Other"}), ("labels", {"name": "Once"})],
)
def test_the_same_key_on_another_request_is_refused(
    cy: Person, project: str, path: str, body: dict[str, str]
) -> None:
    cy.post(f"/projects/{project}/tickets", {"title": "Once"}, headers=KEY)
    refused = cy.post(f"/projects/{project}/{path}", body, headers=KEY)
    assert refused.status_code == 400
    assert "Idempotency-Key" in refused.json["error"]
    assert len(cy.get(f"/projects/{project}/tickets").json) == 1
    assert cy.get(f"/projects/{project}/labels").json == []


def test_another_user_s_key_is_their_own(cy: Person, bo: Person, project: str) -> None:
    cy.post(f"/projects/{project}/tickets", {"title": "Once"}, headers=KEY)
    theirs = bo.post(f"/projects/{project}/tickets", {"title": "Once"}, headers=KEY)
    assert theirs.json["number"] == 2


def test_a_refused_request_may_be_mended_under_its_key(cy: Person, project: str) -> None:
    refused = cy.post(f"/projects/{project}/tickets", {"title": ""}, headers=KEY)
    mended = cy.post(f"/projects/{project}/tickets", {"title": "Once"}, headers=KEY)
    assert (refused.status_code, mended.status_code) == (400, 201)


def test_a_key_is_free_again_after_a_day(app: Flask, cy: Person, project: str) -> None:
    cy.post(f"/projects/{project}/tickets", {"title": "Once"}, headers=KEY)
    with app.app_context(), transaction():
        yesterday = now() - timedelta(hours=24, seconds=1)
        db.session.execute(update(IdempotencyKey).values(created_at=yesterday))
    later = cy.post(f"/projects/{project}/tickets", {"title": "Another"}, headers=KEY)
    assert later.json["number"] == 2


def test_who_may_no_longer_do_it_gets_no_old_answer(ada: Person, cy: Person, project: str) -> None:
    cy.post(f"/projects/{project}/tickets", {"title": "Once"}, headers=KEY)
    members = ada.get(f"/projects/{project}/members").json
    theirs = next(each["id"] for each in members if each["userId"] == cy.id)
    ada.delete(f"/projects/{project}/members/{theirs}")
    assert (
        cy.post(f"/projects/{project}/tickets", {"title": "Once"}, headers=KEY).status_code == 403
    )


@pytest.fixture
def attachments(cy: Person, project: str) -> str:
    """Where the files of a ticket are; there is none yet."""
    cy.post(f"/projects/{project}/tickets", {"title": "Once"})
    return f"/projects/{project}/tickets/1/attachments"


def attach(person: Person, path: str, content: bytes = b"a,b\n1,2\n") -> Answer:
    """Send a file, under the key."""
    return upload(person, path, "numbers.csv", content, headers=KEY)


def files(app: Flask) -> set[str]:
    """The names of the files that are kept."""
    return {each.name for each in (app.config["PUNT"].data_dir / "uploads").iterdir()}


def test_an_upload_is_stored_once(app: Flask, cy: Person, attachments: str) -> None:
    answers = [attach(cy, attachments) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers] == [None, "true"]
    assert answers[0].json == answers[1].json
    assert cy.get(attachments).json == [answers[0].json]
    assert files(app) == {answers[0].json["id"]}


def test_an_upload_that_was_deleted_since_does_not_come_back(
    app: Flask, cy: Person, attachments: str
) -> None:
    first = attach(cy, attachments)
    cy.delete(f"{attachments}/{first.json['id']}")
    again = attach(cy, attachments)
    assert (again.status_code, again.json) == (201, first.json)
    assert cy.get(attachments).json == []
    assert files(app) == set()


def test_the_same_key_on_another_file_is_refused(app: Flask, cy: Person, attachments: str) -> None:
    first = attach(cy, attachments)
    refused = attach(cy, attachments, b"3,4\n")
    assert refused.status_code == 400
    assert "Idempotency-Key" in refused.json["error"]
    assert cy.get(attachments).json == [first.json]
    assert files(app) == {first.json["id"]}


def test_a_refused_upload_may_be_mended_under_its_key(cy: Person, attachments: str) -> None:
    refused = attach(cy, attachments, b"\0")
    mended = attach(cy, attachments)
    assert (refused.status_code, mended.status_code) == (400, 201)


def test_an_upload_under_a_key_of_another_form_is_refused(
    app: Flask, cy: Person, attachments: str
) -> None:
    headers = {"Idempotency-Key": "with space"}
    refused = upload(cy, attachments, "numbers.csv", b"1,2\n", headers=headers)
    assert refused.status_code == 400
    assert cy.get(attachments).json == []
    assert files(app) == set()


def test_who_may_no_longer_attach_gets_no_old_answer(
    ada: Person, cy: Person, project: str, attachments: str
) -> None:
    attach(cy, attachments)
    members = ada.get(f"/projects/{project}/members").json
    theirs = next(each["id"] for each in members if each["userId"] == cy.id)
    ada.patch(f"/projects/{project}/members/{theirs}", {"role": "viewer"})
    assert attach(cy, attachments).status_code == 403


def test_an_avatar_is_changed_once(app: Flask, cy: Person, event_count: Any) -> None:
    first = upload(cy, "/me/avatar", "me.png", image("PNG"), headers=KEY)
    before = event_count(), files(app)
    again = upload(cy, "/me/avatar", "me.png", image("PNG"), headers=KEY)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json == first.json == {"avatar": cy.get("/me").json["avatar"]}
    assert (event_count(), files(app)) == before


def test_a_secret_is_made_once_and_kept_nowhere(app: Flask, cy: Person) -> None:
    first = cy.post("/me/tokens", {"name": "cron"}, headers=KEY)
    again = cy.post("/me/tokens", {"name": "cron"}, headers=KEY)
    assert first.status_code == 201
    assert again.status_code == 400
    assert len(cy.get("/me/tokens").json) == 1
    with app.app_context():
        assert db.session.query(IdempotencyKey).one().body is None


@pytest.mark.parametrize("key", ["", "with space", "x" * 256, "é"])
def test_a_key_of_another_form_is_refused(cy: Person, project: str, key: str) -> None:
    refused = cy.post(
        f"/projects/{project}/tickets", {"title": "Once"}, headers={"Idempotency-Key": key}
    )
    assert refused.status_code == 400
    assert cy.get(f"/projects/{project}/tickets").json == []


def test_it_means_nothing_on_other_methods(cy: Person, project: str) -> None:
    cy.post(f"/projects/{project}/tickets", {"title": "Once"})
    for title in ("One", "Two"):
        changed = cy.patch(f"/projects/{project}/tickets/1", {"title": title}, headers=KEY)
        assert changed.json["title"] == title
