"""The application: everything is put together here."""

import os
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Flask
from flask_cors import CORS
from sqlalchemy import event
from werkzeug.middleware.proxy_fix import ProxyFix

from punt import __version__, api, cli, data_dir, database, logs
from punt.api import cookie, headers, health, site, uploads
from punt.api.answers import Answers
from punt.api.blueprint import JSON, Api
from punt.config import Config, ConfigError
from punt.events.broker import Broker
from punt.extensions import db, login_manager
from punt.kept import Kept

MOST_BODY_BYTES = 2 * 1024 * 1024


def create_app(config: Config | None = None) -> Flask:
    """The PUNT application, with settings from the environment unless given.

    Raises `ConfigError` when a setting makes no sense.
    """
    config = config or Config.from_environ(os.environ)
    config = replace(config, secret_key=data_dir.prepare(config))
    logs.configure(config.logging_level)
    app = Flask("punt", template_folder="../templates")
    app.config.from_mapping(_flask_settings(config))
    app.json = JSON(app)
    app.request_class = uploads.Request
    app.session_interface = cookie.CookieInterface()
    app.url_map.merge_slashes = False
    _bind_extensions(app, config)
    _start_events(app)
    api.register(Api(app))
    app.register_blueprint(health.blp)
    app.register_blueprint(site.blp)
    cli.register(app)
    return app


def _flask_settings(config: Config) -> dict[str, Any]:
    return {
        "PUNT": config,
        "SECRET_KEY": config.secret_key,
        "MAX_CONTENT_LENGTH": MOST_BODY_BYTES,
        "PERMANENT_SESSION_LIFETIME": timedelta(days=config.session_days),
        "SESSION_COOKIE_NAME": cookie.NAME,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "SQLALCHEMY_DATABASE_URI": config.sqlalchemy_url,
        "SQLALCHEMY_ENGINE_OPTIONS": database.engine_options(config.sqlalchemy_url),
        # We have none, and another app's on the same host must not stand in a token's way.
        "REMEMBER_COOKIE_NAME": ";",
        "RATELIMIT_ENABLED": config.rate_limits == "on",
        "RATELIMIT_STORAGE_URI": "counters://",
        "API_TITLE": "PUNT",
        "API_VERSION": __version__,
        "OPENAPI_VERSION": "3.1.0",
    }


def _bind_extensions(app: Flask, config: Config) -> None:
    try:
        db.init_app(app)
    except ModuleNotFoundError as error:
        missing = f"needs a driver that is not installed: {error.name}"
        raise ConfigError(f"PUNT_DATABASE_URL {missing}") from error
    login_manager.init_app(app)
    login_manager.session_protection = None
    headers.install(app)
    if config.cors_origins:
        CORS(
            app,
            resources=r"/api/.*",
            # Not as text: what has brackets in it would be taken for a pattern.
            origins=[re.compile(re.escape(origin) + r"\Z") for origin in config.cors_origins],
            supports_credentials=True,
            allow_headers=headers.ALLOWED_HEADERS,
            expose_headers=headers.EXPOSED_HEADERS,
            max_age=600,
        )
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops)  # type: ignore[method-assign]


def _start_events(app: Flask) -> None:
    with app.app_context():
        database.prepare(db.engine)
        app.extensions["punt.broker"] = Broker(db.engine)
        app.extensions["punt.kept"] = Kept(db.engine)
        app.extensions["punt.answers"] = answers = Answers()
        event.listen(db.engine, "engine_disposed", answers.clear)
