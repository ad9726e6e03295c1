"""The kinds of jobs (`gallery.plumbing.jobs`): each is declared once. Imports no models, so that Celery can
be configured from it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """`task` takes the key of a job; its messages go to `queue`. Beat starts it daily at `hour` (UTC); None
    for a kind that runs only on request."""

    name: str
    task: str
    queue: str
    hour: int | None


KINDS: dict[str, Kind] = {}


def declare(name: str, *, task: str, queue: str, hour: int | None = None) -> str:
    """Returns the name, for `jobs.request`, `jobs.nudge` and `jobs.run`."""
    KINDS[name] = Kind(name, task, queue, hour)
    return name
