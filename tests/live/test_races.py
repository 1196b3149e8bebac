"""Two who do at once what only one may do: one succeeds, the other is told why not."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from tests.live.conftest import Answer, Client, file_ticket
from tests.live.test_concurrency import at_once, orders, twins

Call = tuple[Client, str, str, Any]


def race(*calls: Call) -> Sequence[Answer]:
    """Make these calls together, each on a connection of its own."""
    answers = at_once(lambda client, *call: client.twin().ask(*call), *zip(*calls, strict=True))
    assert all(answer.json["error"] for answer in answers if answer.status >= 400)
    return answers


def statuses(answers: Sequence[Answer]) -> dict[int, int]:
    """How often each status was answered."""
    return dict(Counter(answer.status for answer in answers))


def join(owner: Client, project: str, person: Client, role: str) -> str:
    """The path of a new membership."""
    body = {"userId": person.id, "role": role}
    made = owner.post(f"{project}/members", body)
    assert made.status == 201
    return f"{project}/members/{made.json['id']}"


@pytest.mark.parametrize("racers", [2, 12])
def test_one_label_made_at_once_is_made_once(ada: Client, project: str, racers: int) -> None:
    names = ["Überprüfen" if number % 2 else "ÜBERPRÜFEN" for number in range(racers)]
    answers = race(*((ada, "POST", f"{project}/labels", {"name": name}) for name in names))
    assert statuses(answers) == {201: 1, 400: racers - 1}
    (made,) = [answer.json for answer in answers if answer.status == 201]
    assert ada.get(f"{project}/labels").json == [made]


def test_two_labels_renamed_to_one_name_at_once_stay_two(ada: Client, project: str) -> None:
    made = [ada.post(f"{project}/labels", {"name": name}).json for name in ("a", "b")]
    paths = [f"{project}/labels/{each['id']}" for each in made]
    answers = race(*((ada, "PATCH", path, {"name": "c"}) for path in paths))
    assert statuses(answers) == {200: 1, 400: 1}
    names = [each["name"] for each in ada.get(f"{project}/labels").json]
    assert names in (["a", "c"], ["b", "c"])


@pytest.mark.parametrize(
    ("link_type", "inverse"), [("blocks", "is_blocked_by"), ("relates_to", "relates_to")]
)
def test_two_tickets_linked_both_ways_at_once_are_linked_once(
    ada: Client, project: str, link_type: str, inverse: str
) -> None:
    one, other = file_ticket(ada, project), file_ticket(ada, project)
    paths = [f"{project}/tickets/{ticket['id']}/links" for ticket in (one, other)]
    answers = race(
        (ada, "POST", paths[0], {"targetTicketId": other["id"], "linkType": link_type}),
        (ada, "POST", paths[1], {"targetTicketId": one["id"], "linkType": inverse}),
    )
    assert statuses(answers) == {201: 1, 400: 1}
    seen = [ada.get(path).json for path in paths]
    assert [[each["linkType"] for each in links] for links in seen] == [[link_type], [inverse]]
    assert seen[0][0]["id"] == seen[1][0]["id"]


@pytest.mark.parametrize("racers", [2, 12])
def test_one_person_let_in_at_once_is_let_in_once(
    ada: Client, bo: Client, project: str, racers: int
) -> None:
    ways = [{"userId": bo.id, "role": "member"}, {"username": bo.username, "role": "viewer"}]
    calls = [(ada, "POST", f"{project}/members", ways[number % 2]) for number in range(racers)]
    answers = race(*calls)
    assert statuses(answers) == {201: 1, 400: racers - 1}
    (made,) = [answer.json for answer in answers if answer.status == 201]
    assert ada.get(f"{project}/members").json[1:] == [made]


def test_of_two_owners_who_leave_at_once_one_stays(ada: Client, bo: Client, project: str) -> None:
    theirs = join(ada, project, bo, "owner")
    mine = f"{project}/members/{ada.get(f'{project}/members').json[0]['id']}"
    answers = race((ada, "DELETE", mine, None), (bo, "DELETE", theirs, None))
    assert statuses(answers) == {200: 1, 400: 1}
    stays = ada if answers[0].status == 400 else bo
    (member,) = stays.get(f"{project}/members").json
    assert (member["userId"], member["role"]) == (stays.id, "owner")


def test_of_two_owners_who_demote_each_other_one_stays_owner(
    ada: Client, bo: Client, project: str
) -> None:
    theirs = join(ada, project, bo, "owner")
    mine = f"{project}/members/{ada.get(f'{project}/members').json[0]['id']}"
    viewer = {"role": "viewer"}
    answers = race((ada, "PATCH", theirs, viewer), (bo, "PATCH", mine, viewer))
    assert statuses(answers) == {200: 1, 403: 1}
    roles = sorted(each["role"] for each in ada.get(f"{project}/members").json)
    assert roles == ["owner", "viewer"]


def test_of_two_columns_removed_at_once_the_last_stays(ada: Client, project: str) -> None:
    paths = [f"{project}/columns/{each['id']}" for each in ada.get(f"{project}/columns").json]
    ada.delete(paths[0])
    answers = race(*((ada, "DELETE", path, None) for path in paths[1:]))
    assert statuses(answers) == {200: 1, 400: 1}
    (column,) = ada.get(f"{project}/columns").json
    assert column["order"] == 0


def test_no_ticket_is_lost_with_a_column_that_goes_meanwhile(ada: Client, project: str) -> None:
    stays, goes, _ = (each["id"] for each in ada.get(f"{project}/columns").json)
    ticket = {"title": "Fix it", "columnId": goes}
    removal = (ada, "DELETE", f"{project}/columns/{goes}?moveTicketsTo={stays}", None)
    answers = race(*[(ada, "POST", f"{project}/tickets", ticket)] * 8, removal)

    assert answers[-1].status == 200
    filed = [answer.json["id"] for answer in answers[:-1] if answer.status == 201]
    assert {answer.status for answer in answers[:-1]} <= {201, 400}
    assert {each["id"] for each in ada.get(f"{project}/tickets").json} == set(filed)
    assert set(orders(ada, project)) <= {stays}


def test_orders_stay_dense_whatever_many_move_at_once(ada: Client, project: str) -> None:
    columns = [each["id"] for each in ada.get(f"{project}/columns").json]
    for _ in range(20):
        file_ticket(ada, project)
    named = [[str(number) for number in range(first, 21, 3)] for first in range(1, 9)]

    def move(client: Client, ids: list[str]) -> list[int]:
        moves = [{"columnId": column, "order": len(ids) // 2} for column in columns]
        bodies = [{"ticketIds": ids, "updates": updates} for updates in [*moves, *moves[::-1]]]
        return [client.patch(f"{project}/tickets", body).status for body in bodies]

    assert at_once(move, twins(ada, len(named)), named) == [[200] * 6] * len(named)
    found = orders(ada, project)
    assert sum(len(each) for each in found.values()) == 20
    assert all(each == list(range(len(each))) for each in found.values())
