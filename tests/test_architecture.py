"""What the linters cannot see: sizes, names, single modules, and what the files promise."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from punt.config import SETTINGS

ROOT = Path(__file__).parent.parent
SOURCES = [
    ROOT / "app.py",
    ROOT / "wsgi.py",
    *sorted((ROOT / "schemas").rglob("*.py")),
    *(p for p in sorted((ROOT / "punt").rglob("*.py")) if "versions" not in p.parts),
]
TESTS = [p for p in sorted((ROOT / "tests").rglob("*.py")) if "contract" not in p.parts]
LONGEST_FUNCTION = 40
LONGEST_FILE = 250
# Words that say where something was put, not what it is.
EMPTY_WORDS = re.compile(r"(^|_)(utils?|helpers?|common|managers?|services?)(_|$)")
MACHINE_PATH = re.compile(rb"(?<![\w.}])/(?:work|root|home|Users)/")


def imports(path: Path) -> Iterator[str]:
    """Every module that `path` imports; `from a import b` may mean `a` or `a.b`, so both."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers(module: str) -> set[str]:
    """The sources that import `module`, or something in it."""
    return {
        str(path.relative_to(ROOT))
        for path in SOURCES
        if any(name == module or name.startswith(f"{module}.") for name in imports(path))
    }


def repository_files() -> list[Path]:
    """What is committed, or would be."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in listing.split("\0") if name and (path := ROOT / name).is_file()]


def test_functions_are_short() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_files_are_short() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_file_names_say_what_is_in_them() -> None:
    names = {part for path in SOURCES for part in path.relative_to(ROOT).with_suffix("").parts}
    assert [name for name in sorted(names) if EMPTY_WORDS.search(name)] == []


def test_schemas_import_only_marshmallow() -> None:
    allowed = {"marshmallow", "schemas", *sys.stdlib_module_names}
    foreign = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in SOURCES
        if path.is_relative_to(ROOT / "schemas")
        for name in imports(path)
        if name.partition(".")[0] not in allowed
    ]
    assert foreign == []


def test_single_modules_stand_on_top() -> None:
    assert importers("wsgi") == set()
    assert importers("app") == {"wsgi.py"}
    assert importers("punt.server") == {"wsgi.py"}


def test_no_file_names_a_place_on_one_machine() -> None:
    named = [
        str(path.relative_to(ROOT))
        for path in repository_files()
        if MACHINE_PATH.search(path.read_bytes())
    ]
    assert named == []


def test_dependencies_are_what_is_imported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    entries = project["dependencies"] + project["optional-dependencies"]["test"]
    declared = {re.split(r"[<>=]", entry)[0] for entry in entries}
    distributions = packages_distributions()
    modules = {name.partition(".")[0] for path in SOURCES + TESTS for name in imports(path)}
    imported = {each.lower() for module in modules for each in distributions.get(module, [])}
    # Plugins, which pytest loads by itself; a server, which tests start as a process.
    assert declared - {"pytest-timeout", "pytest-xdist", "gunicorn"} == imported


@pytest.mark.parametrize("name", ["requirements.txt", ".ci/requirements.txt"])
def test_pins_name_no_package_index(name: str) -> None:
    assert re.findall(r"^-.*|.*://.*", (ROOT / name).read_text(), re.MULTILINE) == []


def test_readme_lists_every_setting() -> None:
    readme = (ROOT / "README.md").read_text()
    rows = re.findall(r"^\| *`(PUNT_\w+)`", readme, re.MULTILINE)
    assert sorted(rows) == sorted(setting.name for setting in SETTINGS)
    # Outside the table too, nothing is named that does not exist.
    assert set(re.findall(r"PUNT_[A-Z_]+[A-Z]", readme)) <= set(rows)
