"""What the steps of a night share."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Night:
    """`key` names the night's version and files; `now` is when it began, also when it is run again."""

    key: str
    now: datetime
