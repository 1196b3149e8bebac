"""The command line of the operator: `flask --app app COMMAND`."""

from flask import Flask

from punt.cli import accounts, backups, demo, transfer


def register(app: Flask) -> None:
    """Give the app its commands."""
    for group in (accounts.commands, backups.commands, demo.commands, transfer.commands):
        for command in group.commands.values():
            app.cli.add_command(command)
