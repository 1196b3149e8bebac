"""SQLite's index of what tickets say: which of them have which three characters in a row.

It knows a ticket by one number, its project's serial before its own, so that the tickets of a
project are a range. To look text up is cheap, and so is entering many texts at once, but entering
one takes longer than all else that is done to file a ticket. So triggers note in a backlog which
tickets the index is wrong about, and what it has for them; taking a row off the backlog puts the
index right. A search believes the index but for what is in the backlog, and reads those tickets.

PostgreSQL has nothing of this.
"""

from sqlalchemy import ColumnElement, Connection, Integer, String, column, table, text

NAME = "ticket_search"

INDEX = table(NAME, column("rowid", Integer), column("text", String))
BACKLOG = table(f"{NAME}_backlog", column("id", Integer), column("indexed", String))

# No word that is shorter can be looked up.
SHORTEST_WORD = 3

TRIGGERS = {
    "ticket_search_filed": """AFTER INSERT ON tickets BEGIN
        INSERT OR IGNORE INTO ticket_search_backlog
            SELECT serial << 32 | new.number, NULL FROM projects WHERE id = new.project_id;
        END""",
    "ticket_search_changed": """AFTER UPDATE OF search_text ON tickets
        WHEN old.search_text <> new.search_text BEGIN
        INSERT OR IGNORE INTO ticket_search_backlog
            SELECT serial << 32 | old.number, old.search_text
            FROM projects WHERE id = old.project_id;
        END""",
    "ticket_search_deleted": """AFTER DELETE ON tickets BEGIN
        INSERT OR IGNORE INTO ticket_search_backlog
            SELECT serial << 32 | old.number, old.search_text
            FROM projects WHERE id = old.project_id;
        END""",
    # Its tickets go after it, when nobody knows its serial any more.
    "ticket_search_project_deleted": """BEFORE DELETE ON projects BEGIN
        INSERT OR IGNORE INTO ticket_search_backlog
            SELECT old.serial << 32 | number, search_text
            FROM tickets WHERE project_id = old.id;
        END""",
    "ticket_search_caught_up": """AFTER DELETE ON ticket_search_backlog BEGIN
        INSERT INTO ticket_search (ticket_search, rowid, text)
            SELECT 'delete', old.id, old.indexed WHERE old.indexed IS NOT NULL;
        INSERT INTO ticket_search (rowid, text)
            SELECT old.id, search_text
            FROM projects JOIN tickets ON tickets.project_id = projects.id
            WHERE serial = old.id >> 32 AND number = old.id & 0xffffffff;
        END""",
}


def number_of(id_: ColumnElement[int]) -> ColumnElement[int]:
    """The number of the ticket that the index knows by this one."""
    return id_.bitwise_and(0xFFFFFFFF)


def serial_of(id_: ColumnElement[int]) -> ColumnElement[int]:
    """The serial of that ticket's project."""
    return id_.bitwise_rshift(32)


def is_of(serial: int, id_: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether that ticket is of the project with this serial."""
    return id_.between(serial << 32, (serial + 1 << 32) - 1)


def put_triggers_away(connection: Connection) -> None:
    """Before tables are made anew, which cannot be done to one that a trigger names.

    A migration that changes what tickets say, or which there are, must fill the index anew itself.
    """
    for name in TRIGGERS:
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))


def put_triggers_back(connection: Connection) -> None:
    """Have the index follow what is written from now on, where there is one."""
    if connection.dialect.has_table(connection, NAME):
        for name, what in TRIGGERS.items():
            connection.execute(text(f"CREATE TRIGGER {name} {what}"))
