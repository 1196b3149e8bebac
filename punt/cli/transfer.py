"""A project out of one server and into another, as one JSON file."""

import base64
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import IO, Any

import click
import orjson

from punt import __version__, data_dir, drafts
from punt.cli.commands import Commands, opened, require_place, settings
from punt.cli.project_reading import FORMAT, PARTS, Reading
from punt.database import iso, now, transaction
from punt.errors import RuleBroken
from punt.tracker import accounts, files, project_export, project_import, projects
from punt.tracker.project_export import Export
from schemas.projects import NewProject

commands = Commands()

STANDARD = Path("-")

# What takes longer shows how far it is.
MANY_TICKETS = 500
MANY_BYTES = 5_000_000


@commands.command("export")
@click.argument("project")
@click.argument("file", type=click.Path(path_type=Path), default=STANDARD)
@click.option("--force", is_flag=True, help="Overwrite FILE if there is one.")
def export(project: str, file: Path, force: bool) -> None:
    """Write a project to one JSON file.

    PROJECT is a key or an id. FILE is only there when it is complete; without one, or with -, it
    is standard output. In it is all that the project has: members, columns, labels, sprints, and
    tickets with their history, comments, links and attachments. It names people by user name, and
    nothing by an id of this server. The server may run meanwhile.

    \b
    Examples:
      flask --app app export APO apollo.json
      flask --app app export APO | gzip > apollo.json.gz
    """
    with opened():
        found = project_export.named(project)
        if found is None:
            raise RuleBroken(f"There is no project {project}")
        if file == STANDARD:
            _write(Export(found), sys.stdout.buffer)
            return
        require_place(file, force)
        with drafts.replacing(file) as draft:
            _write(Export(found), draft)


def _write(whole: Export, out: IO[bytes]) -> None:
    head = {"format": FORMAT, "version": __version__, "exportedAt": iso(now())}
    lists: dict[str, Iterable[Any]] = {
        "members": whole.members(),
        "columns": whole.columns(),
        "labels": whole.labels(),
        "sprints": whole.sprints(),
        "tickets": _told(whole),
        "links": whole.links(),
        "attachments": _with_content(whole),
    }
    out.write(b"{\n")
    for name, value in head.items():
        out.write(b'"%s": %s,\n' % (name.encode(), orjson.dumps(value)))
    project = PARTS["project"].dump(vars(whole.project))
    out.write(b'"project": %s' % orjson.dumps(project))
    for name, items in lists.items():
        out.write(b',\n"%s": [' % name.encode())
        for place, item in enumerate(items):
            out.write(b",\n" if place else b"\n")
            out.write(orjson.dumps(PARTS[name].dump(item)))
        out.write(b"\n]")
    out.write(b"\n}\n")
    out.flush()


def _told(whole: Export) -> Iterator[Any]:
    """The tickets, telling how far they are."""
    with _bar("Writing", whole.ticket_count, MANY_TICKETS) as bar:
        for ticket in whole.tickets():
            yield ticket
            bar.update(1)


def _with_content(whole: Export) -> Iterator[Any]:
    for attachment in whole.attachments():
        path = files.directory() / attachment["id"]
        try:
            content = base64.b64encode(path.read_bytes()).decode()
        except FileNotFoundError:
            # It may have been deleted since we began to read.
            click.echo(f"Warning: {path} is missing", err=True)
        else:
            yield {**attachment, "content": content}


@commands.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", help="The key of the new project; the one in FILE unless given.")
@click.option("--owner", help="Somebody with an account here who is to own it.")
def import_(file: Path, key: str | None, owner: str | None) -> None:
    """Make a new project of an exported one.

    FILE is what the export command has written, or - for standard input. All of it is checked
    first, and then written at once or not at all. Ticket numbers and times stay as they were.
    People are found by their user names; for who is not found, a ticket has no assignee, a
    comment no author. The server may run meanwhile.

    \b
    Examples:
      flask --app app import apollo.json --owner ada
      gzip -dc apollo.json.gz | flask --app app import - --key APO2
    """
    with opened():
        if key:
            key = NewProject(only=["key"]).load({"key": key})["key"].upper()
            projects.require_free(key)
        if owner:
            accounts.named(owner)
        with data_dir.staging(settings()) as place:
            reading = _read(file, place)
            document = reading.document
            names = [attachment["id"] for attachment in document.attachments]
            with files.gone_on_failure(names), transaction():
                fellow = accounts.named(owner) if owner else None
                wanted = key or document.project["key"].upper()
                made = project_import.write(document, wanted, fellow)
                strangers = project_import.strangers(document)
                files.adopt(place, names)
    if strangers:
        click.echo(f"Warning: not found here: {', '.join(strangers)}", err=True)
    click.echo(f"{made.key} has {len(document.tickets)} tickets now.")


def _read(file: Path, place: Path) -> Reading:
    standard = file == STANDARD
    stream = nullcontext(sys.stdin.buffer) if standard else file.open("rb")
    with stream as source:
        reading = Reading(source, place)
        size = 0 if standard else file.stat().st_size
        try:
            with _bar("Reading", size, MANY_BYTES) as bar:
                for bytes_read in reading.read_on():
                    bar.update(bytes_read - bar.pos)
        except RuleBroken as error:
            raise RuleBroken(f"{file}: {error.sentence}") from error
    return reading


def _bar(label: str, length: int, least: int) -> Any:
    """A bar on standard error, if that is a terminal and it takes long enough to be seen."""
    hidden = length < least or not sys.stderr.isatty()
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=hidden)
