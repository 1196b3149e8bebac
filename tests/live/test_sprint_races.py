"""Sprints under several hands at once, and under the axe (contract, section 5)."""

import shutil
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.live.conftest import (
    Answer,
    Client,
    Start,
    file_ticket,
    make_project,
    register,
)
from tests.live.test_concurrency import at_once, twins

ROUNDS = 10
MANY = 500
KILLS = 6


def plan(client: Client, project: str) -> str:
    """The id of a new sprint."""
    made = client.post(f"{project}/sprints", {})
    assert made.status == 201, made.body
    return str(made.json["id"])


def start_sprint(client: Client, path: str) -> Answer:
    return client.post(f"{path}/start")


def complete(client: Client, path: str) -> Answer:
    return client.post(f"{path}/complete")


def assert_one_won(answers: list[Answer]) -> Any:
    """Of the answers, one is a success and the others refusals by a rule; what it was."""
    refusals = [answer.json for answer in answers if answer.status != 200]
    assert Counter(answer.status for answer in answers) == {200: 1, 400: len(refusals)}
    assert all(refusal.keys() == {"error"} for refusal in refusals)
    (won,) = [answer.json for answer in answers if answer.status == 200]
    return won


@pytest.fixture
def hands(start: Start) -> tuple[str, list[Client]]:
    """The path of a project, and its owner on connections to two processes that share the data."""
    first, second = start(rate_limits="off"), start(rate_limits="off")
    ada = register(first, "ada")
    there = Client(second, ada.username, ada.cookie)
    return make_project(ada), [*twins(ada, 3), *twins(there, 3)]


def test_of_sprints_started_at_once_one_is_active(hands: tuple[str, list[Client]]) -> None:
    project, clients = hands
    for _ in range(ROUNDS):
        paths = [f"{project}/sprints/{plan(client, project)}" for client in clients]

        begun = assert_one_won(at_once(start_sprint, clients, paths))

        active = clients[0].get(f"{project}/sprints?status=active").json
        assert active == [clients[-1].get(f"{project}/sprints/active").json] == [begun]
        assert complete(clients[0], f"{project}/sprints/{begun['id']}").status == 200


def test_a_sprint_started_at_once_starts_once(hands: tuple[str, list[Client]]) -> None:
    project, clients = hands
    for _ in range(ROUNDS):
        path = f"{project}/sprints/{plan(clients[0], project)}"

        begun = assert_one_won(at_once(start_sprint, clients, [path] * len(clients)))

        assert clients[-1].get(f"{project}/sprints/active").json == begun
        assert complete(clients[0], path).status == 200


def test_a_sprint_completed_at_once_carries_its_tickets_over_once(
    hands: tuple[str, list[Client]],
) -> None:
    project, clients = hands
    sprint = plan(clients[0], project)
    for _ in range(20):
        file_ticket(clients[0], project, sprintId=sprint)
    for carried in range(1, ROUNDS + 1):
        path, following = f"{project}/sprints/{sprint}", plan(clients[0], project)
        assert start_sprint(clients[0], path).status == 200

        ended = assert_one_won(at_once(complete, clients, [path] * len(clients)))

        assert (ended["status"], ended["incompleteTicketCount"]) == ("completed", 20)
        tickets = clients[-1].get(f"{project}/tickets").json
        places = {
            (each["sprintId"], each["carriedFromSprintId"], each["carriedOverCount"])
            for each in tickets
        }
        assert places == {(following, sprint, carried)}
        stays = clients[0].get(f"{project}/sprints/{following}").json["ticketHistory"]
        assert len(stays) == len(tickets) == 20
        sprint = following


def test_tickets_filed_while_a_sprint_ends_are_counted_or_refused(
    hands: tuple[str, list[Client]],
) -> None:
    project, clients = hands
    ended, *filers = clients
    for _ in range(ROUNDS):
        sprint = plan(ended, project)
        path = f"{project}/sprints/{sprint}"
        assert start_sprint(ended, path).status == 200

        def work(client: Client, sprint: str) -> list[int]:
            if client is ended:
                body = {"incompleteAction": "keepInSprint"}
                return [client.post(f"{project}/sprints/{sprint}/complete", body).status]
            body = {"title": "x", "sprintId": sprint}
            return [client.post(f"{project}/tickets", body).status for _ in range(5)]

        (completed,), *filed = at_once(work, clients, [sprint] * len(clients))

        statuses = Counter(status for each in filed for status in each)
        assert completed == 200
        assert statuses.keys() <= {201, 400}
        shown = filers[-1].get(path).json
        assert shown["ticketCount"] == len(shown["tickets"]) == statuses[201]


# A kill in the middle


@dataclass(frozen=True)
class Scene:
    """A data directory as it was before its active sprint was completed, put back at will."""

    start: Start
    before: Path
    ada: Client
    project: str
    sprint: str
    following: str

    @property
    def path(self) -> str:
        return f"{self.project}/sprints/{self.sprint}"

    def restart(self) -> Client:
        """Ada on a new server, with the data as it stands."""
        return Client(self.start(rate_limits="off"), self.ada.username, self.ada.cookie)

    def replay(self) -> Client:
        """Ada on a new server, with the data as it was."""
        shutil.rmtree(self.ada.server.data_dir)
        shutil.copytree(self.before, self.ada.server.data_dir)
        return self.restart()

    def seen(self, client: Client) -> tuple[Any, str | None]:
        """Both sprints with their tickets and history, and the revision of it all."""
        paths = (self.path, f"{self.project}/sprints/{self.following}")
        revision = client.get(f"{self.project}/sprints").headers["ETag"]
        return [client.get(path).json for path in paths], revision


@pytest.fixture
def scene(start: Start, tmp_path: Path) -> Scene:
    """An active sprint of many tickets that are not done, and a planned one."""
    ada = register(start(rate_limits="off"), "ada")
    project = make_project(ada)
    sprint, following = plan(ada, project), plan(ada, project)
    for _ in range(MANY):
        file_ticket(ada, project, sprintId=sprint)
    assert start_sprint(ada, f"{project}/sprints/{sprint}").status == 200
    ada.server.stop()
    shutil.copytree(ada.server.data_dir, tmp_path / "before")
    return Scene(start, tmp_path / "before", ada, project, sprint, following)


@pytest.mark.timeout(300)
def test_a_kill_leaves_a_sprint_completed_with_all_its_tickets_or_not_at_all(scene: Scene) -> None:
    client = scene.restart()
    untouched = scene.seen(client)
    begun = time.monotonic()
    assert complete(client, scene.path).status == 200
    duration = time.monotonic() - begun
    assert_all_carried_over(scene.seen(client)[0])
    client.server.stop()
    client = scene.replay()
    random = Random()  # noqa: S311

    for part in range(KILLS):
        moment = duration * (part + random.random()) / KILLS
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(status_of, client, scene.path)
            # When to kill is what varies here, over all of the time that completing takes.
            time.sleep(moment)
            client.server.kill()
        client = scene.restart()
        found = scene.seen(client)
        if found != untouched:
            assert_all_carried_over(found[0])
            client.server.stop()
            client = scene.replay()
        else:
            assert answer.result() is None, f"acknowledged, then lost by a kill after {moment} s"

    assert complete(client, scene.path).status == 200
    assert_all_carried_over(scene.seen(client)[0])


def status_of(client: Client, path: str) -> int | None:
    """The status of completing a sprint; None when the server died over it."""
    with suppress(OSError, HTTPException):
        return complete(client, path).status
    return None


def assert_all_carried_over(sprints: Any) -> None:
    """Asserts that the first sprint is completed, and that the second has all its tickets."""
    ended, following = sprints
    assert (ended["status"], ended["incompleteTicketCount"]) == ("completed", MANY)
    exits = Counter(each["exitStatus"] for each in ended["ticketHistory"])
    assert (exits, ended["tickets"]) == ({"carried_over": MANY}, [])
    entries = Counter(each["entryType"] for each in following["ticketHistory"])
    assert entries == {"carried_over": MANY}
    assert [each["carriedOverCount"] for each in following["tickets"]] == [1] * MANY
