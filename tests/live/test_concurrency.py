"""Many clients at once: numbers, orders and names come out as if they had taken turns."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier
from typing import Any, TypeVar

import pytest

from tests.live.conftest import (
    PASSWORD,
    Answer,
    Client,
    Server,
    Start,
    file_ticket,
    make_project,
    numbers,
    register,
)

Result = TypeVar("Result")


def at_once(work: Callable[..., Result], *arguments: Sequence[Any]) -> list[Result]:
    """What `work` answers for each of the arguments, all of it begun together; otherwise a map."""
    barrier = Barrier(len(arguments[0]))

    def run(*given: Any) -> Result:
        barrier.wait()
        return work(*given)

    with ThreadPoolExecutor(barrier.parties) as pool:
        return list(pool.map(run, *arguments))


def twins(client: Client, count: int) -> list[Client]:
    """The same person on so many connections."""
    return [client.twin() for _ in range(count)]


def orders(client: Client, project: str) -> dict[str, list[int]]:
    """The orders in each column, from top to bottom, as one list shows them."""
    found: dict[str, list[int]] = defaultdict(list)
    for ticket in client.get(f"{project}/tickets").json:
        found[ticket["columnId"]].append(ticket["order"])
    return found


def test_a_thousand_tickets_filed_at_once_are_numbered_without_gap_or_repeat(
    ada: Client, project: str
) -> None:
    to_file = iter(range(1000))

    def file(client: Client) -> list[int]:
        return [file_ticket(client, project)["number"] for _ in to_file]

    filed = at_once(file, twins(ada, 32))

    everyone = [number for own in filed for number in own]
    assert sorted(everyone) == list(range(1, 1001))
    assert all(own == sorted(own) for own in filed)
    listed = ada.get(f"{project}/tickets").json
    assert [ticket["order"] for ticket in listed] == list(range(1000))
    assert [ticket["number"] for ticket in listed] == list(range(1, 1001))
    assert ada.get(project).json["ticketCount"] == 1000


def test_two_processes_on_one_database_take_turns_too(start: Start) -> None:
    here, there = start(rate_limits="off"), start(rate_limits="off")
    ada = register(here, "ada")
    project = make_project(ada)
    stream = ada.listen(f"{project}/events")
    assert stream.one().type == "connected"

    def file(client: Client) -> list[int]:
        return [file_ticket(client, project)["number"] for _ in range(25)]

    elsewhere = Client(there, ada.username, ada.cookie)
    filed = at_once(file, twins(ada, 4) + twins(elsewhere, 4))

    assert sorted(number for own in filed for number in own) == list(range(1, 201))
    assert [message.data["number"] for message in stream.messages(200)] == list(range(1, 201))


def test_what_is_read_in_either_process_can_be_counted_up_without_losing_one(start: Start) -> None:
    here, there = start(rate_limits="off"), start(rate_limits="off")
    ada = register(here, "ada")
    project = make_project(ada)
    path = f"{project}/tickets/{file_ticket(ada, project, estimate='1m')['number']}"

    def count_up(client: Client) -> int:
        counted = 0
        for _ in range(150):
            read = client.get(path)
            _, of_project, of_ticket, *_ = re.split('[".]', read.headers["ETag"] or "")
            assert int(of_ticket) <= int(of_project), "both parts are of one state"
            values = {"estimate": f"{int(read.json['estimate'][:-1]) + 1}m"}
            match = {"If-Match": read.headers["ETag"] or ""}
            counted += client.patch(path, values, headers=match).status == 200
        return counted

    elsewhere = Client(there, ada.username, ada.cookie)
    counted = sum(at_once(count_up, twins(ada, 2) + twins(elsewhere, 2)))

    assert ada.get(path).json["estimate"] == f"{counted + 1}m"


def test_orders_stay_dense_whatever_is_moved_filed_and_deleted_at_once(
    ada: Client, project: str
) -> None:
    columns = [column["id"] for column in ada.get(f"{project}/columns").json]
    for _ in range(30):
        file_ticket(ada, project)

    def meddle(client: Client, seed: int) -> list[int]:
        random = Random(seed)  # noqa: S311
        return [change(client, random) for _ in range(25)]

    def change(client: Client, random: Random) -> int:
        ticket = f"{project}/tickets/{random.randint(1, 30)}"
        place = {"columnId": random.choice(columns), "order": random.randint(0, 12)}
        match random.randint(0, 39):
            case 0:
                return client.delete(ticket).status
            case 1 | 2:
                return client.post(f"{project}/tickets", {"title": "New", **place}).status
            case 3 | 4 | 5:
                return client.patch(ticket, {"order": place["order"]}).status
        return client.patch(ticket, place).status

    answers = at_once(meddle, twins(ada, 16), range(16))

    statuses = Counter(status for each in answers for status in each)
    assert statuses.keys() <= {200, 201, 404}
    assert statuses[200] > 200
    found = orders(ada, project)
    assert len(found) == 3
    assert all(order == list(range(len(order))) for order in found.values())
    counts = {column["id"]: column["ticketCount"] for column in ada.get(f"{project}/columns").json}
    assert counts == {column: len(order) for column, order in found.items()}


@pytest.mark.parametrize("racers", [2, 20])
def test_one_name_registered_at_once_goes_to_one(server: Server, racers: int) -> None:
    name = f"racer-{next(numbers)}"

    def race(client: Client, username: str) -> Answer:
        account = {"username": username, "password": PASSWORD}
        return client.post("/auth/register", account)

    names = [name.upper() if number % 2 else name for number in range(racers)]
    answers = at_once(race, twins(Client(server), racers), names)

    assert sorted(answer.status for answer in answers) == [201] + [400] * (racers - 1)
    refusals = [answer.json for answer in answers if answer.status == 400]
    assert refusals == [{"error": "Username already taken"}] * (racers - 1)


def test_one_address_registered_at_once_goes_to_one(server: Server) -> None:
    racers = [f"racer-{next(numbers)}" for _ in range(8)]

    def race(client: Client, username: str) -> Answer:
        account = {"username": username, "password": PASSWORD, "email": f"{racers[0]}@example.com"}
        return client.post("/auth/register", account)

    answers = at_once(race, twins(Client(server), 8), racers)

    refusals = [answer.json for answer in answers if answer.status == 400]
    assert Counter(answer.status for answer in answers) == {201: 1, 400: 7}
    assert refusals == [{"error": "Email already registered"}] * 7


def test_one_key_claimed_at_once_goes_to_one(ada: Client) -> None:
    body = {"name": "Race", "key": f"R{next(numbers)}"}

    answers = at_once(lambda client: client.post("/projects", body), twins(ada, 8))

    assert Counter(answer.status for answer in answers) == {201: 1, 400: 7}


def test_of_changes_to_one_version_of_a_ticket_one_wins(ada: Client, project: str) -> None:
    file_ticket(ada, project)
    path = f"{project}/tickets/1"
    match = {"If-Match": ada.get(path).headers["ETag"] or ""}

    def rename(client: Client, title: str) -> Answer:
        return client.patch(path, {"title": title}, match)

    answers = at_once(rename, twins(ada, 8), [f"By {number}" for number in range(8)])

    assert Counter(answer.status for answer in answers) == {200: 1, 412: 7}
    (winner,) = [answer.json for answer in answers if answer.status == 200]
    assert ada.get(path).json == winner


def test_work_goes_on_while_passwords_are_guessed(
    server: Server, ada: Client, project: str
) -> None:
    stream = ada.listen(f"{project}/events")
    assert stream.one().type == "connected"

    def guess(client: Client) -> int:
        body = {"username": ada.username, "password": "Wrong-horse-2"}
        return client.post("/auth/callback/credentials", body).status

    with ThreadPoolExecutor(20) as pool:
        guesses = pool.map(guess, twins(Client(server), 20))
        for _ in range(20):
            file_ticket(ada, project)

    assert list(guesses) == [401] * 20
    assert [message.data["number"] for message in stream.messages(20)] == list(range(1, 21))
