"""A column of which no index may be made use of: the planner cannot know what we have counted."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class unindexed(GenericFunction[Any]):  # noqa: N801 - SQL functions are lower case
    """A column by its value alone."""

    inherit_cache = True

    def __init__(self, of: ColumnElement[Any] | Any) -> None:
        super().__init__(of)
        self.type = of.type


@compiles(unindexed)
def _as_it_is(element: unindexed, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(unindexed, "sqlite")
def _unary_plus(element: unindexed, compiler: SQLCompiler, **options: Any) -> str:
    # SQLite promises that it takes no index for this.
    return f"+{compiler.process(element.clauses, **options)}"
