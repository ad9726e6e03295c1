"""What is in a folder is recognised and laid out."""

from pathlib import Path

import numpy as np
import pytest

from recommender.engine.types import Scale
from recommender.lab.errors import DataError
from recommender.lab.readers import read
from tests.lab.worlds import ml_100k, write

RATINGS = "userId,movieId,rating,timestamp\n7,300,4.5,1000\n7,-5,0.5,1001\n90000000001,300,3.0,1002\n"


def test_movielens_100k_with_all_that_comes_with_it(folder: Path) -> None:
    data = read(ml_100k(folder))
    assert (data.name, data.n_users, data.n_items, len(data)) == ("ml-100k", 2, 2, 4)
    assert data.titles == ["Café (1995)", "unknown"]
    assert data.genres[0].tolist() == [1.0] + [0.0] * 18
    assert data.released is not None
    assert data.released[0] == 788918400
    assert np.isnan(data.released[1])
    assert data.people is not None
    assert (data.people.ages.tolist(), data.people.genders.tolist()) == ([24, 53], ["M", "F"])
    write(folder / "u.user", "1||M|technician|85711\n2|53|||94043\n")
    some = read(folder).people
    assert some is not None
    assert (np.isnan(some.ages).tolist(), some.genders.tolist()) == ([True, False], ["M", ""])


def test_its_folds_are_positions_in_its_ratings(folder: Path) -> None:
    data = read(ml_100k(folder))
    (fold,) = data.folds
    assert (fold.name, fold.train.tolist(), fold.test.tolist()) == ("u1", [0, 1, 2], [3])


def test_movielens_csv_with_any_whole_ids_and_half_stars(folder: Path) -> None:
    data = read(write(folder / "ratings.csv", RATINGS))
    assert (data.name, data.scale, data.n_users, data.n_items) == ("movielens", Scale(0.5, 5), 2, 2)
    assert data.items.tolist() == [1, 0, 1]  # -5 comes before 300
    assert data.titles == []
    assert "movies.csv" in data.remarks[0]


def test_films_with_commas_quotes_and_no_genres(folder: Path) -> None:
    write(folder / "ratings.csv", RATINGS)
    cut, plain = '300,"Cut, The ""Great"" (1999)",Drama|Sea', "-5,Plain,(no genres listed)"
    films = f"movieId,title,genres\n{cut}\n{plain}\n8,Other,Drama\n"
    data = read(write(folder / "movies.csv", films))
    assert data.titles == ["Plain", 'Cut, The "Great" (1999)']
    assert (data.genre_names, data.genres.tolist()) == (["Drama", "Sea"], [[0, 0], [1, 1]])
    assert data.remarks == ("movies.csv lists 1 films without a rating; they are left out.",)


def test_byte_order_mark_windows_line_ends_and_more_columns(folder: Path) -> None:
    text = "﻿rating,note,userId,movieId\r\n4.0,good,1,2\r\n3.0,,1,3\r\n"
    data = read(write(folder / "ratings.csv", text))
    assert (data.values.tolist(), data.times, data.scale) == ([4, 3], None, Scale(1, 5))


def test_of_a_pair_rated_twice_the_latest_counts(folder: Path) -> None:
    text = "user,item,rating,timestamp\na,x,5,20\na,x,1,10\na,y,2,5\n"
    data = read(write(folder / "mine.csv", text))
    assert sorted(data.values.tolist()) == [2, 5]
    assert data.remarks[0] == "In mine.csv, 1 lines are rated again by a later one, which counts."


def test_without_times_the_later_line_counts(folder: Path) -> None:
    data = read(write(folder / "mine.csv", "user,item,rating\na,x,5\na,x,1\n"))
    assert data.values.tolist() == [1]


@pytest.mark.parametrize("header", ["", "person,image,satisfaction\n", "User ID,Item_ID,Score\n"])
def test_a_plain_table_with_names_or_without(folder: Path, header: str) -> None:
    data = read(write(folder / "mine.csv.gz", header + "ann,sea 1,5\nbob,sea 2,1\n"))
    assert (data.name, data.users.tolist(), data.items.tolist()) == ("csv", [0, 1], [0, 1])


@pytest.mark.parametrize(
    ("values", "scale"), [("0,1", (0, 1)), ("2,5", (1, 5)), ("0.5,4", (0.5, 5)), ("-3,104", (-3, 104))]
)
def test_the_scale_of_a_plain_table_is_read_off_its_ratings(
    folder: Path, values: str, scale: tuple[float, float]
) -> None:
    one, two = values.split(",")
    assert read(write(folder / "mine.csv", f"user,item,rating\na,x,{one}\na,y,{two}\n")).scale == Scale(
        *scale
    )


def test_a_line_a_user(folder: Path) -> None:
    data = read(write(folder / "part.csv.gz", "user_id,j1,j2,j3,j4\nu9,-9.95,,0.5,\nu1,,3,,\n"))
    assert (data.name, data.scale, data.n_users, data.n_items) == ("jester", Scale(-10, 10), 2, 4)
    assert (data.users.tolist(), data.items.tolist(), data.values.tolist()) == (
        [0, 0, 1],
        [0, 2, 1],
        [-9.95, 0.5, 3],
    )


def test_a_line_a_user_as_its_makers_have_it(folder: Path) -> None:
    write(folder / "jester-data-1.csv", "2,1.5,99,-3,99,99\n2,99,4,99.00,0.25,99\n")
    found = read(folder)
    assert (found.name, found.n_users, found.n_items) == ("jester", 2, 5)
    assert found.values.tolist() == [1.5, -3, 4, 0.25]


def test_several_files_of_users_are_one_data_set(folder: Path) -> None:
    write(folder / "a.csv", "user_id,j1,j2,j3,j4\nu1,1,2,3,4\n")
    assert read(write(folder / "b.csv", "user_id,j1,j2,j3,j4\nu2,1,,3,4\n")).n_users == 2


def test_the_same_data_has_the_same_fingerprint_and_other_data_another(folder: Path) -> None:
    first = read(write(folder / "ratings.csv", RATINGS)).fingerprint
    assert read(folder).fingerprint == first
    assert read(write(folder / "ratings.csv", RATINGS.replace("4.5", "4.0"))).fingerprint != first


def test_some_users_keep_their_folds_and_lose_the_others(folder: Path) -> None:
    some = read(ml_100k(folder)).of_users(np.array([1]))
    assert (some.n_users, some.users.tolist(), some.folds[0].test.tolist()) == (1, [0, 0], [1])
    assert some.people is not None
    assert some.people.ages.tolist() == [53]


def test_a_folder_without_data(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no data in"):
        read(tmp_path)
    with pytest.raises(DataError, match="There is no folder"):
        read(tmp_path / "nowhere")
