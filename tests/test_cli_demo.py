"""The sample project that the command line makes."""

import re
from collections import Counter
from typing import Any

import pytest
from flask import Flask

from punt.database import iso, now
from tests.conftest import PASSWORD, Person, make_project, refusal

PATH = "/projects/DEMO"


@pytest.fixture
def demo(run: Any, ada: Person) -> str:
    """What making it says; ada owns it too."""
    made = run("demo", "--owner", "Ada", "--print-passwords")
    assert (made.exit_code, made.stderr) == (0, "")
    return str(made.stdout)


def sign_in(app: Flask, username: str, password: str) -> Person:
    """Somebody who signs in by password."""
    person = Person("", username, app.test_client())
    credentials = {"username": username, "password": password}
    person.post("/auth/callback/credentials", credentials)
    return person


def printed(output: str) -> dict[str, str]:
    """The passwords that were shown, by user name."""
    return dict(re.findall(r"^(demo-\w+): (\S+)$", output, re.MULTILINE))


def test_it_has_people_tickets_and_a_board(demo: str, ada: Person) -> None:
    members = ada.get(f"{PATH}/members").json
    assert Counter(each["role"] for each in members) == {"owner": 2, "admin": 1, "member": 1}
    tickets = ada.get(f"{PATH}/tickets").json
    assert len(tickets) == 60
    assert {each["type"] for each in tickets} == {"Epic", "Story", "Bug", "Task", "Subtask"}
    columns = ada.get(f"{PATH}/columns").json
    assert [each["name"] for each in columns] == ["To Do", "In Progress", "Review", "Done"]
    assert all(each["ticketCount"] for each in columns)
    for column in columns:
        orders = [each["order"] for each in tickets if each["columnId"] == column["id"]]
        assert sorted(orders) == list(range(len(orders)))


def test_two_sprints_are_over_and_one_is_running(demo: str, ada: Person) -> None:
    sprints = ada.get(f"{PATH}/sprints").json
    assert [each["status"] for each in sprints] == ["completed", "completed", "active"]
    for before, after in zip(sprints, sprints[1:], strict=False):
        assert before["startDate"] < before["completedAt"] <= after["startDate"]
        assert before["completedTicketCount"] > before["incompleteTicketCount"] > 0
    assert sprints[2]["startDate"] < iso(now()) < sprints[2]["endDate"]
    assert 0 < sprints[2]["completedTicketCount"] < sprints[2]["ticketCount"]


def test_tickets_have_a_past(demo: str, ada: Person) -> None:
    tickets = ada.get(f"{PATH}/tickets?sort=number").json
    times = [each["createdAt"] for each in tickets]
    assert times == sorted(times)
    assert times[0] < ada.get("/me").json["createdAt"]
    assert sum(each["commentCount"] for each in tickets) > 10
    carried = [each for each in tickets if each["carriedOverCount"]]
    history = ada.get(f"{PATH}/tickets/{carried[0]['key']}/history").json
    assert {"columnId", "sprintId", "assigneeId"} <= {each["field"] for each in history}
    changed = [each["changedAt"] for each in history]
    assert changed == sorted(changed, reverse=True)
    assert carried[0]["createdAt"] <= changed[-1] < changed[0] <= iso(now())


def test_its_people_can_sign_in_with_what_is_printed(app: Flask, demo: str) -> None:
    passwords = printed(demo)
    assert len(passwords) == len(set(passwords.values())) == 3
    for username, password in passwords.items():
        person = sign_in(app, username, password)
        assert [each["key"] for each in person.get("/projects").json] == ["DEMO"]


def test_passwords_are_not_shown_unless_asked_for(run: Any, ada: Person) -> None:
    said = run("demo").stdout
    assert said == (
        "The project DEMO is there, with demo-mira, demo-tom, demo-ines.\n"
        "To sign in as demo-mira: flask --app app reset-password demo-mira\n"
    )


def test_one_password_for_all_may_be_given(app: Flask, run: Any, ada: Person) -> None:
    made = run("demo", "--password", given=PASSWORD)
    assert made.exit_code == 0
    assert PASSWORD not in made.output
    for username in ("demo-mira", "demo-tom", "demo-ines"):
        assert sign_in(app, username, PASSWORD).get(PATH).status_code == 200


def test_its_people_are_no_admins(run: Any, app: Flask, anonymous: Person) -> None:
    said = run("demo", "--password", given=PASSWORD).stdout
    assert "There is no system admin yet: flask --app app create-admin NAME" in said
    assert sign_in(app, "demo-mira", PASSWORD).get("/me").json["isSystemAdmin"] is False


def test_a_second_one_is_made_with_the_same_people(demo: str, run: Any, app: Flask) -> None:
    again = run("demo", "--key", "try", "--print-passwords")
    assert again.exit_code == 0
    assert printed(again.stdout) == {}
    mira = sign_in(app, "demo-mira", printed(demo)["demo-mira"])
    assert [each["key"] for each in mira.get("/projects").json] == ["DEMO", "TRY"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--key", "taken"], "Key TAKEN is already in use"),
        (["--key", "1"], "Key must be 2 to 10 letters and digits, a letter first"),
        (["--key", "events"], "Key may not be EVENTS: that path is a stream"),
        (["--owner", "zed"], "There is no user zed"),
        (["--password"], "Password needs a digit"),
    ],
)
def test_what_cannot_be_made_leaves_nothing(
    app: Flask, run: Any, ada: Person, stored: Any, args: list[str], message: str
) -> None:
    make_project(app, "TAKEN", {ada: "owner"})
    before = stored()
    assert refusal(run("demo", *args, given="Correct-horse")) == message
    assert stored() == before


def test_the_help_has_an_example(run: Any) -> None:
    assert "flask --app app demo" in run("demo", "--help").stdout
