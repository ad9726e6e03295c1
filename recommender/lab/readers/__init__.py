"""`read` recognises the format of a folder and reads it as a `Dataset`."""

import re
from itertools import chain
from pathlib import Path

from ..datasets import Dataset
from ..errors import DataError
from . import movielens, wide
from .lines import TextLine, damaged, is_number, lines
from .triples import Columns, latest, plain_scale, read_triples, remark_on_repeated

COLUMN_NAMES = {
    "user": {"user", "userid", "uid", "person", "personid", "customer", "customerid"},
    "item": {
        "item",
        "itemid",
        "iid",
        "movie",
        "movieid",
        "image",
        "imageid",
        "product",
        "productid",
        "joke",
        "jokeid",
    },
    "rating": {"rating", "value", "score", "stars", "satisfaction"},
    "time": {"timestamp", "time", "ts", "unixtime", "unixtimestamp"},
}


def read(folder: Path) -> Dataset:
    """The data set in this folder; raises DataError with the name of the file and the number of the line.

    It recognises MovieLens-100k by u.data, other MovieLens data by ratings.csv with movieId, Jester by one
    line for each user, and any CSV with columns for user, item, rating and optionally time, by name or in
    this order.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}.")
    if (folder / "u.data").is_file():
        return movielens.read_100k(folder)
    tables = sorted(path for path in folder.iterdir() if path.name.endswith((".csv", ".csv.gz")))
    chosen = [path for path in tables if path.name.startswith("ratings.csv")][:1] or tables
    if not chosen:
        raise DataError(
            f"There is no data in {folder} that the lab knows: u.data, ratings.csv or another CSV."
        )
    layouts = [_layout(path) for path in chosen]
    if all(layout is None for layout in layouts):
        return wide.read_wide(chosen)
    if len(chosen) > 1:
        names = ", ".join(path.name for path in chosen)
        raise DataError(f"{folder} holds several tables ({names}); leave the one that is meant.")
    return _read_plain(chosen[0])


def _layout(path: Path) -> Columns | None:
    """The layout of the columns, from the first line; None for a file with one line for each user."""
    _, first = next(lines(path))
    return _named(first) or _unnamed(path, first)


def _named(header: list[str]) -> Columns | None:
    plain = [re.sub(r"[^a-z]", "", name.casefold()) for name in header]
    places = {
        what: next((n for n, name in enumerate(plain) if name in names), None)
        for what, names in COLUMN_NAMES.items()
    }
    user, item, value = places["user"], places["item"], places["rating"]
    if user is None or item is None or value is None:
        return None
    return Columns(user, item, value, places["time"], len(header))


def _unnamed(path: Path, first: list[str]) -> Columns | None:
    """Unnamed columns are user, item, rating and optionally time; five or more mean a line for each user."""
    if len(first) > 4:
        return None
    if len(first) < 3 or not is_number(first[2]):
        raise damaged(path, 1, "the columns user, item and rating are expected")
    return Columns(0, 1, 2, 3 if len(first) > 3 else None, len(first))


def _read_plain(path: Path) -> Dataset:
    found = lines(path)
    line, first = next(found)
    named = _named(first)
    layout = named or _unnamed(path, first)
    if layout is None:
        raise damaged(path, line, "the columns user, item and rating are expected")
    rest: chain[TextLine] = chain([] if named else [(line, first)], found)
    if named and "movieid" in (re.sub(r"[^a-z]", "", name.casefold()) for name in first):
        return movielens.read_csv(path, read_triples(path, rest, layout, movielens.HALF_STARS))
    triples, twice = latest(read_triples(path, rest, layout, None))
    scale = plain_scale(triples.values)
    remark = f"The scale was read off the ratings: {scale.low:g} to {scale.high:g}."
    return Dataset(
        name="csv",
        scale=scale,
        users=triples.users,
        items=triples.items,
        values=triples.values,
        times=triples.times,
        n_users=len(triples.user_ids),
        n_items=len(triples.item_ids),
        remarks=(*remark_on_repeated(path, twice), remark),
    )
