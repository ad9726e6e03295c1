"""What the steps of a night share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Night:
    """`key` names the version and the files of the night. `now` is the time of its first start, also when it
    runs again."""

    key: str
    now: datetime


def blocks(people: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """These users, `size` at a time."""
    for start in range(0, len(people), size):
        yield people[start : start + size]
