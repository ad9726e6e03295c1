"""The kinds of jobs (`gallery.plumbing.jobs`): each is declared once. Loads no models, so that Celery can be
configured from it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """`task` takes a job's key; its messages wait in `queue`. Beat starts it daily at `hour` (UTC), a kind
    that is only asked for never: None."""

    name: str
    task: str
    queue: str
    hour: int | None


KINDS: dict[str, Kind] = {}


def declare(name: str, *, task: str, queue: str, hour: int | None = None) -> str:
    """Returns the name, for `jobs.request`, `jobs.nudge` and `jobs.run`."""
    KINDS[name] = Kind(name, task, queue, hour)
    return name
