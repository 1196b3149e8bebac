"""What the database takes to make the JSON of a list when nothing else is done."""

import sqlite3
import time
from pathlib import Path

from sqlalchemy.dialects import sqlite

from punt.models import Ticket
from punt.tracker.ticket_documents import SHOWN, json_list
from punt.tracker.ticket_orders import sort_keys
from tests.benchmarks.boards import Board


class DatabaseFloor:
    """The app's own statement for the whole list of a board, on a bare connection."""

    def __init__(self, database: Path, board: Board) -> None:
        statement = SHOWN.where(Ticket.project_id == board.id).order_by(*sort_keys("order"))
        compiled = statement.compile(
            dialect=sqlite.dialect(),
            compile_kwargs={"literal_binds": True},
        )
        self._sql = str(compiled)
        self._connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        self.answer()

    def answer(self) -> bytes:
        """The list as JSON."""
        return json_list([row[0] for row in self._connection.execute(self._sql)]).encode()

    def cpu_ms(self, seconds: float) -> float:
        """The processor time for one list, from doing it again for so long."""
        lists = 0
        before, deadline = time.process_time(), time.perf_counter() + seconds
        while not lists or time.perf_counter() < deadline:
            self.answer()
            lists += 1
        return 1000 * (time.process_time() - before) / lists
