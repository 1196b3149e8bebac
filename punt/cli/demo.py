"""A sample project, to see PUNT at work without making everything up oneself."""

import secrets

import click
from sqlalchemy import exists, select

from punt.cli import demo_story as story
from punt.cli.accounts import chosen_password
from punt.cli.commands import Commands, opened
from punt.cli.demo_telling import Telling
from punt.database import transaction
from punt.extensions import db
from punt.models import User
from punt.tracker import accounts, projects
from punt.tracker.passwords import hash_password
from schemas.projects import NewProject

commands = Commands()


@commands.command("demo")
@click.option("--key", default="DEMO", show_default=True, help="The key of the project.")
@click.option("--owner", help="Somebody with an account who is to own it too.")
@click.option("--password", "asks", is_flag=True, help="Ask for a password for all three.")
@click.option("--print-passwords", "prints", is_flag=True, help="Show the passwords made up.")
def demo(key: str, owner: str | None, asks: bool, prints: bool) -> None:
    """Make a sample project.

    Three people have worked on it for five weeks: about 60 tickets with comments, two sprints that
    are over and one that is running. The three have accounts of their own, with random passwords
    that nobody knows unless you ask for them; an account that is there already stays as it is.

    \b
    Examples:
      flask --app app demo --owner ada
      flask --app app demo --key TRY --print-passwords
    """
    values = NewProject().load({"key": key, "name": story.NAME, "description": story.DESCRIPTION})
    with opened():
        projects.require_free(values["key"].upper())
        given = chosen_password(from_stdin=False) if asks else None
        passwords = {name: given or _made_up() for name in _newcomers()}
        hashes = {name: hash_password(password) for name, password in passwords.items()}
        with transaction():
            people = {who: _person(who, hashes) for who in story.PEOPLE}
            fellow = accounts.named(owner) if owner else None
            Telling(values, people, fellow).tell()
            has_admin = db.session.scalar(select(exists().where(User.is_system_admin)))
    names = ", ".join(person.username for person in people.values())
    click.echo(f"The project {values['key'].upper()} is there, with {names}.")
    for name, password in passwords.items() if prints else ():
        click.echo(f"{name}: {password}")
    if passwords and not (owner or asks or prints):
        first = next(iter(passwords))
        click.echo(f"To sign in as {first}: flask --app app reset-password {first}")
    if not has_admin:
        click.echo("There is no system admin yet: flask --app app create-admin NAME")


def _newcomers() -> list[str]:
    """The user names of the demo's people who have no account yet."""
    names = [username for username, _, _ in story.PEOPLE.values()]
    known = db.session.scalars(select(User.username_key).where(User.username_key.in_(names))).all()
    return [name for name in names if name not in known]


def _made_up() -> str:
    """A random password that keeps every rule."""
    return f"{secrets.token_urlsafe(18)}-aA1"


def _person(who: str, hashes: dict[str, str]) -> User:
    username, name, _ = story.PEOPLE[who]
    if username not in hashes:
        return accounts.named(username)
    user = accounts.register(username, hashes[username], name, None, is_open=True)
    # Whoever is the first on a server should not be one of these.
    user.is_system_admin = False
    return user
