"""A bare gevent loop: what one connection sends is sent to all of them (`python -m ... PORT`).

Only the first message of each comes back to it alone.
"""

import sys
from typing import Any

from gevent.server import StreamServer

MOST_BYTES = 1024 * 1024

connections: list[Any] = []


def serve(connection: Any, _address: object) -> None:
    """One connection, for as long as it is open."""
    connection.sendall(connection.recv(MOST_BYTES))
    connections.append(connection)
    while message := connection.recv(MOST_BYTES):
        for each in connections:
            each.sendall(message)
    connections.remove(connection)


if __name__ == "__main__":
    StreamServer(("127.0.0.1", int(sys.argv[1])), serve, backlog=4096).serve_forever()
