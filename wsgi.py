"""The way in: `python wsgi.py` serves PUNT; any WSGI server can serve `wsgi:app`."""

# Before anything else is imported, or what is imported keeps the blocking originals.
from gevent import monkey

monkey.patch_all()

import gc  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402

import gevent  # noqa: E402

# Or each connection remembers, for as long as it is open, what accepted it.
gevent.config.track_greenlet_tree = False

# What is made until we serve is here to stay: nobody need look for garbage in it, now or later.
gc.disable()

from app import create_app  # noqa: E402
from punt import data_dir, housekeeper, startup  # noqa: E402
from punt.config import Config, ConfigError  # noqa: E402
from punt.server import Server  # noqa: E402

logger = logging.getLogger("punt")

# At any other status gunicorn would start its workers over for ever.
GIVE_UP = 3

if __name__ == "__main__":
    startup.read_arguments()

try:
    config = Config.from_environ(os.environ)
    # Open for as long as we run.
    in_use = data_dir.hold(config)
    app = create_app(config)
    startup.open_database(app, config)
except ConfigError as error:
    sys.stderr.write(f"punt: {error}\n")
    sys.exit(1 if __name__ == "__main__" else GIVE_UP)
housekeeper.start(app)
gc.freeze()
gc.enable()


def serve() -> None:
    """Serve until told to stop by SIGTERM or SIGINT; then finish what is under way."""
    server = Server((config.host, config.port), app, logger=logger)
    try:
        server.start()
    except OSError as error:
        sys.exit(f"punt: {startup.cannot_listen(config, error)}")
    # Once it waits for signals: whoever reads that we listen may stop us at once.
    gevent.spawn(startup.greet, app, config, f"http://{config.host}:{server.server_port}")
    server.serve_until_signalled(app.extensions["punt.broker"].close)
    logger.info("stopped")


if __name__ == "__main__":
    serve()
