"""The download: all data of a user, as a zip with each table as CSV and as JSON.

Rows are written while they are read, so the memory does not grow with the number of rows. If the user would
have to wait for long, a worker writes the zip to a file in DATA_DIR.
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
    AccountWeight,
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
    ClassicAgents,
    Demographics,
    Exposure,
    FirstPicks,
    GenrePreference,
    GenreStance,
    Impression,
    Pause,
    Steering,
)

MAX_DIRECT_ROWS = 50_000  # rows, about five seconds
DOWNLOAD_LIFETIME = timedelta(days=2)
CHUNK = 2000
PIECE = 64_000  # bytes that are sent at once

ExportTable = tuple[str, tuple[str, ...], "QuerySet[Any]"]


def tables(user: User) -> list[ExportTable]:
    """(name, columns, rows) of each table; images are named by their public id, which is in their address."""
    picture = "image__public_id"

    def own(model: Any, *columns: str, name: str = "") -> ExportTable:
        rows = model._default_manager.filter(user=user).order_by("pk")
        return name or model._meta.model_name, columns, rows

    collected = CollectionItem.objects.filter(collection__owner=user).order_by("collection", "position")
    moves = AgentMove.objects.filter(step__user=user).order_by("step", "pk")
    shown = Impression.objects.filter(feed__user=user).order_by("feed", "position")
    return [
        ("account", ("username", "email", "date_joined"), User.objects.filter(pk=user.pk)),
        ("image", ("public_id", "title", "genre__name", "credit", "licence"), _images(user)),
        own(View, picture, "source", "at"),
        own(Rating, picture, "value", "created_at", "updated_at"),
        own(RatingChange, picture, "old", "new", "source", "at"),
        own(Favourite, picture, "at"),
        own(Hide, picture, "reason", "at"),
        ("upload", ("public_id", "title", "visibility", "created_at"), user.uploads.order_by("pk")),
        (
            "collection",
            ("name", "description", "sharing", "created_at"),
            Collection.objects.filter(owner=user),
        ),
        ("collected", ("collection__name", picture, "position", "at"), collected),
        own(Follow, "collection__name", "at"),
        own(Report, picture, "reason", "note", "state", "at"),
        own(SavedSearch, "name", "query", "at"),
        own(FirstPicks, "genres__slug", "images__public_id", "at", name="welcome"),
        own(Demographics, "birth_year", "gender", "region", "at", name="about"),
        own(GenrePreference, "genre__name", "week_ending", "views", "value"),
        own(GenreStance, "genre__name", "stance"),
        own(Steering, "discovery"),
        own(Pause, "since", "until"),
        own(AccountWeight, "weight", "at"),
        own(Agents, "memory__states", "steps", "updated_at"),
        own(ClassicAgents, "experiment__name", "memory__states"),
        own(Exposure, "experiment__name", "arm", "at"),
        own(AgentStep, "change__image__public_id", "satisfaction", "blend", "at"),
        (
            "agentmove",
            ("step__change__image__public_id", "source", "predicted", "state", "next_state"),
            moves,
        ),
        ("impression", (picture, "position", "rung", "explored", "predicted", "blend", "at"), shown),
    ]


def _images(user: User) -> "QuerySet[Image]":
    """The images that the user viewed, rated, marked, hid or reported, and may see."""
    did = Q(pk__in=user.views.values("image")) | Q(pk__in=user.ratings.values("image"))
    did |= Q(pk__in=user.favourites.values("image")) | Q(pk__in=user.hides.values("image"))
    did |= Q(pk__in=user.reports.values("image"))
    return Image.objects.visible(user).filter(did).order_by("pk")


class _Pipe(io.RawIOBase):
    """A write-only file without seeking; `taken` removes and returns the bytes written so far."""

    def __init__(self) -> None:
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.written += data
        return len(data)

    def taken(self) -> bytes:
        piece, self.written = bytes(self.written), bytearray()
        return piece


def _cell(value: Any) -> Any:
    """A value for a spreadsheet; lists and objects are JSON."""
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
    separator = "[\n"
    for row in rows:
        yield separator + json.dumps(
            dict(zip(columns, row, strict=True)), cls=DjangoJSONEncoder, ensure_ascii=False
        )
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def stream(user: User) -> Iterator[bytes]:
    """The zip, piece by piece."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, columns, rows in tables(user):
            for kind, written in (("csv", _as_csv), ("json", _as_json)):
                with packed.open(f"imagerec/{name}.{kind}", "w", force_zip64=True) as file:
                    for piece in written(columns, rows.values_list(*columns).iterator(chunk_size=CHUNK)):
                        file.write(piece.encode())
                        if len(pipe.written) > PIECE:
                            yield pipe.taken()
    yield pipe.taken()


def filename(now: datetime) -> str:
    return f"imagerec-{now:%Y-%m-%d}.zip"


def is_large(user: User) -> bool:
    return sum(rows.count() for _, _, rows in tables(user)) > MAX_DIRECT_ROWS


def download_path(user_id: int) -> Path:
    return Path(settings.DATA_DIR) / "exports" / f"{user_id}.zip"


def request_download(user: User) -> str:
    """Requests a job that packs the zip; returns the key of the job."""
    jobs.request(EXPORT, str(user.pk))
    return str(user.pk)


def job_of(user: User) -> Job | None:
    return Job.objects.filter(kind=EXPORT, key=str(user.pk)).first()


def is_ready(user: User) -> bool:
    job = job_of(user)
    return bool(job and job.state == Job.State.DONE and download_path(user.pk).exists())


def write_download(user_id: int) -> bool:
    return jobs.run(EXPORT, str(user_id), partial(_pack, user_id))


def _pack(user_id: int, _claim: jobs.Claim) -> int:
    """Writes a draft and renames it, so that an existing file is always complete."""
    path = download_path(user_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    user = User.objects.get(pk=user_id)
    with draft.open("wb") as file:
        for piece in stream(user):
            file.write(piece)
    draft.replace(path)
    return 1


def remove_downloads(people: Iterable[int]) -> None:
    for number in people:
        download_path(number).unlink(missing_ok=True)


def remove_expired(now: datetime) -> int:
    """Deletes files and drafts older than DOWNLOAD_LIFETIME; returns how many."""
    removed = 0
    for path in download_path(0).parent.glob("*"):
        with suppress(FileNotFoundError):
            if now.timestamp() - path.stat().st_mtime > DOWNLOAD_LIFETIME.total_seconds():
                path.unlink()
                removed += 1
    return removed
