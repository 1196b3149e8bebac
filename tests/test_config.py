"""Settings from the environment, and what they make of the data directory (contract, section 7)."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from punt.config import SETTINGS, Config, ConfigError
from punt.database import transaction
from punt.extensions import db
from punt.migrations import upgrade
from punt.tracker import accounts
from tests.conftest import PASSWORD

DEFAULTS = {
    "PUNT_HOST": "127.0.0.1",
    "PUNT_PORT": 3000,
    "PUNT_DATA_DIR": Path("data"),
    "PUNT_DATABASE_URL": None,
    "PUNT_SECRET_KEY": None,
    "PUNT_TRUSTED_PROXIES": 0,
    "PUNT_CORS_ORIGINS": (),
    "PUNT_REGISTRATION": "open",
    "PUNT_SESSION_DAYS": 30,
    "PUNT_RATE_LIMITS": "on",
    "PUNT_RATE_LIMIT_LOGIN": "10 per 15 minutes",
    "PUNT_RATE_LIMIT_REGISTER": "5 per hour",
    "PUNT_RATE_LIMIT_PASSWORD": "5 per 15 minutes",
    "PUNT_RATE_LIMIT_ACCOUNT": "3 per hour",
    "PUNT_RATE_LIMIT_UPLOAD": "60 per minute",
    "PUNT_RATE_LIMIT_STREAM": "60 per minute",
    "PUNT_RATE_LIMIT_GENERAL": "600 per minute",
    "PUNT_KEEPALIVE_SECONDS": 30,
    "PUNT_EVENT_RETENTION_DAYS": 7,
    "PUNT_LOG_LEVEL": "info",
}
RATES = [name for name in DEFAULTS if name.startswith("PUNT_RATE_LIMIT_")]
NUMBERS = [name for name, default in DEFAULTS.items() if isinstance(default, int)]

GOOD: list[tuple[str, str, object]] = [
    ("PUNT_HOST", "0.0.0.0", "0.0.0.0"),  # noqa: S104
    ("PUNT_HOST", "::1", "::1"),
    ("PUNT_PORT", "0", 0),
    ("PUNT_PORT", "65535", 65535),
    ("PUNT_DATA_DIR", "/var/lib/punt", Path("/var/lib/punt")),
    ("PUNT_DATABASE_URL", "postgresql://punt@db/punt", "postgresql://punt@db/punt"),
    ("PUNT_DATABASE_URL", "sqlite:////srv/punt.db", "sqlite:////srv/punt.db"),
    ("PUNT_SECRET_KEY", "x" * 16, "x" * 16),
    ("PUNT_TRUSTED_PROXIES", "2", 2),
    ("PUNT_CORS_ORIGINS", "https://board.example.com", ("https://board.example.com",)),
    ("PUNT_CORS_ORIGINS", "HTTPS://Board.Example.Com/", ("https://board.example.com",)),
    ("PUNT_CORS_ORIGINS", "http://a:5173, https://b", ("http://a:5173", "https://b")),
    ("PUNT_CORS_ORIGINS", "http://[::1]:5173", ("http://[::1]:5173",)),
    ("PUNT_REGISTRATION", "closed", "closed"),
    ("PUNT_REGISTRATION", "Open", "open"),
    ("PUNT_SESSION_DAYS", "1", 1),
    ("PUNT_RATE_LIMITS", "OFF", "off"),
    ("PUNT_KEEPALIVE_SECONDS", "15", 15),
    ("PUNT_EVENT_RETENTION_DAYS", "90", 90),
    ("PUNT_LOG_LEVEL", "debug", "debug"),
    ("PUNT_LOG_LEVEL", "WARNING", "warning"),
    *((name, "7/second", "7/second") for name in RATES),
]

NO_NUMBER = ["-1", "+1", "1.5", "1e3", "0x10", "ten", "3_000", "٣", "½", "9" * 5000]
BAD: list[tuple[str, str]] = [
    *((name, value) for name in NUMBERS for value in NO_NUMBER),
    *((name, "0" * 20 + "9" * 7) for name in NUMBERS),
    *((name, "0") for name in ("PUNT_SESSION_DAYS", "PUNT_KEEPALIVE_SECONDS")),
    ("PUNT_EVENT_RETENTION_DAYS", "0"),
    ("PUNT_HOST", " "),
    ("PUNT_PORT", "65536"),
    ("PUNT_DATA_DIR", " "),
    ("PUNT_DATABASE_URL", "nonsense"),
    ("PUNT_DATABASE_URL", "http://db/punt"),
    ("PUNT_DATABASE_URL", "postgresql://punt@db:port/punt"),
    ("PUNT_SECRET_KEY", "x" * 15),
    ("PUNT_TRUSTED_PROXIES", "11"),
    *(
        ("PUNT_CORS_ORIGINS", origins)
        for origins in (
            "*",
            "null",
            ",",
            "board.example.com",
            "https://",
            "https://a,",
            "ftp://board.example.com",
            "https://board.example.com/path",
            "https://board.example.com?x",
            "https://board.example.com#x",
            "https://user@board.example.com",
            "https://board.example.com:port",
            "https://board.example.com:99999",
            "https://*.example.com",
            "https://board.example.com https://b",
            "https://[::1",
            "https://board.example.com|https://evil.example",
            "https://.*",
        )
    ),
    *(
        (name, value)
        for name in ("PUNT_REGISTRATION", "PUNT_RATE_LIMITS")
        for value in ("yes", "1")
    ),
    ("PUNT_LOG_LEVEL", "loud"),
    ("PUNT_LOG_LEVEL", "10"),
    *(
        (name, value)
        for name in RATES
        for value in (
            "10",
            "10/second;600/minute",
            "600 per minute | 5 per second",
            "ten per hour",
            "-1 per hour",
            "0 per hour",
            "5 per 0 hours",
            "5 per eon",
        )
    ),
]


def field(name: str) -> str:
    """The field of `Config` that a variable sets."""
    return name.removeprefix("PUNT_").lower()


def test_every_setting_has_its_default() -> None:
    config = Config.from_environ({})
    assert {name: getattr(config, field(name)) for name in DEFAULTS} == DEFAULTS
    assert {setting.name for setting in SETTINGS} == DEFAULTS.keys()


def test_an_empty_variable_counts_as_unset() -> None:
    assert Config.from_environ(dict.fromkeys(DEFAULTS, "")) == Config.from_environ({})


@pytest.mark.parametrize(("name", "given", "value"), GOOD)
def test_a_setting_is_read(name: str, given: str, value: object) -> None:
    config = Config.from_environ({name: given, "PATH": "/bin"})
    assert getattr(config, field(name)) == value
    others = DEFAULTS.keys() - {name}
    assert all(getattr(config, field(other)) == DEFAULTS[other] for other in others)


@pytest.mark.parametrize(("name", "given"), BAD, ids=lambda value: value[:40])
def test_a_value_that_makes_no_sense_is_refused_by_name(name: str, given: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        Config.from_environ({name: given})
    assert str(refusal.value).split()[0].rstrip(":") == name
    assert len(str(refusal.value).splitlines()) == 1
    assert len(str(refusal.value)) < 200


def test_a_refusal_does_not_repeat_a_secret() -> None:
    for name, secret in (
        ("PUNT_SECRET_KEY", "hunter2"),
        ("PUNT_DATABASE_URL", "x://u:hunter2@h:p"),
    ):
        with pytest.raises(ConfigError) as refusal:
            Config.from_environ({name: secret})
        assert "hunter2" not in str(refusal.value)


def test_the_app_reads_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PUNT_DATA_DIR", str(tmp_path / "here"))
    monkeypatch.setenv("PUNT_SESSION_DAYS", "3")
    config = create_app().config["PUNT"]
    assert (config.data_dir, config.session_days) == (tmp_path / "here", 3)
    monkeypatch.setenv("PUNT_SESSION_DAYS", "none")
    with pytest.raises(ConfigError, match="^PUNT_SESSION_DAYS "):
        create_app()


# The data directory


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Any]:
    """Starts PUNT on a data directory two levels below one that is there."""
    apps: list[Flask] = []

    def started(**settings: Any) -> Flask:
        config = Config(data_dir=tmp_path / "made" / "here", rate_limits="off", **settings)
        apps.append(create_app(config))
        return apps[-1]

    yield started
    for app in apps:
        with app.app_context():
            db.engine.dispose()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_data_directory_is_made_for_its_owner_only(start: Any, tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        start()
    finally:
        os.umask(old)
    made = tmp_path / "made" / "here"
    assert (mode(made), mode(made / "secret_key")) == (0o700, 0o600)
    assert all(mode(path) & 0o077 == 0 for path in made.iterdir() if path.is_dir())


def test_the_secret_key_is_made_once(start: Any, tmp_path: Path) -> None:
    first = start().secret_key
    kept = (tmp_path / "made" / "here" / "secret_key").read_bytes()
    assert start().secret_key == first
    assert (tmp_path / "made" / "here" / "secret_key").read_bytes() == kept
    assert len(first) >= 43, "less than 256 bits"


def test_every_installation_makes_a_key_of_its_own(tmp_path: Path) -> None:
    keys = {create_app(Config(data_dir=tmp_path / name)).secret_key for name in ("a", "b")}
    assert len(keys) == 2


def test_a_key_that_is_given_is_not_kept(start: Any, tmp_path: Path) -> None:
    assert start(secret_key="given-by-operator").secret_key == "given-by-operator"
    assert not (tmp_path / "made" / "here" / "secret_key").exists()


@pytest.mark.parametrize("content", [b"", b"\n", b"short", b"\xff" * 40])
def test_a_kept_key_that_is_none_stops_the_start(
    start: Any, tmp_path: Path, content: bytes
) -> None:
    start()
    (tmp_path / "made" / "here" / "secret_key").write_bytes(content)
    with pytest.raises(ConfigError, match="^PUNT_SECRET_KEY.*secret_key"):
        start()


def test_sessions_survive_a_restart_but_not_another_key(start: Any) -> None:
    app = start()
    upgrade(app, app.config["PUNT"])
    client = app.test_client()
    body = {"username": "ada", "password": PASSWORD}
    client.post("/api/auth/register", json=body)
    client.post("/api/auth/callback/credentials", json=body)
    cookie = client.get_cookie("next-auth.session-token")
    assert cookie
    for again, status in ((start(), 200), (start(secret_key="another-key-than-before"), 401)):
        other = again.test_client()
        other.set_cookie(cookie.key, cookie.value)
        assert other.get("/api/me").status_code == status


@pytest.mark.parametrize("place", ["file", "file/below", "file/far/below"])
def test_a_data_directory_that_cannot_be_made_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match="^PUNT_DATA_DIR.*/file"):
        create_app(Config(data_dir=tmp_path / place))
    assert (tmp_path / "file").read_text() == "in the way"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_data_directory_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ConfigError, match="^PUNT_DATA_DIR.*Permission denied"):
        create_app(Config(data_dir=tmp_path))


def test_what_is_in_the_data_directory_already_stays(start: Any, tmp_path: Path) -> None:
    app = start()
    upgrade(app, app.config["PUNT"])
    with app.app_context(), transaction():
        accounts.register("ada", "x", None, None, is_open=True)
    (tmp_path / "made" / "here" / "uploads" / "kept").write_text("kept")
    again = start()
    upgrade(again, again.config["PUNT"])
    body = {"username": "ada", "password": PASSWORD}
    taken = again.test_client().post("/api/auth/register", json=body)
    assert taken.status_code == 400
    assert (tmp_path / "made" / "here" / "uploads" / "kept").read_text() == "kept"
