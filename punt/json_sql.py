"""JSON made by the database itself, said the way each database wants to hear it.

Building a list of a thousand tickets in SQL takes a fraction of what it takes in Python.
"""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, Subquery, Text, case, cast, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class json_of(GenericFunction[Any]):  # noqa: N801 - SQL functions are lower case
    """A JSON object of alternating names and values."""

    type = Text()
    inherit_cache = True


class json_list(GenericFunction[Any]):  # noqa: N801
    """All the values of a column as one JSON array."""

    type = Text()
    inherit_cache = True


class json_text(GenericFunction[Any]):  # noqa: N801
    """Text that is JSON already, to be put into other JSON as it is."""

    type = Text()
    inherit_cache = True


@compiles(json_of)
def _json_of(element: json_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_object({compiler.process(element.clauses, **options)})"


@compiles(json_of, "postgresql")
def _json_build_object(element: json_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_build_object({compiler.process(element.clauses, **options)})"


@compiles(json_list)
def _json_group_array(element: json_list, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_group_array(json({compiler.process(element.clauses, **options)}))"


@compiles(json_list, "postgresql")
def _json_agg(element: json_list, compiler: SQLCompiler, **options: Any) -> str:
    return f"coalesce(json_agg({compiler.process(element.clauses, **options)}), '[]'::json)"


@compiles(json_text)
def _json(element: json_text, compiler: SQLCompiler, **options: Any) -> str:
    return f"json({compiler.process(element.clauses, **options)})"


@compiles(json_text, "postgresql")
def _already_json(element: json_text, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)})::json"


def document(**values: Any) -> ColumnElement[Any]:
    """A JSON object of these names and expressions."""
    pairs = [part for name, value in values.items() for part in (_name(name), _value(value))]
    made: ColumnElement[Any] = json_of(*pairs)
    return made


def _name(name: str) -> ColumnElement[str]:
    # A name in the text of the statement costs nothing to send; they are all our own.
    return literal_column(f"'{name}'")


def _value(value: Any) -> ColumnElement[Any]:
    if isinstance(value.type, Boolean):
        # SQLite has no truth values of its own.
        value = json_text(case((value, literal_column("'true'")), else_=literal_column("'false'")))
    return value  # type: ignore[no-any-return]


def document_or_null(known_by: Any, **values: Any) -> ColumnElement[Any]:
    """The same, or null when `known_by` is: what an outer join did not find."""
    return json_text(case((known_by.is_not(None), document(**values))))


def documents(found: Subquery) -> ColumnElement[Any]:
    """The documents in the column `document` of a subquery, as one list in its order."""
    return json_text(select(json_list(found.c.document)).scalar_subquery())


def word(column: Any, words: tuple[str, ...]) -> ColumnElement[str]:
    """The word that a ranked column stands for."""
    names: list[Any] = [(column == name, literal_column(f"'{name}'")) for name in words]
    return case(*names)


def text_of(made: ColumnElement[Any]) -> ColumnElement[str]:
    """A document as text, so that no driver takes it apart again."""
    return cast(made, Text)
