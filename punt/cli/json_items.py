"""A JSON object read item by item: however long its lists are, only one item is in memory."""

import codecs
import json
from collections.abc import Iterator
from typing import IO, Any, NoReturn

PIECE_BYTES = 1024 * 1024

# A file of 50 MB in base64, and then some.
LONGEST_ITEM = 80 * 1024 * 1024

SPACE = " \t\n\r"


class Items:
    """What is in a JSON object: its members, and of those that are lists, each item by itself.

    `ValueError` says what is wrong with it.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._read = json.JSONDecoder(parse_constant=_refuse).raw_decode
        self._text, self._at, self._ended = "", 0, False
        self.bytes_read = 0

    def __iter__(self) -> Iterator[tuple[str, int | None, Any]]:
        """Each as its name, its place if it is in a list, and its value."""
        seen: set[str] = set()
        self._expect("{")
        while self._peek() != "}":
            if seen:
                self._expect(",")
            name = self._value()
            if not isinstance(name, str) or name in seen:
                raise ValueError("it is no JSON object whose members are there once")
            seen.add(name)
            self._expect(":")
            if self._peek() == "[":
                yield from ((name, place, item) for place, item in enumerate(self._list()))
            else:
                yield name, None, self._value()
        self._expect("}")
        if self._peek():
            raise ValueError("there is more behind its end")

    def _list(self) -> Iterator[Any]:
        self._expect("[")
        if self._peek() != "]":
            yield self._value()
        while self._peek() != "]":
            self._expect(",")
            yield self._value()
        self._expect("]")

    def _peek(self) -> str:
        """The next character that is no space; none at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in SPACE:
                    return self._text[self._at]
                self._at += 1
            if not self._more():
                return ""

    def _expect(self, character: str) -> None:
        if self._peek() != character:
            raise ValueError(f"it is no JSON object: {character} is missing")
        self._at += 1

    def _value(self) -> Any:
        self._peek()
        while True:
            try:
                value, end = self._read(self._text, self._at)
                # A number may go on in the next piece, with a fraction and an exponent.
                if end + 2 < len(self._text) or not self._more():
                    self._at = end
                    return value
            except json.JSONDecodeError as error:
                if not self._more():
                    raise ValueError(f"it is no JSON: {error.msg}") from error
            except RecursionError as error:
                raise ValueError("it is nested too deeply") from error

    def _more(self) -> bool:
        """Read on, about as much as is waiting; false at the end."""
        self._text, self._at = self._text[self._at :], 0
        if self._ended:
            return False
        if len(self._text) > LONGEST_ITEM:
            raise ValueError("one of its items is too long, or it is no JSON")
        piece = self._file.read(max(PIECE_BYTES, len(self._text)))
        self.bytes_read += len(piece)
        self._ended = not piece
        self._text += self._decode(piece, final=self._ended)
        return True


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
