"""The one way to find a thing that a URL names, within what it must belong to."""

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select

from punt.database import Base
from punt.errors import NotFound
from punt.extensions import db

Found = TypeVar("Found", bound=Base)


def one(model: type[Found], *where: ColumnElement[bool] | Any) -> Found:
    """The row of `model` for which all of `where` holds; `NotFound` when there is none."""
    found = db.session.scalar(select(model).where(*where))
    if found is None:
        raise NotFound(model.__name__)
    return found
