"""A made-up project: its columns, labels and sprints, and the rows of its tickets."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from ulid import ULID

from punt.tracker.segments import SIZE
from punt.tracker.tickets import search_text
from schemas.vocabulary import PRIORITIES, TICKET_TYPES
from tests.benchmarks import prose

BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
SPAN = timedelta(days=500)
LABELS = ("backend", "customer", "design", "docs", "frontend", "mobile", "security", "speed")
SPRINTS = 5
# The first ticket is an epic with so many parts that they fill a page, whatever the project's size.
PARTS = 60

Row = dict[str, Any]

# Numbers, unlike all other ids.
segment_ids = count(1)


def id_of(moment: datetime) -> str:
    """An id as it would have been made at `moment`."""
    return str(ULID.from_datetime(moment))


@dataclass
class Board:
    """A project, and how many tickets stand in each of its columns."""

    key: str
    heights: Sequence[int]
    member_ids: Sequence[str]
    id: str = field(default_factory=lambda: id_of(BEGAN))
    # The ids of the tickets in each column, from the top; known once they are made.
    standing: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.size = sum(self.heights)
        self.column_ids = [id_of(BEGAN) for _ in self.heights]
        self.segment_ids = [
            [next(segment_ids) for _ in range(0, height, SIZE)] for height in self.heights
        ]
        self.label_ids = [id_of(BEGAN) for _ in LABELS]
        self.sprint_ids = [id_of(BEGAN) for _ in range(SPRINTS)]
        self.standing = [[] for _ in self.heights]

    @property
    def path(self) -> str:
        """Where its tickets are."""
        return f"/api/projects/{self.key}/tickets"

    def segments(self) -> Iterator[Row]:
        """The rows of the segments in which its tickets stand."""
        for column_id, ids in zip(self.column_ids, self.segment_ids, strict=True):
            for place, id_ in enumerate(ids):
                yield {"id": id_, "column_id": column_id, "base": place * SIZE}

    def tickets(self, revision: int) -> Iterator[Row]:
        """The rows of its tickets, in the order in which they were filed."""
        dice = Random(self.key)  # noqa: S311 - not a secret
        columns = [place for place, height in enumerate(self.heights) for _ in range(height)]
        dice.shuffle(columns)
        heights: Counter[int] = Counter()
        epic_id = None
        for number, column in enumerate(columns, 1):
            created = BEGAN + SPAN * (number / (self.size + 1))
            row = self._ticket(number, created, dice) | {
                "column_id": self.column_ids[column],
                "segment_id": self.segment_ids[column][heights[column] // SIZE],
                "position": heights[column] % SIZE,
                "parent_id": epic_id if number <= PARTS + 1 else None,
                "revision": revision,
            }
            heights[column] += 1
            self.standing[column].append(row["id"])
            epic_id = epic_id or row["id"]
            yield row

    def _ticket(self, number: int, created: datetime, dice: Random) -> Row:
        title = prose.title(dice)
        description = prose.description(dice, prose.trace(number))
        due = created + timedelta(days=dice.randrange(1, 90)) if dice.random() < 0.3 else None
        return {
            "id": id_of(created),
            "project_id": self.id,
            "number": number,
            "title": title,
            "description": description,
            "search_text": search_text(title, description),
            "type": dice.choice(TICKET_TYPES),
            "priority": dice.choice(PRIORITIES),
            "creator_id": dice.choice(self.member_ids),
            "assignee_id": dice.choice([*self.member_ids[:9], None]),
            "sprint_id": dice.choice([*self.sprint_ids, None]),
            "story_points": dice.choice([None, 1, 2, 3, 5, 8, 13]),
            "estimate": dice.choice([None, "30m", "4h", "1d", "1d 4h"]),
            "due_date": due,
            "created_at": created,
            "updated_at": created + timedelta(hours=dice.randrange(2000)),
        }
