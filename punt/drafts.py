"""Files that others see only when they are complete."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, cast


@contextmanager
def replacing(target: Path) -> Iterator[IO[bytes]]:
    """A file for the block to write, for its owner only: it becomes `target` if that succeeds."""
    prefix = f".{target.name}."
    with NamedTemporaryFile(prefix=prefix, dir=target.parent, delete=False) as draft:
        try:
            yield cast(IO[bytes], draft)
            draft.flush()
            os.fsync(draft.fileno())
            Path(draft.name).replace(target)
        except BaseException:
            Path(draft.name).unlink()
            raise
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
