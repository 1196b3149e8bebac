"""What a client sends, as the server reads it."""

from collections.abc import Callable
from socket import SocketIO
from typing import Any

import gevent
from gevent.pywsgi import Input


class Refused(OSError):
    """A request that is not HTTP as we take it: answered by the server, whatever the app does."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


class Wire(SocketIO):
    """What a client sends, read so that one that never pauses leaves the others their turn."""

    def readinto(self, buffer: Any) -> int | None:
        gevent.sleep(0)
        return super().readinto(buffer)


class Body(Input):  # type: ignore[misc]
    """`wsgi.input`: whatever goes wrong in reading it is an OSError, and it knows its own end."""

    broken = False

    @property
    def finished(self) -> bool:
        if self.chunked_input:
            return not self.broken and self.chunk_length == 0
        return not self.broken and self.position == (self.content_length or 0)

    def read(self, length: int | None = None) -> bytes:
        return self._read(super().read, length)

    def readline(self, size: int | None = None) -> bytes:
        return self._read(super().readline, size)

    def _read(self, read: Callable[[int | None], bytes], size: int | None) -> bytes:
        try:
            return read(size)
        except (OSError, ValueError) as error:
            self.broken = True
            status = 408 if isinstance(error, TimeoutError) else 400
            raise Refused(status, "The request body is malformed or incomplete") from error

    def _discard(self) -> None:
        """Leave a body that the app did not want: the connection ends instead (see `linger`)."""
