"""The way in: `python wsgi.py` serves PUNT; any WSGI server can serve `wsgi:app`."""

# Before anything else is imported, or what is imported keeps the blocking originals.
from gevent import monkey

monkey.patch_all()

import logging  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402

from app import create_app  # noqa: E402
from punt import __version__, data_dir, housekeeper, migrations  # noqa: E402
from punt.config import Config, ConfigError  # noqa: E402
from punt.server import Server  # noqa: E402

logger = logging.getLogger("punt")

try:
    config = Config.from_environ(os.environ)
    # Open for as long as we run.
    in_use = data_dir.hold(config)
    app = create_app(config)
    if config.embedded:
        migrations.upgrade(app, config)
except ConfigError as error:
    sys.exit(f"punt: {error}")
housekeeper.start(app)


def serve() -> None:
    """Serve until told to stop by SIGTERM or SIGINT; then finish what is under way."""
    server = Server((config.host, config.port), app, logger=logger)
    try:
        server.start()
    except OSError as error:
        sys.exit(f"punt: PUNT_HOST, PUNT_PORT: cannot listen: {error.strerror}")
    address = f"http://{config.host}:{server.server_port}"
    logger.info(
        "listening",
        extra={
            "fields": {"version": __version__, "url": address, "data": config.data_dir.resolve()}
        },
    )
    server.serve_until_signalled(app.extensions["punt.broker"].close)
    logger.info("stopped")


if __name__ == "__main__":
    serve()
