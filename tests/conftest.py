"""A small named world: five people, a project that four share, and one of the stranger's."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import gevent
import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app import create_app
from punt import migrations
from punt.config import Config
from punt.database import Base, folded, transaction
from punt.events.log import Actor
from punt.extensions import db, limiter
from punt.models import Event, Label, Member, Project, Sprint
from punt.tracker import accounts, projects, segments, sessions
from punt.tracker.passwords import hash_password

# It needs tools that are not installed with PUNT; .ci/run has them.
collect_ignore = [] if find_spec("schemathesis") else ["contract"]

PASSWORD = "Correct-horse-1"


class Answer(TestResponse):
    """A response; whether its JSON is there and of the right form, each test finds by using it."""

    json: Any


@dataclass(eq=False)
class Person:
    """Someone with an account and a browser of their own."""

    id: str
    username: str
    client: FlaskClient

    def get(self, path: str, **options: Any) -> Answer:
        return cast(Answer, self.client.get("/api" + path, **options))

    def post(self, path: str, json: Any = None, **options: Any) -> Answer:
        return cast(Answer, self.client.post("/api" + path, **_body(json), **options))

    def put(self, path: str, json: Any = None, **options: Any) -> Answer:
        return cast(Answer, self.client.put("/api" + path, **_body(json), **options))

    def patch(self, path: str, json: Any = None, **options: Any) -> Answer:
        return cast(Answer, self.client.patch("/api" + path, **_body(json), **options))

    def delete(self, path: str, json: Any = None, **options: Any) -> Answer:
        return cast(Answer, self.client.delete("/api" + path, **_body(json), **options))


def _body(json: Any) -> dict[str, Any]:
    return {} if json is None else {"json": json}


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with an empty, migrated database: copied, not made again, for each test."""
    config = Config(data_dir=tmp_path_factory.mktemp("migrated"))
    app = create_app(config)
    migrations.upgrade(app, config)
    with app.app_context():
        db.engine.dispose()
    return config.data_dir


@pytest.fixture(scope="session")
def password_hash(migrated: Path) -> str:
    """The hash of everyone's password: hashing is slow on purpose, so it is done once."""
    with create_app(Config(data_dir=migrated)).app_context():
        return hash_password(PASSWORD)


@pytest.fixture
def settings() -> dict[str, Any]:
    """Settings that differ from the defaults; a test module may override this."""
    return {"rate_limits": "off", "log_level": "error"}


@pytest.fixture(scope="session")
def made_apps() -> dict[str, Flask]:
    """The apps that tests have used so far, by their settings: making one takes a while."""
    return {}


@pytest.fixture
def app(
    migrated: Path,
    made_apps: dict[str, Flask],
    settings: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Flask]:
    """PUNT with an empty database, no uploads, and nobody near a rate limit."""
    key = repr(settings)
    if key not in made_apps:
        config = Config(data_dir=tmp_path_factory.mktemp("data"), **settings)
        made_apps[key] = create_app(config)
    app = made_apps[key]
    data_dir: Path = app.config["PUNT"].data_dir
    shutil.rmtree(data_dir)
    shutil.copytree(migrated, data_dir)
    limiter.enabled = app.config["RATELIMIT_ENABLED"]
    if limiter.enabled:
        limiter.reset()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few tickets to a segment that those of a test need many."""
    monkeypatch.setattr(segments, "SIZE", 2)


@pytest.fixture
def anonymous(app: Flask) -> Person:
    """Nobody in particular."""
    return Person("", "", app.test_client())


def sign_in(app: Flask, username: str, password_hash: str) -> Person:
    """Make an account, sign it in, and leave the cookie in a client of its own."""
    with app.test_request_context():
        with transaction():
            user = accounts.register(username, password_hash, None, None, is_open=True)
            _, secret = sessions.start(user, password_hash, timedelta(days=30), None, None)
        user_id = user.id
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie.permanent = True
        cookie["_user_id"] = secret
    return Person(user_id, username, client)


@pytest.fixture
def ada(app: Flask, password_hash: str) -> Person:
    """The owner of the project, and the system admin."""
    return sign_in(app, "ada", password_hash)


@pytest.fixture
def bo(app: Flask, ada: Person, password_hash: str) -> Person:
    """An admin of the project."""
    return sign_in(app, "bo", password_hash)


@pytest.fixture
def cy(app: Flask, ada: Person, password_hash: str) -> Person:
    """A member of the project."""
    return sign_in(app, "cy", password_hash)


@pytest.fixture
def di(app: Flask, ada: Person, password_hash: str) -> Person:
    """A viewer of the project."""
    return sign_in(app, "di", password_hash)


@pytest.fixture
def ed(app: Flask, ada: Person, password_hash: str) -> Person:
    """A stranger to the project, with one of their own."""
    return sign_in(app, "ed", password_hash)


@pytest.fixture
def project(app: Flask, ada: Person, bo: Person, cy: Person, di: Person) -> str:
    """The key of the project that ada owns and bo, cy and di belong to."""
    return make_project(app, "PUNT", {ada: "owner", bo: "admin", cy: "member", di: "viewer"})


@pytest.fixture
def other_project(app: Flask, ed: Person) -> str:
    """The key of the stranger's own project."""
    return make_project(app, "OTHER", {ed: "owner"})


def make_project(app: Flask, key: str, roles: "dict[Person, str]") -> str:
    """A project with these members, the owner first."""
    owner, *others = roles
    with app.test_request_context(), transaction():
        actor = Actor(owner.id)
        made = projects.create({"key": key, "name": f"The {key} project"}, actor)
        for person in others:
            row = Member(project_id=made["id"], user_id=person.id, role=roles[person])
            db.session.add(row)
    return key


def script(app: Flask, person: Person, scope: str = "write", **fields: Any) -> Person:
    """A script of someone's: it has a token of theirs and no cookie."""
    made = person.post("/me/tokens", {"name": "script", "scope": scope, **fields})
    assert made.status_code == 201, made.text
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {made.json['token']}"
    return Person(person.id, person.username, client)


@pytest.fixture
def listen(app: Flask) -> Iterator[Any]:
    """Opens an event stream, and gives what it sends from then on."""
    opened: list[Answer] = []

    def open_stream(person: Person, path: str = "/users/events", **options: Any) -> Iterator[bytes]:
        opened.append(person.get(path, buffered=False, **options))
        assert opened[-1].status_code == 200, opened[-1].text
        messages = cast(Iterator[bytes], iter(opened[-1].response))
        assert b'"connected"' in next(messages)
        return messages

    yield open_stream
    for response in opened:
        response.close()
    # What reads the log for them must not outlive the database.
    app.extensions["punt.broker"].wake()
    gevent.wait()


@pytest.fixture
def event_count(app: Flask) -> Any:
    """How many events were ever recorded: a refusal must not change it."""

    def count() -> int:
        with app.app_context():
            return db.session.scalar(select(func.count()).select_from(Event)) or 0

    return count


@pytest.fixture
def stored(app: Flask) -> Any:
    """Every row there is, by table: neither a refusal nor a read may change one."""

    def read() -> dict[str, list[Any]]:
        with app.app_context():
            tables = Base.metadata.sorted_tables
            return {
                each.name: list(db.session.execute(select(each).order_by(*each.primary_key)))
                for each in tables
            }

    return read


@pytest.fixture
def run(app: Flask) -> Any:
    """Types a command of `flask --app app`, with `given` on its standard input."""
    migrations.bind(app)

    def run(*args: object, given: str = "") -> Result:
        return app.test_cli_runner().invoke(args=[str(each) for each in args], input=given)

    return run


def refusal(result: Result) -> str:
    """The one line on standard error with which a command has failed."""
    assert (result.exit_code, result.stdout) == (1, ""), result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    return line.removeprefix("Error: ")


def add(app: Flask, row: Any) -> str:
    """Store a row without an event, and answer its id."""
    with app.test_request_context(), transaction():
        db.session.add(row)
        db.session.flush()
        return str(row.id)


def rewrite(app: Flask, model: type[Base], id_: str, **values: Any) -> None:
    """Change a stored row without an event."""
    with app.test_request_context(), transaction():
        row = db.session.get_one(model, id_)
        for name, value in values.items():
            setattr(row, name, value)


def new_ticket(person: Person, title: str = "A ticket", **fields: Any) -> dict[str, Any]:
    """A ticket that someone files in PUNT, as it was answered."""
    response = person.post("/projects/PUNT/tickets", {"title": title, **fields})
    assert response.status_code == 201, response.text
    return dict(response.json)


def new_label(app: Flask, name: str, project: str = "PUNT") -> str:
    """The id of a new label, stored without an event."""
    owner = project_id(app, project)
    return add(app, Label(project_id=owner, name=name, name_key=folded(name), color="#112233"))


def new_sprint(
    app: Flask, name: str = "Sprint 1", status: str = "planning", project: str = "PUNT"
) -> str:
    """The id of a new sprint, stored without an event."""
    return add(app, Sprint(project_id=project_id(app, project), name=name, status=status))


def project_id(app: Flask, key: str) -> str:
    """The id of a project."""
    with app.app_context():
        return db.session.scalars(select(Project.id).where(Project.key == key)).one()


def filled(value: Any, ids: dict[str, str]) -> Any:
    """A path or a body with ids in the place of words in angle brackets."""
    return json.loads(re.sub(r"<([\w ]+)>", lambda word: ids[word[1]], json.dumps(value)))


def details(response: Answer) -> dict[str, str]:
    """The messages of a refused input by field; asserts that it is one."""
    assert response.status_code == 400, response.text
    assert response.json["error"] == "Validation failed"
    return {each["field"]: each["message"] for each in response.json["details"]}
