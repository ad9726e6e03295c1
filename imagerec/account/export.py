"""Everything that the site keeps about a person, as a zip: each table as CSV and as JSON.

It is written while it is read, one row after another, so that it takes no more memory for somebody with a
million rows; where it would keep a browser waiting, a worker writes the same into a file of DATA_DIR.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q, QuerySet

from gallery.models import (
    Collection,
    CollectionItem,
    Favourite,
    Follow,
    Hide,
    Image,
    Job,
    Rating,
    RatingChange,
    Report,
    SavedSearch,
    View,
)
from gallery.plumbing import jobs
from imagerec.account.kinds import EXPORT
from recommender.models import (
    AgentMove,
    Agents,
    AgentStep,
    Demographics,
    FirstPicks,
    GenrePreference,
    GenreStance,
    Impression,
    Pause,
    Steering,
)

LARGE = 50_000  # rows, about five seconds
KEPT = timedelta(days=2)
CHUNK = 2000
PIECE = 64_000  # bytes that are sent at once

Table = tuple[str, tuple[str, ...], "QuerySet[Any]"]


def tables(user: User) -> list[Table]:
    """(name, columns, rows); images are named by the public id that their address has."""
    picture = "image__public_id"

    def mine(model: Any, *columns: str, name: str = "") -> Table:
        rows = model._default_manager.filter(user=user).order_by("pk")
        return name or model._meta.model_name, columns, rows

    collected = CollectionItem.objects.filter(collection__owner=user).order_by("collection", "position")
    moves = AgentMove.objects.filter(step__user=user).order_by("step", "pk")
    shown = Impression.objects.filter(feed__user=user).order_by("feed", "position")
    return [
        ("account", ("username", "email", "date_joined"), User.objects.filter(pk=user.pk)),
        ("image", ("public_id", "title", "genre__name", "credit", "licence"), _images(user)),
        mine(View, picture, "source", "at"),
        mine(Rating, picture, "value", "created_at", "updated_at"),
        mine(RatingChange, picture, "old", "new", "source", "at"),
        mine(Favourite, picture, "at"),
        mine(Hide, picture, "reason", "at"),
        ("upload", ("public_id", "title", "visibility", "created_at"), user.uploads.order_by("pk")),
        (
            "collection",
            ("name", "description", "sharing", "created_at"),
            Collection.objects.filter(owner=user),
        ),
        ("collected", ("collection__name", picture, "position", "at"), collected),
        mine(Follow, "collection__name", "at"),
        mine(Report, picture, "reason", "note", "state", "at"),
        mine(SavedSearch, "name", "query", "at"),
        mine(FirstPicks, "genres__slug", "images__public_id", "at", name="welcome"),
        mine(Demographics, "birth_year", "gender", "region", "at", name="about"),
        mine(GenrePreference, "genre__name", "week_ending", "views", "value"),
        mine(GenreStance, "genre__name", "stance"),
        mine(Steering, "discovery"),
        mine(Pause, "since", "until"),
        mine(Agents, "memory__states", "steps", "updated_at"),
        mine(AgentStep, "change__image__public_id", "satisfaction", "blend", "at"),
        (
            "agentmove",
            ("step__change__image__public_id", "source", "predicted", "state", "next_state"),
            moves,
        ),
        ("impression", (picture, "position", "rung", "explored", "predicted", "blend", "at"), shown),
    ]


def _images(user: User) -> "QuerySet[Image]":
    """What the person did something with, as far as they may see it."""
    did = Q(pk__in=user.views.values("image")) | Q(pk__in=user.ratings.values("image"))
    did |= Q(pk__in=user.favourites.values("image")) | Q(pk__in=user.hides.values("image"))
    did |= Q(pk__in=user.reports.values("image"))
    return Image.objects.visible(user).filter(did).order_by("pk")


class _Pipe(io.RawIOBase):
    """A file that cannot be gone back in: what was written is taken away piece by piece."""

    def __init__(self) -> None:
        self.held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.held += data
        return len(data)

    def taken(self) -> bytes:
        piece, self.held = bytes(self.held), bytearray()
        return piece


def _cell(value: Any) -> Any:
    """A value as a spreadsheet reads it; what is more than a value is JSON."""
    if isinstance(value, datetime):
        return value.isoformat()
    return json.dumps(value) if isinstance(value, dict | list) else value


def _as_csv(columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.writer(line)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
        if line.tell() > PIECE:
            yield line.getvalue()
            line.seek(0)
            line.truncate()
    yield line.getvalue()


def _as_json(columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    before = "[\n"
    for row in rows:
        yield before + json.dumps(
            dict(zip(columns, row, strict=True)), cls=DjangoJSONEncoder, ensure_ascii=False
        )
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def stream(user: User) -> Iterator[bytes]:
    """The zip, piece by piece."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, columns, rows in tables(user):
            for kind, written in (("csv", _as_csv), ("json", _as_json)):
                with packed.open(f"imagerec/{name}.{kind}", "w", force_zip64=True) as file:
                    for piece in written(columns, rows.values_list(*columns).iterator(chunk_size=CHUNK)):
                        file.write(piece.encode())
                        if len(pipe.held) > PIECE:
                            yield pipe.taken()
    yield pipe.taken()


def filename(now: datetime) -> str:
    return f"imagerec-{now:%Y-%m-%d}.zip"


def is_large(user: User) -> bool:
    return sum(rows.count() for _, _, rows in tables(user)) > LARGE


def path_of(user_id: int) -> Path:
    return Path(settings.DATA_DIR) / "exports" / f"{user_id}.zip"


def ask(user: User) -> str:
    """Writes down that a worker is to pack it; returns the job's key."""
    jobs.request(EXPORT, str(user.pk))
    return str(user.pk)


def job_of(user: User) -> Job | None:
    return Job.objects.filter(kind=EXPORT, key=str(user.pk)).first()


def is_ready(user: User) -> bool:
    job = job_of(user)
    return bool(job and job.state == Job.State.DONE and path_of(user.pk).exists())


def run(user_id: int) -> bool:
    return jobs.run(EXPORT, str(user_id), partial(_pack, user_id))


def _pack(user_id: int, _held: jobs.Claim) -> int:
    """To a draft first: a file that is there is whole."""
    path = path_of(user_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    user = User.objects.get(pk=user_id)
    with draft.open("wb") as file:
        for piece in stream(user):
            file.write(piece)
    draft.replace(path)
    return 1


def remove(people: Iterable[int]) -> None:
    for number in people:
        path_of(number).unlink(missing_ok=True)


def remove_old(now: datetime) -> int:
    """Files that were fetched, or never will be, and drafts whose worker was killed."""
    gone = 0
    for path in path_of(0).parent.glob("*"):
        with suppress(FileNotFoundError):
            if now.timestamp() - path.stat().st_mtime > KEPT.total_seconds():
                path.unlink()
                gone += 1
    return gone
