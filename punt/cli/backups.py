"""Saving everything to one file while the server runs, and getting it back."""

from pathlib import Path

import click
from sqlalchemy import make_url

from punt import __version__, archive, data_dir, migrations, snapshot
from punt.cli.commands import Commands, app, require_place, settings
from punt.config import DATABASE, Config
from punt.database import iso, now
from punt.errors import RuleBroken

commands = Commands()

MB = 1_000_000

# What saves a database that is not ours, and gets it back.
TOOLS = {"postgresql": "pg_dump and pg_restore", "sqlite": "the .backup command of sqlite3"}


@commands.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Overwrite FILE if there is one.")
def back_up(file: Path, force: bool) -> None:
    """Save all data to one file.

    That is the database, the uploads and the secret key. The server may run meanwhile: what it
    acknowledged before the backup began is saved, and every file that the saved database names.
    FILE is a gzipped tar that only its owner can read; it comes into being when it is complete,
    and not at all if something goes wrong. Keep it as safe as the server itself: who can read it
    can sign in as anybody.

    \b
    Example:
      flask --app app backup /srv/backups/punt-$(date +%F).tar.gz
    """
    config = settings()
    _require_embedded(config)
    with data_dir.hold(config):
        if not data_dir.database(config).exists():
            raise RuleBroken(f"There is no database in {config.data_dir}")
        require_place(file, force)
        with data_dir.staging(config) as staged:
            missing = snapshot.take(config, staged)
            revision = snapshot.check(staged / DATABASE)
            manifest = archive.describe(staged, __version__, revision, iso(now()))
            require_place(file, force)
            archive.pack(staged, manifest, file)
    for name in missing:
        click.echo(f"Warning: {data_dir.uploads(config) / name} is missing", err=True)
    click.echo(f"Saved {_count(manifest)} to {file} ({file.stat().st_size / MB:.1f} MB).")


@commands.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Give up the data that are there now.")
def restore(file: Path, force: bool) -> None:
    """Replace all data by a backup.

    FILE is what the backup command has made. The server must not run. First the whole of FILE is
    checked: a damaged one is refused, and so is one of a newer version; one of an older version
    is brought up to date. Then everything is replaced in one go: if that is interrupted, either
    the old data are still there, or the next start of the server finishes the work.

    \b
    Example, on a new machine:
      PUNT_DATA_DIR=/srv/punt flask --app app restore /srv/backups/punt-2026-01-31.tar.gz
    """
    config = settings()
    _require_embedded(config)
    with data_dir.hold_alone(config):
        if data_dir.database(config).exists() and not force:
            raise RuleBroken(f"There is a database in {config.data_dir}: --force gives it up")
        with data_dir.staging(config) as staged:
            manifest = archive.unpack(file, staged)
            snapshot.check(staged / DATABASE)
            migrations.upgrade_file(app(), staged / DATABASE)
            snapshot.leave_a_gap(staged / DATABASE)
            data_dir.replace(config, staged)
    made = f"saved {manifest.created_at} by PUNT {manifest.version}"
    click.echo(f"Restored {_count(manifest)} to {config.data_dir} ({made}).")


def _require_embedded(config: Config) -> None:
    if not config.embedded:
        backend = make_url(config.sqlalchemy_url).get_backend_name()
        raise RuleBroken(
            f"PUNT_DATABASE_URL is set: use {TOOLS.get(backend, 'the tools of its database')} "
            f"for the database, and then copy {config.data_dir}"
        )


def _count(manifest: archive.Manifest) -> str:
    files = sum(name.startswith(f"{data_dir.UPLOADS}/") for name in manifest.members)
    return f"the database and {files} uploaded file{'' if files == 1 else 's'}"
