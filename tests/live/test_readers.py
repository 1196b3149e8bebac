"""Many readers, slow ones and dead ones: all hear the same, and none costs more than its share."""

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.live.conftest import (
    Client,
    Server,
    Start,
    Stream,
    eventually,
    file_ticket,
    make_project,
    register,
)
from tests.live.test_concurrency import at_once, twins
from tests.live.test_streams import join

MB = 1024 * 1024

# 400 kB in UTF-8, and in Python's memory.
LONG = "\N{ROCKET}" * 100_000


def memory(server: Server) -> int:
    """The bytes of memory that the server has now."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024


def connections(server: Server) -> int:
    """How many sockets the server has open."""
    files = Path(f"/proc/{server.process.pid}/fd").iterdir()
    found = 0
    for file in files:
        with suppress(FileNotFoundError):
            found += str(file.readlink()).startswith("socket:")
    return found


def logged(server: Server, project_id: str, after: int) -> list[tuple[int, str]]:
    """The ids and types of a project's later events, as the log has them."""
    query = "SELECT id, type FROM events WHERE project_id = ? AND id > ? ORDER BY id"
    with closing(sqlite3.connect(server.data_dir / "punt.db")) as database:
        return list(database.execute(query, [project_id, after]))


def change(writer: Client, project: str, seed: int) -> None:
    """File tickets, and rename, move and delete what others have filed."""
    columns = [column["id"] for column in writer.get(f"{project}/columns").json]
    for step in range(6):
        number = file_ticket(writer, project, f"{seed}, {step}")["number"]
        ticket = f"{project}/tickets/{max(1, number - seed)}"
        writer.patch(ticket, {"title": f"renamed by {seed}"})
        writer.patch(ticket, {"columnId": columns[step % 3], "order": 0})
        if step == seed % 6:
            writer.delete(ticket)


def test_fifty_streams_hear_what_sixteen_write_in_the_order_of_the_log(
    server: Server, ada: Client, project: str
) -> None:
    people = [ada, *(register(server, "reader") for _ in range(4))]
    for person in people[1:]:
        join(ada, project, person, "viewer")
    streams = [person.listen(f"{project}/events") for person in people for _ in range(10)]
    start = max(stream.one().id for stream in streams)

    at_once(lambda writer, seed: change(writer, project, seed), twins(ada, 16), range(16))

    expected = logged(server, ada.get(project).json["id"], start)
    assert len(expected) > 16 * 6 * 2
    heard = [stream.messages(len(expected)) for stream in streams]
    assert [(message.id, message.type) for message in heard[0]] == expected
    assert all(each == heard[0] for each in heard)
    last = {m.data["id"]: m.data for m in heard[0] if m.type.startswith("ticket.")}
    listed = {each["id"]: each for each in ada.get(f"{project}/tickets").json}
    gone = {id_ for id_, each in last.items() if each == {"id": id_}}
    assert last.keys() - gone == listed.keys()
    # Those that close ranks around a ticket that moves are not told of one by one.
    assert all(last[id_] | {"order": each["order"]} == each for id_, each in listed.items())


@pytest.mark.parametrize(("resumes", "most"), [(False, 25 * MB), (True, 80 * MB)])
def test_readers_that_stand_still_fill_no_memory_and_keep_nobody_waiting(
    start: Start, resumes: bool, most: int
) -> None:
    server = start(rate_limits="off")
    ada, bo = register(server, "ada"), register(server, "bo")
    project = make_project(ada)
    join(ada, project, bo, "viewer")
    brisk = ada.listen(f"{project}/events")
    beginning = brisk.one().id
    for number in range(50):
        file_ticket(ada, project, str(number), description=LONG)
    before = memory(server)

    last = beginning if resumes else None
    still = [Stream(bo, f"{project}/events", last) for _ in range(10)]
    for number in range(50, 150):
        file_ticket(ada, project, str(number), description=LONG)

    assert [brisk.one().data["title"] for _ in range(150)] == [str(n) for n in range(150)]
    grown = memory(server) - before
    assert grown < most
    assert [stream.read().one().type for stream in still] == ["connected"] * 10
    heard = [len(list(iter(stream.message, None))) for stream in still]
    assert max(heard) < 150


def vanish(client: Client) -> None:
    """Open as many streams as one may, and be gone without a word."""
    streams = [Stream(client, "/users/events") for _ in range(10)]
    assert [stream.status for stream in streams] == [200] * 10
    for stream in streams:
        stream.close()


def test_a_thousand_readers_that_vanish_leave_nothing_behind(start: Start) -> None:
    server = start(keepalive_seconds=1, rate_limits="off")
    people = [register(server, "reader") for _ in range(20)]
    before = connections(server)

    for _ in range(5):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(vanish, people))
        assert eventually(lambda: connections(server) <= before)

    assert [people[0].listen("/users/events").one().type for _ in range(10)] == ["connected"] * 10
