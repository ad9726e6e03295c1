"""What the steps of a night share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Night:
    """`key` names the night's version and files; `now` is when it began, also when it is run again."""

    key: str
    now: datetime


def blocks(people: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """These people, `size` at a time."""
    for start in range(0, len(people), size):
        yield people[start : start + size]
