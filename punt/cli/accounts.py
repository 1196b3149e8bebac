"""Accounts, from the server's own command line: for a first admin, and for who is locked out."""

import sys
from collections.abc import Callable

import click

from punt.cli.commands import Commands, opened
from punt.database import transaction
from punt.tracker import accounts
from punt.tracker.passwords import hash_password
from schemas.users import Registration

commands = Commands()

password_option: Callable[..., Callable[..., None]] = click.option(
    "--password-stdin",
    "from_stdin",
    is_flag=True,
    help="Read the password from the first line of standard input instead of asking for it.",
)


def chosen_password(from_stdin: bool) -> str:
    """A new password that keeps the rules; asked for twice, unless it comes from a pipe."""
    if from_stdin or not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return str(Registration(only=["password"]).load({"password": password})["password"])


@commands.command("create-admin")
@click.argument("username")
@click.option("--name", help="What people are shown; the user name unless given.")
@click.option("--email", help="An address to sign in with, as well as the user name.")
@password_option
def create_admin(username: str, name: str | None, email: str | None, from_stdin: bool) -> None:
    """Make an account for a system admin.

    It does not matter whether registration is open. The password is asked for, twice and without
    showing it; it needs 12 to 128 characters with an upper-case letter, a lower-case letter and a
    digit.

    \b
    Examples:
      flask --app app create-admin ada --name "Ada Lovelace"
      pass show punt/ada | flask --app app create-admin ada --password-stdin
    """
    given = {"username": username, "name": name, "email": email}
    values = Registration(exclude=["password"]).load(given)
    with opened():
        password_hash = hash_password(chosen_password(from_stdin))
        with transaction():
            user = accounts.register(
                values["username"], password_hash, values["name"], values["email"], is_open=True
            )
            accounts.appoint(user)
    click.echo(f"{user.username} is a system admin now.")


@commands.command("reset-password")
@click.argument("username")
@password_option
def reset_password(username: str, from_stdin: bool) -> None:
    """Give a user another password.

    They are signed out everywhere: their sessions and event streams end at once, on a running
    server too. Their personal access tokens stay valid; disable-user stops those as well.

    \b
    Examples:
      flask --app app reset-password ada
      pass show punt/ada | flask --app app reset-password ada --password-stdin
    """
    with opened():
        accounts.named(username)
        password_hash = hash_password(chosen_password(from_stdin))
        with transaction():
            user = accounts.named(username)
            accounts.reset_password(user, password_hash)
    click.echo(f"{user.username} has another password now and is signed out everywhere.")


@commands.command("disable-user")
@click.argument("username")
def disable_user(username: str) -> None:
    """Lock an account.

    The user cannot sign in, and their sessions, tokens and event streams stop working at once, on
    a running server too. What they made stays, and enable-user unlocks the account.

    \b
    Example:
      flask --app app disable-user ed
    """
    with opened(), transaction():
        user = accounts.named(username)
        accounts.disable(user)
    click.echo(f"{user.username} is disabled.")


@commands.command("enable-user")
@click.argument("username")
def enable_user(username: str) -> None:
    """Unlock an account that was disabled.

    Its tokens, and its sessions that have not run out, work again.

    \b
    Example:
      flask --app app enable-user ed
    """
    with opened(), transaction():
        user = accounts.named(username)
        accounts.enable(user)
    click.echo(f"{user.username} is enabled.")
