"""Event streams over a real connection (contract, section 6)."""

import re
from threading import Thread
from typing import Any

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


def join(owner: Client, project: str, person: Client, role: str) -> str:
    """Let a person into a project; answers the path of their membership."""
    made = owner.post(f"{project}/members", {"username": person.username, "role": role})
    assert made.status == 201, made.body
    return f"{project}/members/{made.json['id']}"


def titles(stream: Stream, count: int) -> list[str]:
    """The titles in the next messages."""
    return [message.data["title"] for message in stream.messages(count)]


def listen(client: Client, path: str, last_event_id: object = None) -> Stream:
    """A stream that has said hello."""
    stream = client.listen(path, last_event_id)
    assert stream.one().type == "connected"
    return stream


def test_it_sends_what_another_client_does(server: Server, ada: Client, bo: Client) -> None:
    project = make_project(bo)
    join(bo, project, ada, "viewer")
    stream = listen(ada, f"{project}/events")

    made = bo.post(f"{project}/tickets", {"title": "Läuft 🚀\n"}, {"X-Tab-Id": "tab-7"}).json
    message = stream.one()

    assert message.fields == ("id", "data")
    assert (message.type, message.tab_id) == ("ticket.created", "tab-7")
    assert message.data == made == ada.get(f"{project}/tickets/1").json
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", message.timestamp or "")


def test_it_is_an_event_stream_that_no_proxy_may_hold_back(ada: Client, project: str) -> None:
    headers = ada.listen(f"{project}/events").response.headers

    assert headers["Content-Type"].partition(";")[0] == "text/event-stream"
    assert headers["X-Accel-Buffering"] == "no"
    assert headers["X-Request-Id"]
    assert headers["ETag"] is None


def test_it_says_connected_first(ada: Client, project: str) -> None:
    file_ticket(ada, project, "before")
    block = ada.listen(f"{project}/events").block()

    assert block is not None
    assert len(block) == 2
    assert block[0].startswith("id: ")
    assert block[1] == 'data: {"type":"connected"}'


def test_silence_is_broken_by_comments(start: Start) -> None:
    ada = register(start(keepalive_seconds=1), "ada")
    stream = listen(ada, "/users/events")

    assert [stream.block() for _ in range(2)] == [(": keepalive",)] * 2


def test_every_change_of_a_ticket_is_sent_in_order(ada: Client, project: str) -> None:
    stream = listen(ada, f"{project}/events")
    columns = ada.get(f"{project}/columns").json

    answers: list[Any] = [file_ticket(ada, project)]
    for change in ({"title": "Fixed"}, {"columnId": columns[2]["id"]}):
        answers.append(ada.patch(f"{project}/tickets/1", change).json)
    ada.delete(f"{project}/tickets/1")
    messages = stream.messages(4)

    assert [message.type for message in messages] == [
        "ticket.created",
        "ticket.updated",
        "ticket.moved",
        "ticket.deleted",
    ]
    assert [message.data for message in messages[:3]] == answers
    assert messages[3].data == {"id": answers[0]["id"]}
    assert sorted(message.id for message in messages) == [message.id for message in messages]
    assert {message.tab_id for message in messages} == {None}


def test_the_key_of_a_project_opens_its_stream_in_any_case(ada: Client, project: str) -> None:
    by_key = listen(ada, f"{project.lower()}/events")
    by_id = listen(ada, f"/projects/{ada.get(project).json['id']}/events")

    file_ticket(ada, project)

    assert by_key.one() == by_id.one()


def test_a_stream_hears_nothing_of_other_projects(ada: Client, project: str) -> None:
    stream = listen(ada, f"{project}/events")

    file_ticket(ada, make_project(ada), "elsewhere")
    file_ticket(ada, project, "here")

    assert titles(stream, 1) == ["here"]


def test_projects_come_with_the_readers_own_role(
    server: Server, ada: Client, bo: Client, ed: Client
) -> None:
    streams = {person: listen(person, "/projects/events") for person in (ada, bo, ed)}

    project = make_project(ada)
    made = streams[ada].one()
    assert (made.type, made.data) == ("project.created", ada.get(project).json)

    join(ada, project, bo, "admin")
    let_in = streams[bo].one()
    assert (let_in.type, let_in.data) == ("project.created", bo.get(project).json)

    bo.patch(project, {"name": "Gemini"})
    for person, role in ((ada, "owner"), (bo, "admin")):
        changed = streams[person].one()
        assert (changed.type, changed.data) == ("project.updated", person.get(project).json)
        assert changed.data["role"] == role

    ada.delete(project)
    for person in (ada, bo):
        gone = streams[person].one()
        assert (gone.type, gone.data) == ("project.deleted", {"id": made.data["id"]})

    make_project(ed)
    assert streams[ed].one().data["role"] == "owner"


def test_the_stream_of_projects_hears_no_tickets(ada: Client, project: str) -> None:
    stream = listen(ada, "/projects/events")

    file_ticket(ada, project)
    ada.patch(project, {"name": "Gemini"})

    assert stream.one().type == "project.updated"


def test_a_rename_reaches_who_shares_a_project_and_nobody_else(
    server: Server, ada: Client, bo: Client, ed: Client, project: str
) -> None:
    join(ada, project, bo, "viewer")
    streams = {person: listen(person, "/users/events") for person in (ada, bo, ed)}

    ada.patch("/me", {"name": "Ada Lovelace"})
    ed.patch("/me", {"name": "Ed Stranger"})

    expected = {"id": ada.id, "username": ada.username, "name": "Ada Lovelace", "avatar": None}
    for person in (ada, bo):
        message = streams[person].one()
        assert (message.type, message.data) == ("user.updated", expected)
    assert streams[ed].one().data["id"] == ed.id


@pytest.mark.parametrize("path", ["/projects/{key}/events", "/projects/events", "/users/events"])
def test_no_stream_tells_an_address(ada: Client, project: str, path: str) -> None:
    stream = listen(ada, path.format(key=project.removeprefix("/projects/")))

    file_ticket(ada, project)
    ada.patch("/me", {"name": "Ada Lovelace"})
    ada.patch(project, {"name": "Gemini"})

    assert "@" not in str(stream.block())


STREAMS = ["{project}/events", "/projects/events", "/users/events"]


@pytest.mark.parametrize("path", STREAMS)
def test_a_stream_takes_a_session(server: Server, project: str, path: str) -> None:
    refused = Client(server).get(path.format(project=project))

    assert (refused.status, refused.json) == (401, {"error": "Authentication required"})
    assert refused.headers["Content-Type"] == "application/json"


def test_a_stranger_may_not_listen(ed: Client, project: str) -> None:
    assert ed.get(f"{project}/events").status == 403


def test_a_project_that_does_not_exist_has_no_stream(ed: Client) -> None:
    assert ed.get("/projects/NOSUCH/events").status == 404


@pytest.mark.parametrize("path", STREAMS)
def test_a_stream_takes_no_parameters(ada: Client, project: str, path: str) -> None:
    refused = ada.get(path.format(project=project) + "?since=1")

    assert refused.status == 400
    assert [each["field"] for each in refused.json["details"]] == ["since"]


def test_an_eleventh_stream_is_refused(ada: Client, ed: Client, project: str) -> None:
    paths = [f"{project}/events", "/projects/events", "/users/events"]
    streams = [listen(ada, paths[number % 3]) for number in range(10)]

    for path in paths:
        refused = ada.get(path)
        assert refused.status == 429
        assert int(refused.headers["Retry-After"]) > 0
    file_ticket(ada, project)

    assert {streams[number].one().type for number in range(0, 10, 3)} == {"ticket.created"}
    listen(ed, "/users/events")


def test_a_reader_that_left_makes_room_for_another(start: Start) -> None:
    ada = register(start(keepalive_seconds=1, rate_limits="off"), "ada")
    streams = [listen(ada, "/users/events") for _ in range(10)]

    streams[0].close()

    assert eventually(lambda: ada.listen("/users/events").status == 200)


def test_readers_that_left_make_room_before_the_next_keepalive(start: Start) -> None:
    ada = register(start(keepalive_seconds=3600, rate_limits="off"), "ada")
    for stream in [listen(ada, "/users/events") for _ in range(10)]:
        stream.close()

    assert [ada.listen("/users/events").status for _ in range(10)] == [200] * 10


def test_signing_out_ends_the_streams_of_that_session(ada: Client, project: str) -> None:
    elsewhere = Client(ada.server, ada.username).sign_in()
    ending = [listen(ada, path.format(project=project)) for path in STREAMS]
    staying = listen(elsewhere, f"{project}/events")

    assert ada.post("/auth/signout").status == 302

    assert [stream.message() for stream in ending] == [None, None, None]
    file_ticket(elsewhere, project, "after")
    assert titles(staying, 1) == ["after"]


def test_removal_from_a_project_ends_its_streams_and_no_others(
    ada: Client, bo: Client, project: str
) -> None:
    membership = join(ada, project, bo, "admin")
    ending = [listen(bo, f"{project}/events") for _ in range(2)]
    staying = listen(ada, f"{project}/events")
    projects = listen(bo, "/projects/events")

    assert ada.delete(membership).status == 200
    file_ticket(ada, project, "not for bo")

    for stream in ending:
        assert "ticket.created" not in [message.type for message in iter(stream.message, None)]
    assert bo.get(f"{project}/events").status == 403
    assert [message.type for message in staying.messages(2)] == ["member.deleted", "ticket.created"]
    gone = projects.one()
    assert (gone.type, gone.data) == ("project.deleted", {"id": ada.get(project).json["id"]})


def test_a_person_put_out_hears_no_more_of_the_project(
    ada: Client, bo: Client, project: str
) -> None:
    membership = join(ada, project, bo, "member")
    projects, users = listen(bo, "/projects/events"), listen(bo, "/users/events")

    ada.delete(membership)
    ada.patch(project, {"name": "Gemini"})
    ada.patch("/me", {"name": "Ada Lovelace"})
    bo.patch("/me", {"name": "Bo Alone"})
    make_project(bo)

    assert [message.type for message in projects.messages(2)] == [
        "project.deleted",
        "project.created",
    ]
    assert users.one().data["id"] == bo.id


def test_deleting_a_project_ends_its_streams_and_no_others(
    server: Server, ada: Client, bo: Client, project: str
) -> None:
    join(ada, project, bo, "member")
    ending = [listen(person, f"{project}/events") for person in (ada, bo)]
    other = make_project(ada)
    staying = listen(ada, f"{other}/events")

    ada.delete(project)

    for stream in ending:
        last = stream.message()
        assert last
        assert last.type == "project.deleted"
        assert stream.message() is None
    file_ticket(ada, other, "after")
    assert titles(staying, 1) == ["after"]


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("POST", "/tickets", {"title": ""}, {}, 400),
        ("POST", "/tickets", {"title": "No", "columnId": "elsewhere"}, {}, 400),
        ("POST", "/tickets", {"title": "No", "labelIds": ["elsewhere"]}, {}, 400),
        ("POST", "/tickets", {"title": "No"}, {"Origin": "https://evil.example"}, 403),
        ("PATCH", "/tickets/1", {"title": "No", "parentId": "1"}, {}, 400),
        ("PATCH", "/tickets/1", {"startDate": "2024-02-01", "dueDate": "2024-01-01"}, {}, 400),
        ("PATCH", "/tickets/1", {"title": "No"}, {"If-Match": '"1.1.1.1"'}, 412),
        ("PATCH", "/tickets/1", {"title": "Fix it", "order": 0}, {}, 200),
        ("DELETE", "/tickets/1", None, {"If-Match": '"1.1.1.1"'}, 412),
        ("DELETE", "/tickets/2", None, {}, 404),
        ("PATCH", "", {"name": "No", "key": "NO"}, {}, 400),
    ],
)
def test_what_was_refused_or_changed_nothing_is_never_sent(
    ada: Client, project: str, method: str, path: str, body: Any, headers: Any, status: int
) -> None:
    file_ticket(ada, project)
    stream = listen(ada, f"{project}/events")

    assert ada.ask(method, project + path, body, headers).status == status
    file_ticket(ada, project, "next")

    assert titles(stream, 1) == ["next"]


def test_a_reconnect_gets_what_was_missed_once_and_in_order(ada: Client, project: str) -> None:
    stream = listen(ada, f"{project}/events")
    for number in range(3):
        file_ticket(ada, project, f"seen {number}")
    seen = stream.messages(3)[1].id
    stream.close()
    for number in range(250):
        file_ticket(ada, project, f"missed {number}")

    resumed = listen(ada, f"{project}/events", seen)
    file_ticket(ada, project, "live")

    expected = ["seen 2", *(f"missed {number}" for number in range(250)), "live"]
    assert titles(resumed, 252) == expected


def test_a_reconnect_while_others_write_misses_and_repeats_nothing(
    ada: Client, project: str
) -> None:
    def write() -> None:
        writer = ada.twin()
        for number in range(200):
            file_ticket(writer, project, str(number))

    stream = listen(ada, f"{project}/events")
    writing = Thread(target=write)
    writing.start()
    found: list[str] = []
    while len(found) < 200:
        messages = stream.messages(min(40, 200 - len(found)))
        found += [message.data["title"] for message in messages]
        stream.close()
        stream = listen(ada, f"{project}/events", messages[-1].id)
    writing.join()

    assert found == [str(number) for number in range(200)]


def test_a_reader_that_falls_behind_is_cut_off_and_catches_up(ada: Client, project: str) -> None:
    lazy = Stream(ada, f"{project}/events")
    for number in range(40):
        file_ticket(ada, project, str(number), description="\N{ROCKET}" * 100_000)

    assert lazy.read().one().type == "connected"
    seen = list(iter(lazy.message, None))
    assert len(seen) < 40
    resumed = listen(ada, f"{project}/events", seen[-1].id)

    found = seen + resumed.messages(40 - len(seen))
    assert [message.data["title"] for message in found] == [str(number) for number in range(40)]


def test_who_is_cut_off_may_still_read_whole_messages_up_to_there(
    ada: Client, project: str
) -> None:
    lazy = Stream(ada, f"{project}/events")
    for number in range(40):
        file_ticket(ada, project, str(number), description="\N{ROCKET}" * 100_000)

    answer = lazy.response.read()

    *blocks, rest = answer.decode().split("\n\n")
    messages = [block for block in blocks if not block.startswith(":")]
    assert rest == ""
    assert all(f'"title":"{number}"' in each for number, each in enumerate(messages[1:]))
    assert 1 < len(messages) < 40


def test_the_hello_of_a_reconnect_is_where_to_resume(ada: Client, project: str) -> None:
    seen = ada.listen(f"{project}/events").one().id
    file_ticket(ada, project, "missed")

    resumed = ada.listen(f"{project}/events", seen)
    assert resumed.one().id == seen
    assert titles(listen(ada, f"{project}/events", seen), 1) == ["missed"]


@pytest.mark.parametrize("path", ["/projects/events", "/users/events"])
def test_a_persons_own_streams_resume_too(ada: Client, ed: Client, project: str, path: str) -> None:
    stream = ada.listen(path)
    seen = stream.one().id
    stream.close()
    ed.patch("/me", {"name": "Ed Stranger"})
    make_project(ed)
    for name in ("Ada Lovelace", "Countess"):
        ada.patch("/me", {"name": name})
        ada.patch(project, {"name": name})

    resumed = listen(ada, path, seen)

    assert [message.data["name"] for message in resumed.messages(2)] == ["Ada Lovelace", "Countess"]


@pytest.mark.parametrize("last", ["garbage", "-1", "1.5", "1e3", "9" * 15, "9" * 40, "1 2", "²"])
def test_a_last_event_that_never_was_asks_for_a_reload(
    ada: Client, project: str, last: str
) -> None:
    file_ticket(ada, project, "before")

    stream = listen(ada, f"{project}/events", last)
    resync = stream.one()
    assert (resync.type, resync.data) == ("resync", None)

    file_ticket(ada, project, "after")
    assert titles(stream, 1) == ["after"]
    assert titles(listen(ada, f"{project}/events", resync.id), 1) == ["after"]


def test_a_resume_does_not_reach_over_to_another_project(
    ada: Client, ed: Client, project: str
) -> None:
    seen = listen(ada, f"{project}/events")
    file_ticket(ada, project, "seen")
    last = seen.one().id
    file_ticket(ed, make_project(ed), "a stranger's")
    file_ticket(ada, project, "missed")

    assert titles(listen(ada, f"{project}/events", last), 1) == ["missed"]


def test_all_streams_see_the_same_in_the_same_order(
    server: Server, ada: Client, bo: Client, ed: Client, project: str
) -> None:
    for person in (bo, ed):
        join(ada, project, person, "member")
    people = (ada, bo, ed)
    streams = [listen(person, f"{project}/events") for person in people for _ in range(8)]

    def write(person: Client) -> None:
        writer = person.twin()
        for _ in range(20):
            file_ticket(writer, project)

    writers = [Thread(target=write, args=[person]) for person in people]
    for writer in writers:
        writer.start()
    seen = [[(each.id, each.data["number"]) for each in s.messages(60)] for s in streams]
    for writer in writers:
        writer.join()

    assert [number for _, number in seen[0]] == list(range(1, 61))
    assert sorted(seen[0]) == seen[0]
    assert all(each == seen[0] for each in seen)
