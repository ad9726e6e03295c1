"""A wrong or damaged file is one sentence with its name and the line's number."""

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender.lab.errors import DataError
from recommender.lab.readers import read
from tests.lab.worlds import ml_100k, write

HEADER = "userId,movieId,rating,timestamp"
LINES = [f"{user},{item},3.5,1000" for user in (1, 2, 3) for item in (5, 6)]

DAMAGED = [
    (
        "ratings.csv",
        f"{HEADER}\n1,2,3.5,10\n1,3,four,11\n",
        r"^ratings.csv, line 3: 'four' is not a rating from 0.5 to 5.$",
    ),
    (
        "ratings.csv",
        f"{HEADER}\n1,2,7.5,10\n",
        r"^ratings.csv, line 2: '7.5' is not a rating from 0.5 to 5.$",
    ),
    ("ratings.csv", f"{HEADER}\n1,2,nan,10\n", "^ratings.csv, line 2: 'nan' is not a rating"),
    ("ratings.csv", f"{HEADER}\n1,2,3.5\n", "^ratings.csv, line 2: it has 3 cells where 4 are expected.$"),
    ("ratings.csv", f"{HEADER}\n1,2,3.5,10\n\n,3,4,11\n", "^ratings.csv, line 4: the user is missing.$"),
    (
        "ratings.csv",
        f"{HEADER}\n1,2,3.5,soon\n",
        "^ratings.csv, line 2: 'soon' is not a time in seconds since 1970.$",
    ),
    (
        "ratings.csv",
        f'{HEADER}\n1,2,3.5,10\n1,"3,4.0,11\n',
        "^ratings.csv, line 3: it cannot be read as a table",
    ),
    ("ratings.csv", "", "^ratings.csv is empty.$"),
    ("ratings.csv", HEADER + "\n", "^ratings.csv holds no ratings.$"),
    (
        "mine.csv",
        "name,place\nann,here\n",
        "^mine.csv, line 1: the columns user, item and rating are expected.$",
    ),
    (
        "wide.csv",
        "user_id,j1,j2,j3,j4\nu1,1,2,11,\n",
        "^wide.csv, line 2: '11' is not a rating from -10 to 10.$",
    ),
    ("wide.csv", "user_id,j1,j2,j3,j4\nu1,1,2\n", "^wide.csv, line 2: it has 3 cells where 5 are expected.$"),
]


def sentence(folder: Path) -> str:
    """What is said about the data; nothing where it is read."""
    try:
        read(folder)
    except DataError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("name", "text", "told"), DAMAGED)
def test_the_sentence(folder: Path, name: str, text: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        read(write(folder / name, text))


def test_bytes_that_are_no_text(folder: Path) -> None:
    write(folder / "ratings.csv", HEADER + "\n1,2,3.5,10\n")
    (folder / "ratings.csv").write_bytes((folder / "ratings.csv").read_bytes() + b"1,\xff\xfe,3.5,10\n")
    with pytest.raises(DataError, match=r"^ratings.csv, line 3: this is not text in UTF-8.$"):
        read(folder)


def test_a_compressed_file_that_was_cut_short(folder: Path) -> None:
    write(folder / "wide.csv.gz", "user_id,j1,j2,j3,j4\n" + "u1,1,2,3,4\n" * 2000)
    whole = (folder / "wide.csv.gz").read_bytes()
    (folder / "wide.csv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(
        DataError, match=r"^wide.csv.gz, line \d+: the compressed file is cut short or damaged.$"
    ):
        read(folder)


def test_a_file_that_only_says_it_is_compressed(folder: Path) -> None:
    write(folder / "a.csv", "x")
    (folder / "a.csv").rename(folder / "a.csv.gz")
    with pytest.raises(DataError, match=r"^a.csv.gz, line 1: the compressed file"):
        read(folder)


@pytest.mark.parametrize(
    ("name", "text", "start"),
    [
        ("u1.test", "2\t20\t2\t880000003\n", "u1.test, line 1: this rating is not in u.data."),
        ("u1.test", "2\t99\t1\t880000003\n", "u1.test, line 1: this rating is not in u.data."),
        ("u.data", "1\t10\t6\t880000000\n", "u.data, line 1: '6' is not a rating from 1 to 5."),
        ("u.item", "10|A|1 May 95||x|0\n", "u.item, line 1: '1 May 95' is not a date such as 01-Jan-1995."),
        ("u.item", "10|A|||x|0\n20|B|||x|2\n", "u.item, line 2: it is not id, title, dates"),
        ("u.user", "1|old|M|x|1\n2|30|F|y|2\n", "u.user, line 1: 'old' is not an age in years."),
    ],
)
def test_movielens_100k(folder: Path, name: str, text: str, start: str) -> None:
    write(ml_100k(folder) / name, text)
    assert sentence(folder).startswith(start)


def test_half_a_fold_is_missing(folder: Path) -> None:
    (ml_100k(folder) / "u1.test").unlink()
    with pytest.raises(DataError, match=r"^u1.test is missing beside its other half.$"):
        read(folder)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, len(LINES)), st.text(max_size=30))
def test_whatever_a_line_becomes_it_is_read_or_told_in_one_sentence(
    tmp_path: Path, at: int, text: str
) -> None:
    table = [HEADER, *LINES]
    table[at] = text
    (tmp_path / "ratings.csv").write_bytes("\n".join(table).encode("utf-8", "surrogatepass"))
    told = sentence(tmp_path)
    assert told == "" or (told.startswith("ratings.csv") and told.endswith(".") and "\n" not in told)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_wide_file_with_any_byte_changed(tmp_path: Path, data: st.DataObject) -> None:
    raw = bytearray(gzip.compress(b"user_id,j1,j2,j3,j4\nu1,1,2,3,4\nu2,-5,,0.5,9\n", mtime=0))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    (tmp_path / "wide.csv.gz").write_bytes(raw)
    told = sentence(tmp_path)
    assert told == "" or told.startswith("wide.csv.gz")
