"""Accounts from the command line: a first admin, and the way back in for who is locked out."""

from typing import Any

import pytest
from click.testing import Result

from tests.conftest import PASSWORD, Person, refusal

NEW_PASSWORD = "Another-horse-2"


@pytest.fixture
def settings() -> dict[str, Any]:
    """The operator's commands work when nobody may register."""
    return {"rate_limits": "off", "log_level": "error", "registration": "closed"}


def sign_in(person: Person, login: str, password: str) -> int:
    """The status with which a sign-in is answered."""
    credentials = {"username": login, "password": password}
    return person.post("/auth/callback/credentials", credentials).status_code


def told(result: Result) -> str:
    """What a command that went well has said, and nothing on standard error."""
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    return result.stdout.strip()


def test_an_admin_is_made_who_can_sign_in(run: Any, ada: Person, anonymous: Person) -> None:
    made = run("create-admin", "flo", "--name", "Flo R", "--email", "f@x.org", given=PASSWORD)

    assert told(made) == "flo is a system admin now."
    assert sign_in(anonymous, "f@x.org", PASSWORD) == 200
    me = anonymous.get("/me").json
    assert (me["username"], me["name"], me["email"]) == ("flo", "Flo R", "f@x.org")
    assert me["isSystemAdmin"] is True


def test_an_admin_is_called_by_the_user_name_unless_told_otherwise(
    run: Any, anonymous: Person
) -> None:
    assert told(run("create-admin", "flo", "--password-stdin", given=f"{PASSWORD}\r\n"))
    assert sign_in(anonymous, "flo", PASSWORD) == 200
    assert anonymous.get("/me").json["name"] == "flo"


def test_the_first_line_of_the_input_is_the_password_with_its_spaces(
    run: Any, anonymous: Person
) -> None:
    told(run("create-admin", "flo", given=f"  {PASSWORD} \nand more\n"))
    assert sign_in(anonymous, "flo", PASSWORD) == 401
    assert sign_in(anonymous, "flo", f"  {PASSWORD} ") == 200


@pytest.mark.parametrize(
    ("args", "given", "message"),
    [
        (["ADA"], PASSWORD, "Username already taken"),
        (["a b"], PASSWORD, "Username must be 3 to 30 letters, digits, hyphens or underscores"),
        (["flo", "--email", "flo"], PASSWORD, "Email must be a valid address"),
        (["flo", "--name", "x" * 101], PASSWORD, "Name must be at most 100 characters"),
        (["flo"], "", "Password is required"),
        (["flo"], "\n" + PASSWORD, "Password is required"),
        (["flo"], PASSWORD + "\0", "Password contains characters that are not allowed"),
        (["flo"], "Aa1" * 43, "Password must be at most 128 characters"),
        (["flo"], "Correct-horse", "Password needs a digit"),
        (
            ["flo"],
            "x",
            "Password must be at least 12 characters; Password needs an upper-case letter; "
            "Password needs a digit",
        ),
    ],
)
def test_an_admin_must_keep_the_rules_of_registration(
    run: Any, ada: Person, stored: Any, args: list[str], given: str, message: str
) -> None:
    before = stored()
    assert refusal(run("create-admin", *args, given=given)) == message
    assert stored() == before


def test_an_address_is_nobody_elses(run: Any, stored: Any) -> None:
    told(run("create-admin", "flo", "--email", "f@x.org", given=PASSWORD))
    before = stored()
    refused = run("create-admin", "gus", "--email", "F@x.org", given=PASSWORD)
    assert refusal(refused) == "Email already registered"
    assert stored() == before


def test_a_reset_password_is_the_only_one_that_is_right(
    run: Any, cy: Person, anonymous: Person
) -> None:
    reset = run("reset-password", "CY", given=NEW_PASSWORD)

    assert told(reset) == "cy has another password now and is signed out everywhere."
    assert sign_in(anonymous, "cy", PASSWORD) == 401
    assert sign_in(anonymous, "cy", NEW_PASSWORD) == 200


def test_a_reset_password_ends_every_session_of_the_user_and_no_other(
    run: Any, ada: Person, cy: Person, anonymous: Person
) -> None:
    assert sign_in(anonymous, "cy", PASSWORD) == 200
    told(run("reset-password", "cy", given=NEW_PASSWORD))
    statuses = [each.get("/me").status_code for each in (cy, anonymous, ada)]
    assert statuses == [401, 401, 200]


def test_a_token_outlives_a_reset_password_but_not_a_disabled_account(run: Any, cy: Person) -> None:
    token = cy.post("/me/tokens", {"name": "script"}).json["token"]
    headers = {"Authorization": f"Bearer {token}"}
    told(run("reset-password", "cy", given=NEW_PASSWORD))
    assert cy.get("/me", headers=headers).status_code == 200
    told(run("disable-user", "cy"))
    assert cy.get("/me", headers=headers).status_code == 403


@pytest.mark.parametrize(("given", "message"), [("x" * 12, "upper"), ("", "Password is required")])
def test_a_password_that_breaks_a_rule_is_not_set(
    run: Any, cy: Person, stored: Any, given: str, message: str
) -> None:
    before = stored()
    assert message in refusal(run("reset-password", "cy", given=given))
    assert stored() == before


@pytest.mark.parametrize("command", ["create-admin", "reset-password"])
def test_a_password_is_never_shown(run: Any, cy: Person, command: str) -> None:
    username = "flo" if command == "create-admin" else "cy"
    for password in (PASSWORD, "Correct-horse-"):
        assert password not in run(command, username, given=password).output


def test_a_password_is_no_argument(run: Any, cy: Person) -> None:
    result = run("reset-password", "cy", NEW_PASSWORD)
    assert result.exit_code == 2
    assert "unexpected extra argument" in result.stderr


def test_a_disabled_user_is_locked_out_at_once(run: Any, cy: Person, anonymous: Person) -> None:
    assert told(run("disable-user", "Cy")) == "cy is disabled."
    assert cy.get("/me").status_code == 403
    assert sign_in(anonymous, "cy", PASSWORD) == 401


def test_an_enabled_user_is_back(run: Any, cy: Person, anonymous: Person) -> None:
    run("disable-user", "cy")
    assert told(run("enable-user", "cy")) == "cy is enabled."
    assert cy.get("/me").status_code == 200
    assert sign_in(anonymous, "cy", PASSWORD) == 200


@pytest.mark.parametrize("command", ["disable-user", "enable-user"])
def test_doing_it_twice_changes_nothing_more(run: Any, cy: Person, command: str) -> None:
    statuses = []
    for _ in range(2):
        assert run(command, "cy").exit_code == 0
        statuses.append(cy.get("/me").status_code)
    assert statuses[0] == statuses[1]


@pytest.mark.parametrize("command", ["reset-password", "disable-user", "enable-user"])
def test_somebody_unknown_is_refused(run: Any, ada: Person, stored: Any, command: str) -> None:
    before = stored()
    assert refusal(run(command, "zed", given=PASSWORD)) == "There is no user zed"
    assert stored() == before


@pytest.mark.parametrize(
    "command", ["create-admin", "reset-password", "disable-user", "enable-user"]
)
def test_the_help_has_an_example(run: Any, command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"flask --app app {command}" in result.stdout
