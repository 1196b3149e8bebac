"""A data directory as after years of use, written in bulk: people, projects and their tickets."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from app import create_app
from punt import migrations
from punt.config import Config
from punt.data_dir import database
from punt.database import transaction
from punt.extensions import db
from punt.models import (
    Column,
    Comment,
    Event,
    Label,
    Member,
    Project,
    Segment,
    Sprint,
    SprintEntry,
    Ticket,
    Token,
    User,
    ticket_labels,
    ticket_watchers,
)
from punt.tracker import ticket_search
from punt.tracker.passwords import hash_password
from punt.tracker.secrets import digest
from tests.benchmarks.boards import BEGAN, LABELS, Board, Row, id_of

OWNER = "ada"
PASSWORD = "Correct-horse-1"
TEAM = 10
SHORT = 10
ROWS_AT_ONCE = 5000

# The shares of the columns of a board; most tickets are done.
SHARES = {"Ideas": 0.2, "To Do": 0.15, "In Progress": 0.05, "Review": 0.05, "Done": 0.55}


@dataclass(frozen=True)
class Data:
    """What was written where."""

    database: Path
    # To read from, the smallest first, each with a team.
    boards: Sequence[Board]
    # To move tickets about in, with everyone in it: an empty column, a tall and a short one.
    busy: Board
    # One personal access token for each person but the owner.
    tokens: Sequence[str]


def write(directory: Path, sizes: Sequence[int], tall: int, people: int) -> Data:
    """Write projects of these sizes, one with a column of `tall` tickets, and so many people."""
    config = Config(data_dir=directory)
    app = create_app(config)
    migrations.upgrade(app, config)
    with app.app_context():
        users = list(_people(people, hash_password(PASSWORD)))
        ids = [user["id"] for user in users]
        tokens = [f"punt_token-of-{user['username']}" for user in users[1:]]
        boards = [Board(f"T{size}", _heights(size), ids[:TEAM]) for size in sizes]
        busy = Board("BUSY", [0, tall, SHORT], ids)
        with db.engine.begin() as connection:
            _insert(connection, User, users)
            _insert(connection, Token, map(_token, ids[1:], tokens))
            for board in [*boards, busy]:
                _write_board(connection, board)
        with transaction():
            while ticket_search.index_waiting():
                pass
        db.engine.dispose()
    return Data(database(config), boards, busy, tokens)


def _heights(size: int) -> list[int]:
    heights = [int(size * share) for share in SHARES.values()]
    return [*heights[:-1], size - sum(heights[:-1])]


def _people(count: int, hashed: str) -> Iterator[Row]:
    for number in range(count):
        name = f"person-{number}" if number else OWNER
        yield {
            "id": id_of(BEGAN),
            "username": name,
            "username_key": name,
            "name": name.capitalize(),
            "password_hash": hashed,
        }


def _token(user_id: str, secret: str) -> Row:
    return {
        "user_id": user_id,
        "name": "streams",
        "scope": "write",
        "secret_hash": digest(secret),
    }


def _write_board(connection: Connection, board: Board) -> None:
    created = {"project_id": board.id, "type": "project.created", "data": "{}"}
    event = insert(Event).values(created).returning(Event.id)
    revision = connection.execute(event).scalar_one()
    project = {
        "id": board.id,
        "key": board.key,
        "name": f"{board.size} tickets",
        "color": "#336699",
        "last_number": board.size,
        "revision": revision,
        "created_at": BEGAN,
    }
    _insert(connection, Project, [project])
    _write_setting(connection, board)
    tickets = board.tickets(revision)
    while some := list(islice(tickets, ROWS_AT_ONCE)):
        _insert(connection, Ticket, some)
        _write_surroundings(connection, board, some)
    labelled = Ticket.id.in_(select(ticket_labels.c.ticket_id))
    own = update(Ticket).where(Ticket.project_id == board.id, labelled)
    connection.execute(own.values(is_labelled=True))


def _write_setting(connection: Connection, board: Board) -> None:
    """What must be there before the first ticket."""
    of = {"project_id": board.id}
    roles = ["owner", *["member"] * (len(board.member_ids) - 1)]
    members = zip(board.member_ids, roles, strict=True)
    _insert(connection, Member, ({**of, "user_id": id_, "role": role} for id_, role in members))
    last = len(board.column_ids) - 1
    names = [*SHARES, *map(str, range(last))]
    columns = (
        {**of, "id": id_, "name": names[place], "position": place, "is_done": place == last}
        for place, id_ in enumerate(board.column_ids)
    )
    _insert(connection, Column, columns)
    _insert(connection, Segment, board.segments())
    labels = zip(board.label_ids, LABELS, strict=True)
    _insert(connection, Label, ({**of, "id": id_, **_label(name)} for id_, name in labels))
    sprints = (
        {**of, "id": id_, "name": f"Sprint {place}", "status": "planning" if place else "active"}
        for place, id_ in enumerate(board.sprint_ids)
    )
    _insert(connection, Sprint, sprints)


def _label(name: str) -> Row:
    return {"name": name, "name_key": name, "color": "#cc3333"}


def _write_surroundings(connection: Connection, board: Board, tickets: Sequence[Row]) -> None:
    """What stands beside the tickets: labels, watchers, comments, and how they came to a sprint."""
    dice = Random(tickets[0]["number"])  # noqa: S311 - not a secret
    labels, watchers, comments, entries = [], [], [], []
    for ticket in tickets:
        of = {"ticket_id": ticket["id"]}
        labels += [
            {**of, "label_id": id_} for id_ in dice.sample(board.label_ids, dice.choice([0, 1, 2]))
        ]
        watchers += [
            {**of, "user_id": id_} for id_ in dice.sample(board.member_ids, dice.choice([0, 1, 2]))
        ]
        if dice.random() < 0.2:
            comments.append({**of, "author_id": ticket["creator_id"], "content": ticket["title"]})
        if ticket["sprint_id"]:
            entries.append({**of, "sprint_id": ticket["sprint_id"], "entry_type": "added"})
    _insert(connection, ticket_labels, labels)
    _insert(connection, ticket_watchers, watchers)
    _insert(connection, Comment, comments)
    _insert(connection, SprintEntry, entries)


def _insert(connection: Connection, into: Table | type[Any], rows: Iterable[Row]) -> None:
    if rows := list(rows):
        connection.execute(insert(into), rows)
