"""The site's own ratings, views, genres and descriptors as a data set of the lab."""

from functools import partial
from typing import Any

import numpy as np
from django.db.models import QuerySet
from django.utils import timezone
from numpy.typing import NDArray

from gallery.models import Genre, Rating, View
from recommender.data.demographics import all_demographics, table_of
from recommender.data.feedback_log import read_log
from recommender.data.snapshot import ROWS_AT_A_TIME, Catalogue, read_catalogue
from recommender.engine.ids import IdMap
from recommender.engine.types import Scale
from recommender.lab.datasets import Dataset, DatasetDemographics, Views
from recommender.lab.errors import DataError

SCALE = Scale(1.0, 5.0)
EVENT = np.dtype([("user", "i8"), ("image", "i8"), ("value", "f8"), ("at", "f8")])


def read_site(sources: tuple[str, ...]) -> Dataset:
    """All current ratings of images that are not hidden, each at the time of its last change; the views and
    the demographics of the raters. `sources` are the names of the sources of the blend, in the order of the
    agents. Raises DataError without ratings."""
    catalogue = read_catalogue()
    images = IdMap.of(catalogue.images)
    ratings = _known(
        _events(Rating.objects.values_list("user_id", "image_id", "value", "updated_at")), images
    )
    if not len(ratings):
        raise DataError("This site has no ratings yet.")
    people = IdMap.of(ratings["user"])
    views = _known(_events(View.objects.values_list("user_id", "image_id", "pk", "at")), images)
    views = views[people.find(views["user"]) >= 0]
    return Dataset(
        name="site",
        scale=SCALE,
        users=people.rows(ratings["user"]),
        items=images.rows(ratings["image"]),
        values=np.ascontiguousarray(ratings["value"]),
        n_users=len(people),
        n_items=len(images),
        times=np.ascontiguousarray(ratings["at"]),
        people=_demographics(people),
        titles=catalogue.titles,
        keywords=catalogue.keywords,
        genres=catalogue.genres,
        genre_names=_genre_names(catalogue),
        visual=catalogue.descriptors.astype(np.float64),
        views=Views(
            people.rows(views["user"]), images.rows(views["image"]), np.ascontiguousarray(views["at"])
        ),
        log=partial(read_log, sources, images),
    )


def _demographics(people: IdMap) -> DatasetDemographics | None:
    """Age and gender of these users; None if all are unknown."""
    known = all_demographics(timezone.now())
    table = table_of([known.get(user) for user in people.ids.tolist()])
    return DatasetDemographics(table.numbers[:, 0], table.categories[:, 0]) if table.known.any() else None


def _events(rows: "QuerySet[Any, Any]") -> NDArray[np.void]:
    """(user, image, number, time) rows, oldest first."""
    found = (
        (user, image, value, at.timestamp())
        for user, image, value, at in rows.iterator(chunk_size=ROWS_AT_A_TIME)
    )
    table = np.fromiter(found, dtype=EVENT)
    return table[np.lexsort((table["image"], table["user"], table["at"]))]


def _known(events: NDArray[np.void], images: IdMap) -> NDArray[np.void]:
    return events[images.find(events["image"]) >= 0]


def _genre_names(catalogue: Catalogue) -> list[str]:
    names = dict(Genre.objects.values_list("pk", "name"))
    return [names[int(pk)] for pk in catalogue.genre_ids]
