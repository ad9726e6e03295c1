"""The data sets of GroupLens: MovieLens-100k with its folds, and later MovieLens data as CSV."""

import re
from calendar import timegm
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender.engine.types import Floats, Ints, Scale

from ..datasets import Dataset, DatasetDemographics, Fold
from ..errors import DataError
from .lines import cells_of, damaged, lines, numbers
from .triples import Columns, Triples, latest, read_triples, remark_on_repeated

STARS = Scale(1.0, 5.0)
HALF_STARS = Scale(0.5, 5.0)
NO_GENRES = "(no genres listed)"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FLAGS_FROM = 5  # the first cell of u.item with a genre flag
_TAB = Columns(user=0, item=1, rating=2, time=3, width=4)


def read_100k(folder: Path) -> Dataset:
    """u.data with u.item, u.genre, u.user and the folds u1.base, u1.test ..., if they exist."""
    path = folder / "u.data"
    triples, twice = latest(read_triples(path, lines(path, "\t"), _TAB, STARS))
    titles, released, genres = _items(folder, triples.item_ids)
    return Dataset(
        name="ml-100k",
        scale=STARS,
        users=triples.users,
        items=triples.items,
        values=triples.values,
        times=triples.times,
        n_users=len(triples.user_ids),
        n_items=len(triples.item_ids),
        people=_people(folder / "u.user", triples.user_ids),
        titles=titles,
        genres=genres,
        genre_names=_genre_names(folder / "u.genre", genres.shape[1]),
        released=released,
        folds=_folds(folder, triples),
        remarks=remark_on_repeated(path, twice),
    )


def _folds(folder: Path, triples: Triples) -> tuple[Fold, ...]:
    names = sorted(path.stem for path in folder.glob("u[0-9]*.base"))
    order = np.argsort(triples.users * len(triples.item_ids) + triples.items)
    return tuple(
        Fold(name, *(_positions(folder / f"{name}.{part}", triples, order) for part in ("base", "test")))
        for name in names
    )


def _positions(path: Path, whole: Triples, order: Ints) -> Ints:
    """The positions of the ratings of a fold in all ratings; raises DataError for an unknown rating."""
    if not path.is_file():
        raise DataError(f"{path.name} is missing beside its other half.")
    part = read_triples(path, lines(path, "\t"), _TAB, STARS)
    users = _rows(part.user_ids, whole.user_ids)[part.users]
    items = _rows(part.item_ids, whole.item_ids)[part.items]
    cells = (whole.users * len(whole.item_ids) + whole.items)[order]
    wanted = users * len(whole.item_ids) + items
    places = order[np.minimum(np.searchsorted(cells, wanted), len(cells) - 1)]
    known = (users >= 0) & (items >= 0) & (whole.users[places] == users) & (whole.items[places] == items)
    wrong = np.flatnonzero(~known | (whole.values[places] != part.values))
    if len(wrong):
        raise damaged(path, int(part.lines[wrong[0]]), "this rating is not in u.data")
    return np.sort(places)


def _rows(labels: Sequence[str], among: Sequence[str]) -> Ints:
    """The row of each label, -1 for an unknown label."""
    rows = {label: row for row, label in enumerate(among)}
    return np.array([rows.get(label, -1) for label in labels], dtype=np.int64)


def _items(folder: Path, ids: list[str]) -> tuple[list[str], Floats | None, Floats]:
    path = folder / "u.item"
    if not path.is_file():
        return [], None, np.zeros((len(ids), 0))
    titles, released, genres = [""] * len(ids), np.full(len(ids), np.nan), np.zeros((len(ids), 0))
    rows, width = {label: row for row, label in enumerate(ids)}, 0
    for line, cells in lines(path, "|", "latin-1"):
        if not width:
            width = len(cells)
            genres = np.zeros((len(ids), max(width - _FLAGS_FROM, 0)))
        if len(cells) != width or not set(cells[_FLAGS_FROM:]) <= {"0", "1"}:
            raise damaged(path, line, "it is not id, title, dates, address and a 0 or 1 for each genre")
        row = rows.get(cells[0].strip())
        if row is not None:
            titles[row], released[row] = cells[1], _day(path, line, cells[2])
            genres[row] = [float(flag) for flag in cells[_FLAGS_FROM:]]
    return titles, released, genres


def _day(path: Path, line: int, text: str) -> float:
    """A date like 01-Jan-1995 as Unix seconds; NaN for an empty cell."""
    if not text.strip():
        return float("nan")
    try:
        day, month, year = text.strip().split("-")
        return float(timegm((int(year), _MONTHS.index(month) + 1, int(day), 0, 0, 0)))
    except ValueError as error:
        raise damaged(path, line, f"{text!r} is not a date such as 01-Jan-1995") from error


def _genre_names(path: Path, count: int) -> list[str]:
    names = [cells[0] for _, cells in lines(path, "|", "latin-1")] if path.is_file() else []
    return names if len(names) == count else [f"genre {number + 1}" for number in range(count)]


def _people(path: Path, ids: list[str]) -> DatasetDemographics | None:
    if not path.is_file():
        return None
    found = list(cells_of(path, lines(path, "|", "latin-1"), 5))
    rows = _rows([cells[0].strip() for _, cells in found], ids)
    told = np.array([bool(cells[1].strip()) for _, cells in found], dtype=bool)  # empty: unknown age
    where = [line for line, cells in found if cells[1].strip()]
    age_cells = [cells[1] for _, cells in found if cells[1].strip()]
    ages = np.full(len(ids), np.nan)
    genders, occupations = np.full(len(ids), "", dtype="U8"), np.full(len(ids), "", dtype="U40")
    rated = rows >= 0
    ages[rows[rated & told]] = numbers(path, where, age_cells, "an age in years")[rated[told]]
    genders[rows[rated]] = np.array([cells[2] for _, cells in found])[rated]
    occupations[rows[rated]] = np.array([cells[3] for _, cells in found])[rated]
    return DatasetDemographics(ages, genders, occupations)


def read_csv(path: Path, triples: Triples) -> Dataset:
    """ratings.csv of a MovieLens folder, with movies.csv if it exists."""
    whole = bool((triples.values == np.floor(triples.values)).all())
    kept, twice = latest(triples)
    titles, released, genres, names, remarks = _movies(path.parent, kept.item_ids)
    return Dataset(
        name="movielens",
        scale=STARS if whole else HALF_STARS,
        users=kept.users,
        items=kept.items,
        values=kept.values,
        times=kept.times,
        n_users=len(kept.user_ids),
        n_items=len(kept.item_ids),
        titles=titles,
        genres=genres,
        genre_names=names,
        released=released,
        remarks=remark_on_repeated(path, twice) + remarks,
    )


def _movies(
    folder: Path, ids: list[str]
) -> tuple[list[str], Floats | None, NDArray[np.float64], list[str], tuple[str, ...]]:
    found = [path for path in (folder / "movies.csv", folder / "movies.csv.gz") if path.is_file()]
    if not found:
        return (
            [],
            None,
            np.zeros((len(ids), 0)),
            [],
            ("There is no movies.csv: titles and genres are unknown.",),
        )
    rows, (path,) = {label: row for row, label in enumerate(ids)}, found[:1]
    titles, listed = [""] * len(ids), [[] for _ in ids]  # type: tuple[list[str], list[list[str]]]
    table = lines(path)
    _, header = next(table)
    if [name.strip().casefold() for name in header[:3]] != ["movieid", "title", "genres"]:
        raise damaged(path, 1, "the columns movieId, title and genres are expected")
    strangers = 0
    for _, cells in cells_of(path, table, len(header)):
        row = rows.get(cells[0].strip())
        if row is None:
            strangers += 1
            continue
        titles[row] = cells[1].strip()
        listed[row] = [name for name in cells[2].strip().split("|") if name and name != NO_GENRES]
    names = sorted({name for own in listed for name in own})
    genres = np.array([[float(name in own) for name in names] for own in listed]).reshape(
        len(ids), len(names)
    )
    remarks = (
        (f"{path.name} lists {strangers:,} films without a rating; they are left out.",) if strangers else ()
    )
    return titles, _years(titles), genres, names, remarks


def _years(titles: list[str]) -> Floats:
    """1 January of the year in brackets at the end of each title, as Unix seconds; NaN without a year."""
    found = [re.search(r"\((\d{4})\)\s*$", title) for title in titles]
    return np.array(
        [timegm((int(year[1]), 1, 1, 0, 0, 0)) if year else np.nan for year in found], dtype=np.float64
    )
