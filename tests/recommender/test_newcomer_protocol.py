"""`lab run newcomer` on painted pictures, by the code that serves."""

import numpy as np
import pytest
from PIL import Image

from recommender.lab.context import Context
from recommender.lab.errors import DataError
from recommender.services import newcomer_protocol
from recommender.services.photographs import read_photographs

GENRES = {"flowers": (200, 40, 60), "sea": (20, 80, 200), "food": (180, 140, 40)}
EACH = 48


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three genres of two subjects each: a hue, with stripes of the subject."""
    root = tmp_path_factory.mktemp("photographs")
    for place, (genre, hue) in enumerate(GENRES.items()):
        (root / genre).mkdir()
        for n in range(EACH):
            rng = np.random.default_rng([place, n])
            plane = rng.normal(hue, 20, (64, 64, 3))
            plane[:: 2 + place + 3 * (n % 2)] += 50
            picture = Image.fromarray(np.clip(plane, 0, 255).astype(np.uint8))
            picture.save(root / genre / f"{genre}{'ab'[n % 2]}-{n:03d}.jpg")
    return root


def test_a_folder_is_read_by_genre_and_subject(folder):
    found = read_photographs(folder)
    assert sorted(set(found.genres)) == sorted(GENRES)
    assert sorted(set(found.subjects)) == sorted(f"{genre}{side}" for genre in GENRES for side in "ab")
    assert found.descriptors.shape[0] == EACH * len(GENRES)
    assert found.content().genre_of.tolist() == found.content(by_words=False).genre_of.tolist()


def test_newcomers_keep_what_they_picked(folder):
    report = newcomer_protocol.run(read_photographs(folder), Context(quick=True))
    row = next(row for row in report.rows if row["genre"] == "all")
    assert row["newcomers"] == newcomer_protocol.QUICK_EACH * len(GENRES)
    assert row["picked_worst"] == 1
    assert row["kept_worst"] >= 0.9
    assert row["rated_one_worst"] == 0
    assert all(claim.holds == "yes" for claim in report.claims)


def test_among_other_people_too(folder):
    settings = {"people": 30, "words": True, "nights": 2, "seed": 0}
    told = list(newcomer_protocol._stories(read_photographs(folder), settings, Context(quick=True)))
    assert min(story["kept"] for story in told) >= 0.9 - 1e-9


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(DataError, match="no folders with pictures"):
        read_photographs(tmp_path)
    (tmp_path / "sea").mkdir()
    (tmp_path / "sea" / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"broken\.jpg cannot be read"):
        read_photographs(tmp_path)
