"""One who asks much does not keep the others waiting."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from threading import Event, Thread

import pytest

from tests.live.conftest import Client, Server, Start, file_ticket, make_project, register
from tests.live.test_streams import listen
from tests.live.test_uploads import FILM, HEAD, TAIL, attachments_path, begin

MOST_TIMES_SLOWER = 3
SAMPLES = 200

KEEPALIVE_SECONDS = 1
LATEST_KEEPALIVE = 2.5 * KEEPALIVE_SECONDS

PIECE = 256 * 1024

Load = Callable[[Event], None]

# Measured when asked for (`-m measured`), not by everyone who runs the tests.
pytestmark = pytest.mark.measured


@pytest.fixture
def server(start: Start) -> Server:
    return start(rate_limits="off", keepalive_seconds=KEEPALIVE_SECONDS)


def typical(client: Client, path: str) -> float:
    """How long a small request takes, most of the time."""
    times = []
    for _ in range(SAMPLES):
        begun = time.perf_counter()
        assert client.get(path).status == 200
        times.append(time.perf_counter() - begun)
        time.sleep(0.002)
    return median(times)


@contextmanager
def under(load: Load) -> Iterator[None]:
    """For the length of the block someone asks much; fails if they were ever refused."""
    enough = Event()
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            load(enough)
        except BaseException as error:
            errors.append(error)

    thread = Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()
    assert not errors


@contextmanager
def keepalives_on_time(client: Client) -> Iterator[None]:
    """See that a silent stream is never silent for long."""
    stream = listen(client, "/users/events")
    enough = Event()
    gaps: list[float] = []

    def watch() -> None:
        last = time.monotonic()
        while not enough.is_set() or not gaps:
            assert stream.block() == (": keepalive",)
            gaps.append(time.monotonic() - last)
            last = time.monotonic()

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        enough.set()
        watcher.join()
    assert gaps
    assert max(gaps) < LATEST_KEEPALIVE


def assert_fair(ada: Client, path: str, *loads: Load) -> None:
    """See that small requests and streams do well while others ask much."""
    before = typical(ada, path)
    with ExitStack() as stack:
        stack.enter_context(keepalives_on_time(ada))
        for load in loads:
            stack.enter_context(under(load))
        busy = typical(ada, path)
    alone = max(before, typical(ada, path))
    assert busy < MOST_TIMES_SLOWER * alone


@pytest.fixture
def small(ada: Client, project: str) -> str:
    """What is quickly answered."""
    file_ticket(ada, project)
    return f"{project}/tickets/1"


def test_four_who_guess_passwords_leave_the_others_their_share(ada: Client, small: str) -> None:
    body = {"username": ada.username, "password": "Wrong-horse-2"}

    def guess(enough: Event) -> None:
        guesser = Client(ada.server)
        while not enough.is_set():
            assert guesser.post("/auth/callback/credentials", body).status == 401

    assert_fair(ada, small, guess, guess, guess, guess)


def test_one_who_polls_a_thousand_tickets_leaves_the_others_their_share(
    ada: Client, small: str
) -> None:
    large = make_project(ada)
    for _ in range(1000):
        file_ticket(ada, large)

    def poll(enough: Event) -> None:
        poller = ada.twin()
        while not enough.is_set():
            assert poller.get(f"{large}/tickets").status == 200

    assert_fair(ada, small, poll)


def test_one_who_sends_a_film_leaves_the_others_their_share(
    server: Server, ada: Client, small: str
) -> None:
    bo = register(server, "bo")
    path = attachments_path(bo, make_project(bo))
    head = HEAD % b"film.mp4"
    form = head + FILM[: -len(head) - len(TAIL)] + TAIL

    def send(enough: Event) -> None:
        with begin(bo, path) as wire:
            for start in range(0, len(form), PIECE):
                wire.sendall(form[start : start + PIECE])
                enough.wait(0.01)
            assert wire.recv(65536).startswith(b"HTTP/1.1 201 ")

    assert_fair(ada, small, send)
