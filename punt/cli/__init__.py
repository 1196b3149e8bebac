"""The command line of the operator: `flask --app app COMMAND`."""

from click import get_current_context
from flask import Flask

from punt import migrations
from punt.cli import accounts, backups, demo, transfer


def register(app: Flask) -> None:
    """Give the app its commands."""
    if get_current_context(silent=True):
        migrations.bind(app)
    for group in (accounts.commands, backups.commands, demo.commands, transfer.commands):
        for command in group.commands.values():
            app.cli.add_command(command)
