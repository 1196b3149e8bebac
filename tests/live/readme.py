"""README.md, taken apart."""

import re

from tests.live.conftest import ROOT

README = (ROOT / "README.md").read_text()
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def section(title: str, inside: str = README, level: str = "##") -> str:
    """The text below a heading, up to the next one of its kind."""
    return f"\n{inside}".partition(f"\n{level} {title}\n")[2].partition(f"\n{level} ")[0]


def blocks(kind: str, text: str) -> list[str]:
    """The code blocks of a kind."""
    return [block for each, block in BLOCK.findall(text) if each == kind]
