"""Another server with several processes: together they behave as one."""

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.live.conftest import (
    PATIENCE,
    ROOT,
    Client,
    Server,
    Stream,
    environment,
    eventually,
    file_ticket,
    make_project,
    register,
)
from tests.live.test_concurrency import at_once, orders
from tests.live.test_streams import listen
from tests.live.test_uploads import attach, attachments_path, uploads

COMMAND = [sys.executable, "-m", "gunicorn", "-k", "gevent", "-w", "2", "-b", "127.0.0.1:0"]
# No socket in anyone's home directory; no connection ended for resting while others work.
COMMAND += ["--no-control-socket", "--keep-alive", "60", "--graceful-timeout", "2"]
TELL_WHEN_READY = "post_worker_init = lambda worker: worker.log.info('Ready: %s', worker.pid)\n"


class Gunicorn(Server):
    """`wsgi:app` in two processes, which start at once on an empty directory."""

    def __init__(self, directory: Path) -> None:
        self.data_dir, self.log, hooks = (directory / name for name in ("data", "log", "hooks.py"))
        hooks.write_text(TELL_WHEN_READY)
        settings = {"PUNT_DATA_DIR": self.data_dir, "PUNT_RATE_LIMITS": "off"}
        with self.log.open("w") as stderr:
            self.process = subprocess.Popen(
                [*COMMAND, "-c", hooks, "wsgi:app"],
                cwd=ROOT,
                env=environment(settings),
                stderr=stderr,
            )
        eventually(lambda: len(self.workers) == 2 or self.process.poll() is not None)
        if len(self.workers) != 2:
            self.kill()
            pytest.fail(self.log.read_text())

    @property
    def port(self) -> int:
        """The port that the log says gunicorn listens on."""
        found = re.search(r"Listening at: http://127.0.0.1:(\d+)", self.log.read_text())
        return int(found[1]) if found else 0

    @property
    def workers(self) -> list[int]:
        """The processes that serve."""
        return [int(each) for each in re.findall(r"Ready: (\d+)", self.log.read_text())]

    @contextmanager
    def alone(self, worker: int) -> Iterator[None]:
        """In the block one process alone takes new connections: the others are asleep."""
        others = set(self.workers) - {worker}
        for other in others:
            os.kill(other, signal.SIGSTOP)
        try:
            yield
        finally:
            for other in others:
                os.kill(other, signal.SIGCONT)

    def twin(self, client: Client, worker: int) -> Client:
        """The same person on a connection that one process serves."""
        with self.alone(worker):
            twin = client.twin()
            assert twin.get("/me").status == 200
        return twin

    def listen(self, client: Client, path: str, worker: int) -> Stream:
        """A stream that one process serves."""
        with self.alone(worker):
            return listen(client, path)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """One for all tests that leave it running."""
    server = Gunicorn(tmp_path_factory.mktemp("gunicorn"))
    yield server
    server.stop()
    assert "locked" not in server.log.read_text()


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Gunicorn]:
    """One for a test that stops it."""
    server = Gunicorn(tmp_path)
    yield server
    server.kill()


def test_a_stream_of_one_process_sends_what_another_did(
    server: Gunicorn, ada: Client, project: str
) -> None:
    here, there = server.workers
    stream = server.listen(ada, f"{project}/events", here)

    made = file_ticket(server.twin(ada, there), project)

    assert stream.one().data == made
    assert server.twin(ada, here).get(f"{project}/tickets/1").json == made


def test_two_processes_lose_no_write_of_thirty_two_writers(
    server: Gunicorn, ada: Client, project: str
) -> None:
    streams = [server.listen(ada, f"{project}/events", each) for each in server.workers]
    writers = [server.twin(ada, each) for each in server.workers for _ in range(16)]

    def file(client: Client) -> list[int]:
        return [file_ticket(client, project)["number"] for _ in range(5)]

    filed = [number for own in at_once(file, writers) for number in own]

    assert sorted(filed) == list(range(1, 161))
    assert [sorted(own) for own in orders(ada, project).values()] == [list(range(160))]
    for stream in streams:
        messages = stream.messages(160)
        assert [message.data["number"] for message in messages] == list(range(1, 161))
        assert sorted({message.id for message in messages}) == [each.id for each in messages]


def test_orders_stay_dense_whatever_two_processes_move(
    server: Gunicorn, ada: Client, project: str
) -> None:
    columns = [each["id"] for each in ada.get(f"{project}/columns").json]
    tickets = [file_ticket(ada, project)["number"] for _ in range(16)]
    movers = [server.twin(ada, each) for each in server.workers for _ in range(8)]

    def move(client: Client, ticket: int) -> list[int]:
        moves = [{"columnId": column, "order": ticket % 3} for column in columns]
        return [client.patch(f"{project}/tickets/{ticket}", each).status for each in moves]

    assert at_once(move, movers, tickets) == [[200] * 3] * 16
    assert orders(ada, project) == {columns[-1]: list(range(16))}


def test_uploads_that_race_under_one_key_in_two_processes_are_one(
    server: Gunicorn, ada: Client, project: str
) -> None:
    path = attachments_path(ada, project)
    senders = [server.twin(ada, each) for each in server.workers for _ in range(2)]

    for number in range(1, 11):
        before = len(uploads(server))
        key = {"Idempotency-Key": f"race-{number}"}
        answers = at_once(
            lambda client, key=key: attach(client, path, b"notes.txt", b"text", **key), senders
        )

        attached = ada.get(path).json
        assert [(each.status, each.json) for each in answers] == [(201, attached[-1])] * 4
        replayed = Counter(each.headers["Idempotency-Replayed"] for each in answers)
        assert replayed == {"true": 3, None: 1}
        assert (len(attached), len(uploads(server))) == (number, before + 1)


def test_signing_out_in_one_process_ends_streams_of_another(
    server: Gunicorn, ada: Client, project: str
) -> None:
    here, there = server.workers
    elsewhere = Client(server, ada.username).sign_in()
    ends, stays = (server.listen(each, f"{project}/events", here) for each in (ada, elsewhere))

    signed_out = server.twin(ada, there).post("/auth/signout")

    assert signed_out.status == 302
    assert ends.message() is None
    assert server.twin(elsewhere, here).get("/me").status == 200
    with server.alone(here):
        assert ada.twin().get("/me").status == 401
    made = file_ticket(elsewhere, project)
    assert stays.one().data == made


def test_it_stops_when_told_even_while_someone_listens(another: Gunicorn) -> None:
    ada = register(another, "ada")
    project = make_project(ada)
    streams = [another.listen(ada, f"{project}/events", each) for each in another.workers]

    another.stop()

    assert [stream.message() for stream in streams] == [None, None]


def test_a_setting_that_makes_no_sense_stops_them_all(tmp_path: Path) -> None:
    settings = {"PUNT_DATA_DIR": tmp_path / "data", "PUNT_SESSION_DAYS": "many"}
    done = subprocess.run(
        [*COMMAND, "wsgi:app"],
        cwd=ROOT,
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode != 0
    assert "\npunt: PUNT_SESSION_DAYS must be a whole number from 1 to 3650\n" in done.stderr
