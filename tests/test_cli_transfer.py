"""A project out of one server and into another, as one JSON file."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app import create_app
from punt import migrations
from punt.cli.json_items import Items
from punt.config import Config
from punt.database import transaction
from punt.tracker import accounts
from tests.conftest import Person, new_ticket, refusal
from tests.samples import image, upload

pytestmark = pytest.mark.usefixtures("short_segments")

PNG = image("PNG")
PATH = "/projects/PUNT"
AGAIN = "/projects/AGAIN"


@pytest.fixture
def full(project: str, app: Flask, ada: Person, bo: Person, cy: Person, di: Person) -> None:
    """The project with something of everything in it, and people who have left it."""
    ada.patch(PATH, {"description": "To the *Moon*.\n", "color": "#123456"})
    ada.post(f"{PATH}/columns", {"name": "Review", "order": 1, "wipLimit": 2, "color": "#abcdef"})
    labels = [ada.post(f"{PATH}/labels", {"name": name}).json["id"] for name in ("Zoo", "ärger")]
    sprints = [ada.post(f"{PATH}/sprints", {"goal": "Go"}).json["id"] for _ in range(2)]
    new_ticket(cy, "Epic", type="epic", labelIds=labels, watcherIds=["me", ada.id])
    new_ticket(bo, "Öl läuft aus", parentId="1", assigneeId=di.id, sprintId=sprints[0],
               storyPoints=5, estimate="1d 4h", startDate="2024-01-01", dueDate="2024-02-01",
               environment="Orbit", affectedVersion="1", fixVersion="2", resolution="Later",
               description="A\n\n- b\n")  # fmt: skip
    new_ticket(cy, "Done soon", priority="low", sprintId=sprints[0], assigneeId="me")
    new_ticket(cy, "Gone")
    new_ticket(cy, "First")
    work_on(ada, cy, sprints)
    upload(cy, f"{PATH}/tickets/2/attachments", "größe.png", PNG)
    upload(di, f"{PATH}/tickets/2/attachments", "n.txt", b"Not for viewers")
    upload(bo, f"{PATH}/tickets/5/attachments", "n.txt", b"Text")
    leave(bo, di)


def work_on(ada: Person, cy: Person, sprints: list[str]) -> None:
    """Something happens in the project."""
    columns = {each["name"]: each["id"] for each in ada.get(f"{PATH}/columns").json}
    ada.post(f"{PATH}/sprints/{sprints[0]}/start")
    cy.patch(f"{PATH}/tickets/3", {"columnId": columns["Done"], "title": "Done"})
    cy.patch(f"{PATH}/tickets/5", {"order": 0, "parentId": "2", "labelIds": []})
    cy.delete(f"{PATH}/tickets/4")
    ada.post(f"{PATH}/sprints/{sprints[0]}/complete")
    ada.post(f"{PATH}/sprints/{sprints[1]}/start")
    for person, number, text in ((ada, 2, "Why?"), (cy, 2, "Because *x*"), (ada, 5, "Ja")):
        person.post(f"{PATH}/tickets/{number}/comments", {"content": text})
    for source, type_, target in ((1, "blocks", 2), (5, "is_blocked_by", 1), (5, "relates_to", 2)):
        link = {"targetTicketId": str(target), "linkType": type_}
        cy.post(f"{PATH}/tickets/{source}/links", link)


def leave(bo: Person, di: Person) -> None:
    """One member leaves, and one deletes the account."""
    members = {each["userId"]: each["id"] for each in bo.get(f"{PATH}/members").json}
    bo.post(f"{PATH}/tickets/2/comments", {"content": "Bye"})
    bo.delete(f"{PATH}/members/{members[bo.id]}")
    end = {"password": "Correct-horse-1", "confirmation": "delete my account"}
    assert di.delete("/me/account", end).status_code == 200


@pytest.fixture
def exported(full: None, run: Any, tmp_path: Path) -> Path:
    """All that in a file."""
    file = tmp_path / "punt.json"
    result = run("export", "punt", file)
    assert (result.exit_code, result.output) == (0, "")
    return file


@pytest.fixture
def elsewhere(migrated: Path, tmp_path: Path) -> Flask:
    """Another server, where only cy and somebody else have accounts."""
    app = create_app(Config(data_dir=tmp_path / "elsewhere", rate_limits="off"))
    migrations.upgrade(app, app.config["PUNT"])
    with app.app_context(), transaction():
        for name in ("zoe", "Cy"):
            accounts.register(name, "no hash", None, None, is_open=True)
    return app


def read(file: Path) -> dict[str, Any]:
    """What a file says, but for what must differ."""
    content = json.loads(file.read_text())
    del content["exportedAt"], content["project"]["key"]
    return dict(content)


def uploads(app: Flask) -> set[str]:
    """The files that are kept."""
    return {path.name for path in (app.config["PUNT"].data_dir / "uploads").iterdir()}


def test_a_round_trip_gives_an_equal_project(run: Any, exported: Path, tmp_path: Path) -> None:
    imported = run("import", exported, "--key", "again")
    assert (imported.exit_code, imported.stdout) == (0, "AGAIN has 4 tickets now.\n")
    assert run("export", "AGAIN", tmp_path / "again.json").exit_code == 0

    before, after = read(exported), read(tmp_path / "again.json")
    assert after == before
    kinds = {name: len(value) for name, value in before.items() if isinstance(value, list)}
    assert kinds == {
        "members": 2, "columns": 4, "labels": 2, "sprints": 2, "tickets": 4, "links": 3,
        "attachments": 2,
    }  # fmt: skip
    assert sum(len(ticket["history"]) for ticket in before["tickets"]) > 5
    assert sum(len(sprint["entries"]) for sprint in before["sprints"]) > 2


def without_ids(value: Any) -> Any:
    """An answer without what differs from project to project."""
    if isinstance(value, list):
        return [without_ids(each) for each in value]
    if not isinstance(value, dict):
        return value
    gone = {"id", "key", "projectId", "url", "userId", "ticketId"}
    kept = {name: each for name, each in value.items() if name not in gone}
    own = {name: each for name, each in kept.items() if not name.endswith("Id")}
    return {name: without_ids(each) for name, each in own.items() if name != "carriedFromSprintId"}


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/members",
        "/columns",
        "/labels",
        "/sprints",
        "/tickets",
        "/tickets/2",
        "/tickets/2/comments",
        "/tickets/2/history",
        "/tickets/2/attachments",
        "/tickets/5/links",
        "/tickets?q=l%C3%84UFT",
        "/tickets?sort=-updatedAt&limit=2",
        "/tickets?labelId=none",
    ],
)
def test_the_api_shows_the_same(run: Any, exported: Path, ada: Person, path: str) -> None:
    run("import", exported, "--key", "AGAIN")
    answers = [ada.get(f"/projects/{key}{path}").json for key in ("PUNT", "AGAIN")]
    assert without_ids(answers[1]) == without_ids(answers[0])
    assert answers[0]


def test_what_refers_to_something_refers_to_its_own(run: Any, exported: Path, ada: Person) -> None:
    run("import", exported, "--key", "AGAIN")
    project = ada.get(AGAIN).json["id"]
    sprints = {each["id"]: each for each in ada.get(f"{AGAIN}/sprints").json}
    columns = {each["id"] for each in ada.get(f"{AGAIN}/columns").json}
    labels = {each["id"] for each in ada.get(f"{AGAIN}/labels").json}
    for ticket in ada.get(f"{AGAIN}/tickets").json:
        assert ticket["projectId"] == project
        assert ticket["columnId"] in columns
        assert ticket["sprintId"] in {None, *sprints}
        assert ticket["carriedFromSprintId"] in {None, *sprints}
        assert {each["id"] for each in ticket["labels"]} <= labels
    details = [ada.get(f"{AGAIN}/sprints/{each}").json for each in sprints]
    entered = [each["ticketId"] for sprint in details for each in sprint["ticketHistory"]]
    assert set(entered) <= {each["id"] for each in ada.get(f"{AGAIN}/tickets").json}


def test_files_come_along(run: Any, exported: Path, ada: Person) -> None:
    run("import", exported, "--key", "AGAIN")
    (found,) = ada.get(f"{AGAIN}/tickets/2/attachments").json
    assert (found["filename"], found["uploader"]["username"]) == ("größe.png", "cy")
    assert ada.get(found["url"].removeprefix("/api"), buffered=True).data == PNG
    ada.delete(PATH)
    assert ada.get(found["url"].removeprefix("/api"), buffered=True).data == PNG


def test_it_goes_on_where_the_other_stopped(run: Any, exported: Path, cy: Person) -> None:
    run("import", exported, "--key", "AGAIN")
    made = cy.post(f"{AGAIN}/tickets", {"title": "Next"}).json
    assert (made["key"], made["order"]) == ("AGAIN-6", 3)
    moved = cy.patch(f"{AGAIN}/tickets/2", {"order": 0})
    assert moved.json["order"] == 0
    assert cy.get(f"{AGAIN}/tickets/2/history").json[0]["field"] == "order"


def test_the_people_in_it_hear_of_it_once(
    run: Any, exported: Path, event_count: Callable[[], int], cy: Person
) -> None:
    before = event_count()
    run("import", exported, "--key", "AGAIN")
    assert event_count() == before + 1
    assert cy.get(AGAIN).json["role"] == "member"
    etag = cy.get(AGAIN).headers["ETag"]
    assert cy.get(AGAIN, headers={"If-None-Match": etag}).status_code == 304


def test_who_is_not_known_is_nobody(elsewhere: Flask, exported: Path, tmp_path: Path) -> None:
    runner = elsewhere.test_cli_runner()
    imported = runner.invoke(args=["import", str(exported), "--owner", "ZOE"])
    assert imported.exit_code == 0
    assert imported.stderr == "Warning: not found here: ada, bo\n"
    runner.invoke(args=["export", "PUNT", str(tmp_path / "other.json")])
    here, there = read(exported), read(tmp_path / "other.json")
    assert [(each["username"], each["role"]) for each in there["members"]] == [
        ("Cy", "member"),
        ("zoe", "owner"),
    ]
    for old, new in zip(here["tickets"], there["tickets"], strict=True):
        names = {"cy": "Cy"}
        assert new["assignee"] == names.get(old["assignee"])
        assert new["creator"] == names.get(old["creator"])
        authors = [names.get(each["author"]) for each in old["comments"]]
        assert [each["author"] for each in new["comments"]] == authors
    assert here["attachments"][1]["uploader"] == "bo"
    assert there["attachments"][1]["uploader"] is None


def test_somebody_must_own_it(elsewhere: Flask, exported: Path) -> None:
    runner = elsewhere.test_cli_runner()
    refused = refusal(runner.invoke(args=["import", str(exported)]))
    assert refused == "None of its owners has an account here: name one with --owner"
    assert uploads(elsewhere) == set()
    refused = refusal(runner.invoke(args=["import", str(exported), "--owner", "ada"]))
    assert refused == "There is no user ada"


def test_an_owner_may_be_added(run: Any, exported: Path, cy: Person, ed: Person) -> None:
    run("import", exported, "--key", "ONE", "--owner", "cy")
    roles = {
        each["user"]["username"]: each["role"] for each in cy.get("/projects/ONE/members").json
    }
    assert roles == {"ada": "owner", "cy": "owner"}
    run("import", exported, "--key", "TWO", "--owner", "ed")
    assert ed.get("/projects/TWO").json["memberCount"] == 3


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "Key PUNT is already in use"),
        (["--key", "punt"], "Key PUNT is already in use"),
        (["--key", "events"], "Key may not be EVENTS: that path is a stream"),
        (["--key", "1"], "Key must be 2 to 10 letters and digits, a letter first"),
        (["--key", "NEW", "--owner", "zed"], "There is no user zed"),
    ],
)
def test_what_cannot_be_leaves_no_trace(
    run: Any, app: Flask, exported: Path, stored: Any, args: list[str], message: str
) -> None:
    before, kept = stored(), uploads(app)
    assert refusal(run("import", exported, *args)) == message
    assert (stored(), uploads(app)) == (before, kept)


def test_the_standard_streams_will_do(run: Any, exported: Path) -> None:
    written = run("export", "punt")
    assert json.loads(written.stdout)["tickets"] == read(exported)["tickets"]
    assert run("export", "PUNT", "-").stderr == ""
    imported = run("import", "-", "--key", "again", given=written.stdout)
    assert imported.stdout == "AGAIN has 4 tickets now.\n"


def test_a_file_is_overwritten_only_by_force(run: Any, exported: Path) -> None:
    before = exported.read_bytes()
    assert refusal(run("export", "PUNT", exported)) == (
        f"{exported} exists already: --force overwrites it"
    )
    assert exported.read_bytes() == before
    assert run("export", "PUNT", exported, "--force").exit_code == 0
    assert exported.read_bytes() != before
    assert exported.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in exported.parent.iterdir()] == [exported.name]


def test_a_project_that_is_not_there_is_one_line(run: Any, ada: Person, tmp_path: Path) -> None:
    assert refusal(run("export", "NONE", tmp_path / "f")) == "There is no project NONE"
    assert refusal(run("import", tmp_path / "f")) == f"{tmp_path}/f: No such file or directory"
    assert list(tmp_path.iterdir()) == []


def test_a_project_is_found_by_its_id_too(run: Any, full: None, ada: Person) -> None:
    written = run("export", ada.get(PATH).json["id"])
    assert json.loads(written.stdout)["project"]["key"] == "PUNT"


def test_a_file_that_is_missing_is_told_of(run: Any, app: Flask, full: None, ada: Person) -> None:
    (found,) = ada.get(f"{PATH}/tickets/2/attachments").json
    path = app.config["PUNT"].data_dir / "uploads" / found["id"]
    path.unlink()
    written = run("export", "PUNT")
    assert (written.exit_code, written.stderr) == (0, f"Warning: {path} is missing\n")
    assert len(json.loads(written.stdout)["attachments"]) == 1


def test_how_it_is_written_does_not_matter(run: Any, exported: Path, tmp_path: Path) -> None:
    content = json.loads(exported.read_text())
    text = "\ufeff" + json.dumps(content, indent=4, sort_keys=True) + "\n\n"
    exported.write_text(text.replace("/", "\\/"))
    assert run("import", exported, "--key", "AGAIN").exit_code == 0
    run("export", "AGAIN", tmp_path / "again.json")
    assert read(tmp_path / "again.json") == read_again(content)


def read_again(content: dict[str, Any]) -> dict[str, Any]:
    """The same without what must differ."""
    del content["exportedAt"], content["project"]["key"]
    return content


def test_what_may_be_left_out_gets_a_default(run: Any, ada: Person, tmp_path: Path) -> None:
    moment = {"createdAt": "2024-01-15", "updatedAt": "2024-01-15"}
    project = {"key": "APO", "name": "Apollo", "color": "#123456", "lastNumber": 7, **moment}
    ticket = {"number": 7, "title": "One", "column": 0, "order": 0, **moment}
    document = {
        "format": "punt-project-1",
        "project": project,
        "columns": [{"name": "Only"}],
        "tickets": [ticket],
    }
    (tmp_path / "f").write_text(json.dumps(document))
    assert run("import", tmp_path / "f", "--owner", "ada").exit_code == 0
    found = ada.get("/projects/APO/tickets/7").json
    assert (found["type"], found["priority"], found["creator"]) == ("Task", "Medium", None)
    assert found["createdAt"] == "2024-01-15T00:00:00.000Z"


def at(*path: Any, put: Any) -> Callable[[Any], None]:
    """A change to a document: what stands at `path` in it."""

    def change(document: Any) -> None:
        *way, last = path
        for step in way:
            document = document[step]
        if last == "+":
            document.append(put)
        elif put is ...:
            del document[last]
        else:
            document[last] = put

    return change


WRONG: list[tuple[Callable[[Any], None], str]] = [
    (at("format", put="punt-project-2"), "it is no project that PUNT has exported"),
    (at("format", put=...), "it is no project that PUNT has exported"),
    (at("more", put=1), "more does not belong there"),
    (at("project", put=...), "project: Project is required"),
    (at("project", put=[]), "project: Project is required"),
    (at("project", put=None), "project: The body must be a JSON object"),
    (at("tickets", put={}), "tickets does not belong there"),
    (at("tickets", 0, put=1), "tickets.0: The body must be a JSON object"),
    (at("project", "name", put=" "), "project.name: Name is required"),
    (at("project", "isAdmin", put=1), "project.isAdmin: Unknown field"),
    (at("project", "lastNumber", put=4), "tickets.3.number: Number is above the project's"),
    (at("columns", put=[]), "columns: Columns are required"),
    (at("members", 0, "role", put="god"), "members.0.role: Role must be one of:"),
    (at("members", 1, "username", put="ADA"), "members.1: ada stands there twice"),
    (at("labels", 1, "name", put="zOO"), "labels.1: zoo stands there twice"),
    (at("labels", 1, "color", put="red"), "labels.1.color: Color must be a color"),
    (at("sprints", 0, "status", put="active"), "sprints.0: Counts and completedAt belong to"),
    (at("sprints", 0, "completedAt", put=None), "sprints.0: Counts and completedAt belong to"),
    (at("sprints", 0, "entries", 0, "ticket", put=4), "sprints.0.entries.0.ticket: There is no"),
    (at("sprints", 0, "entries", 0, "exitStatus", put="x"), "sprints.0.entries.0.exitStatus: "),
    (at("tickets", 0, "title", put="x" * 256), "tickets.0.title: Title must be at most 255"),
    (at("tickets", 0, "title", put="\ud800"), "tickets.0.title: Title contains characters"),
    (at("tickets", 0, "number", put=2), "tickets.1: 2 stands there twice"),
    (at("tickets", 0, "number", put=2.0), "tickets.0.number: Number must be a whole number"),
    (at("tickets", 0, "storyPoints", put=10**30), "tickets.0.storyPoints: Story points must be"),
    (at("tickets", 0, "column", put=4), "tickets.0.column: There is no such column"),
    (at("tickets", 0, "column", put=-1), "tickets.0.column: Column must be a whole number"),
    (at("tickets", 0, "order", put=7), "columns.0: The orders of its tickets must be 0, 1, 2"),
    (at("tickets", 0, "sprint", put=2), "tickets.0.sprint: There is no such sprint"),
    (at("tickets", 0, "carriedFromSprint", put=9), "tickets.0.carriedFromSprint: There is no"),
    (at("tickets", 0, "parent", put=4), "tickets.0.parent: There is no such ticket"),
    (at("tickets", 0, "parent", put=5), "tickets.0.parent: Parents go round in a circle"),
    (at("tickets", 0, "parent", put=1), "tickets.0.parent: Parents go round in a circle"),
    (at("tickets", 0, "labels", "+", put="none"), "tickets.0.labels: There is no such label"),
    (at("tickets", 0, "labels", "+", put="zoo"), "tickets.0.labels.2: zoo stands there twice"),
    (at("tickets", 0, "watchers", "+", put="CY"), "tickets.0.watchers.2: cy stands there twice"),
    (at("tickets", 0, "dueDate", put="soon"), "tickets.0.dueDate: Due date must be a date"),
    (at("tickets", 1, "comments", 0, "content", put=""), "tickets.1.comments.0.content: Content"),
    (at("tickets", 1, "history", 0, "oldValue", put=[1]), "tickets.1.history.0.oldValue: Old"),
    (at("tickets", 1, "history", 0, "newValue", put=10**30), "tickets.1.history.0.newValue: New"),
    (at("tickets", 1, "history", 0, "newValue", put="\ud800"), "tickets.1.history.0.newValue"),
    (at("links", 0, "target", put=4), "links.0: A link needs two tickets"),
    (at("links", 0, "target", put=1), "links.0: A link needs two tickets"),
    (at("links", 0, "linkType", put="x"), "links.0.linkType: Link type must be one of"),
    (at("links", "+", put={"source": 2, "target": 1, "linkType": "is_blocked_by",
                           "createdAt": "2024-01-01"}), "links.3: "),
    (at("attachments", 0, "ticket", put=4), "attachments: There is no ticket 4"),
    (at("attachments", 0, "content", put="%"), "attachments.0.content: Content must be base64"),
    (at("attachments", 0, "content", put="é"), "attachments.0.content: Content must be"),
    (at("attachments", 0, "content", put=1), "attachments.0.content: "),
    (at("attachments", 0, "content", put=""), "attachments.0: File is empty"),
    (at("attachments", 0, "filename", put="x.html"), "attachments.0: File must be one of"),
    (at("attachments", 0, "filename", put="x.pdf"), "attachments.0: File is not what its name"),
    (at("attachments", 0, "mimeType", put="text/html"), "attachments.0: Content is not of the"),
    (at("attachments", 0, "size", put=1), "attachments.0: Content is not of the size"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), WRONG, ids=[row[1] for row in WRONG])
def test_a_document_that_cannot_be_true_is_refused(
    run: Any, app: Flask, exported: Path, stored: Any, change: Callable[[Any], None], message: str
) -> None:
    before, kept = stored(), uploads(app)
    document = json.loads(exported.read_text())
    change(document)
    exported.write_text(json.dumps(document))
    assert refusal(run("import", exported, "--key", "NEW")).startswith(f"{exported}: {message}")
    assert (stored(), uploads(app)) == (before, kept)


def test_a_ticket_has_no_more_files_than_elsewhere(run: Any, exported: Path) -> None:
    document = json.loads(exported.read_text())
    document["attachments"] *= 21
    exported.write_text(json.dumps(document))
    refused = refusal(run("import", exported, "--key", "NEW"))
    assert refused == f"{exported}: attachments: Ticket 2 has more than 20 (and 1 more)"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b"{}",
        b"{} {}",
        b'{"format": 1, "format": 2}',
        b'{"format": NaN}',
        b'{"format": 1e999, "x"}',
        b'{"members": [1 2]}',
        b'{"members": [,]}',
        b'{"members": [1,]}',
        b'{"project" 1}',
        b"{1: 2}",
        b'{"project": ' + b"[" * 100_000,
        b'{"project": ' + b'{"a":' * 100_000,
        b'{"project": ' + b"1" * 5_000 + b"}",
        b'{"project": "\xff"}',
        PNG,
    ],
)
def test_what_is_no_document_is_refused(
    run: Any, ada: Person, stored: Any, tmp_path: Path, content: bytes
) -> None:
    before = stored()
    (tmp_path / "f").write_bytes(content)
    assert refusal(run("import", tmp_path / "f")).startswith(f"{tmp_path}/f: ")
    assert stored() == before


def test_a_file_cut_short_anywhere_is_refused(run: Any, exported: Path, stored: Any) -> None:
    before, whole = stored(), exported.read_bytes().rstrip()
    for length in range(0, len(whole), len(whole) // 60):
        exported.write_bytes(whole[:length])
        assert refusal(run("import", exported, "--key", "NEW"))
    assert stored() == before


def test_ten_thousand_tickets_work(run: Any, exported: Path, ada: Person) -> None:
    document = json.loads(exported.read_text())
    first = document["tickets"][0] | {"column": 3, "description": "x" * 300}
    document["project"]["lastNumber"] = 10_005
    document["tickets"] += [
        {**first, "number": number, "order": number - 5, "parent": number - 1}
        for number in range(6, 10_006)
    ]
    document["tickets"][2]["order"] = 0
    exported.write_text(json.dumps(document))
    imported = run("import", exported, "--key", "NEW")
    assert imported.stdout == "NEW has 10004 tickets now.\n"
    assert ada.get("/projects/NEW").json["ticketCount"] == 10_004
    assert json.loads(run("export", "NEW").stdout)["tickets"] == document["tickets"]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


class Drops:
    """A file of which never more than a few bytes come at once."""

    def __init__(self, content: bytes, most: int) -> None:
        self.content, self.most = BytesIO(content), most

    def read(self, count: int) -> bytes:
        return self.content.read(min(count, self.most))


@given(st.dictionaries(st.text(), VALUES), st.integers(1, 7), st.sampled_from([None, 2]))
def test_items_are_what_json_says(content: dict[str, Any], most: int, indent: int | None) -> None:
    text = json.dumps(content, indent=indent, ensure_ascii=most % 2 == 0)
    file: Any = Drops(text.encode("utf-8", "surrogatepass"), most)
    found: dict[str, Any] = {name: [] for name, value in content.items() if value == []}
    for name, place, value in Items(file):
        if place is None:
            found[name] = value
        else:
            found.setdefault(name, []).append(value)
    assert found == content


@pytest.mark.parametrize("command", ["export", "import"])
def test_the_help_has_an_example(run: Any, command: str) -> None:
    assert f"flask --app app {command}" in run(command, "--help").stdout
