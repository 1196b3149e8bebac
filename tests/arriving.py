"""Request bodies that take their time."""

from collections.abc import Callable
from io import BytesIO
from typing import Any


class Slow(BytesIO):
    """A body during whose arrival something happens."""

    def __init__(self, body: bytes, meanwhile: Callable[[], object]) -> None:
        super().__init__(body)
        self.meanwhile = meanwhile

    def readinto(self, buffer: Any) -> int:
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return super().readinto(buffer)


def slowly(body: bytes, meanwhile: Callable[[], object]) -> dict[str, Any]:
    """Options of a request with a JSON body during whose arrival something happens."""
    return {
        "input_stream": Slow(body, meanwhile),
        "content_length": len(body),
        "content_type": "application/json",
    }
