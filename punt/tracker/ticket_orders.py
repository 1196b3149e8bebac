"""The orders that tickets can be listed in, each the order of an index (contract, section 4)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, String, tuple_, type_coerce

from punt.models import Column, Ticket
from punt.tracker import board_walk
from punt.tracker.segments import ORDER
from punt.unindexed import unindexed

Keys = tuple[ColumnElement[Any], ...]
Place = Sequence[Any]

# What the index of an order begins with: a filter by it leads along that index.
LEADING = {"order": "column_id", "priority": "priority"}


@dataclass(frozen=True)
class Stretch:
    """Tickets that an index has in the order of `keys`, of which no two tickets share all.

    `path` is the same order as several indexes have it, one within the other.
    """

    keys: Keys
    descends: bool
    where: tuple[ColumnElement[bool], ...] = ()
    path: Keys = ()

    def sorts(self, query: Select[Any], keys: Sequence[ColumnElement[Any]] = ()) -> Select[Any]:
        """`query` in this order, which is known by other `keys` there if they are given."""
        keys = keys or self.path or self.keys
        return query.order_by(*(key.desc() if self.descends else key.asc() for key in keys))


def sort_keys(sort: str) -> Keys:
    """The expressions that `sort` orders by, ending in one that no two tickets share."""
    number = type_coerce(Ticket.number, Integer)
    keys: dict[str, Keys] = {
        "order": (type_coerce(Column.position, Integer), type_coerce(ORDER, Integer)),
        "number": (number,),
        "priority": (type_coerce(Ticket.priority, Integer), number),
        "createdAt": (type_coerce(Ticket.created_at, String), number),
        "updatedAt": (type_coerce(Ticket.updated_at, String), number),
        "dueDate": (type_coerce(Ticket.due_date, String), number),
    }
    return keys[sort.removeprefix("-")]


def stretches(sort: str, after: Place | None, *, indexed: bool) -> list[Stretch]:
    """What a list has behind the place `after`; in no order of an index unless it is `indexed`."""
    keys = sort_keys(sort) if indexed else tuple(map(unindexed, sort_keys(sort)))
    descends = sort.startswith("-")
    if sort.removeprefix("-") == "dueDate":
        return _by_due_date(keys, descends, after)
    if sort.removeprefix("-") == "order" and indexed:
        return [_along_the_board(keys, descends, after)]
    return [_behind(Stretch(keys, descends), after)]


def _along_the_board(keys: Keys, descends: bool, after: Place | None) -> Stretch:
    part = _behind(Stretch(keys, descends, path=board_walk.PATH), after)
    if after is None:
        return part
    return replace(part, where=(*part.where, *board_walk.beyond(*after, upwards=descends)))


def _by_due_date(keys: Keys, descends: bool, after: Place | None) -> list[Stretch]:
    """Tickets without a due date come last, whichever way the list runs."""
    due, number = keys
    dated = Stretch(keys, descends, (due.is_not(None),))
    undated = Stretch((number,), descends, (due.is_(None),))
    if after is not None and len(after) == len(undated.keys):
        return [_behind(undated, after)]
    return [_behind(dated, after), undated]


def _behind(part: Stretch, place: Place | None) -> Stretch:
    if place is None:
        return part
    here, there = tuple_(*part.keys), tuple_(*place)
    return replace(part, where=(*part.where, here < there if part.descends else here > there))
