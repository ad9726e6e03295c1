"""The painters: always the same, never broken, and each genre unlike the others."""

import numpy as np
import pytest

from gallery.ingest import descriptor
from imagerec.demo.painter.canvas import LONG_SIDE
from imagerec.demo.painter.painting import PAINTERS, genre_of, paint
from imagerec.demo.vocabulary import GENRES, KEYWORDS

EVERY = [(genre, painter) for genre, painters in PAINTERS.items() for painter in dict.fromkeys(painters)]
ROUND = len(GENRES)


@pytest.mark.parametrize(("genre", "painter"), EVERY, ids=lambda value: getattr(value, "__name__", value))
def test_every_painter_paints_a_whole_picture_with_a_title_and_known_keywords(genre, painter):
    scene = painter(np.random.default_rng(11))
    pixels = np.asarray(scene.picture)
    assert scene.picture.mode == "RGB"
    assert LONG_SIDE * 5 // 6 <= max(scene.picture.size) <= LONG_SIDE
    assert pixels.std() > 8
    assert 3 < len(scene.title) <= 80
    assert len(scene.keywords) >= 3
    assert set(scene.keywords) <= KEYWORDS.keys()


@pytest.mark.parametrize("number", [0, 7])
def test_a_number_of_a_seed_is_always_the_same_picture(number):
    first, second = paint(3, number), paint(3, number)
    assert first.picture.tobytes() == second.picture.tobytes()
    assert (first.title, first.keywords, first.genre) == (second.title, second.keywords, second.genre)


def test_another_seed_or_number_is_another_picture():
    pictures = {paint(seed, number).picture.tobytes() for seed, number in [(3, 0), (4, 0), (3, ROUND)]}
    assert len(pictures) == 3


@pytest.mark.parametrize("block", [0, 5])
def test_each_round_has_every_genre_once(block):
    genres = {genre_of(9, block * ROUND + place) for place in range(ROUND)}
    assert genres == GENRES.keys()


def test_pictures_of_a_genre_are_more_alike_than_those_of_different_genres():
    paintings = [paint(5, number) for number in range(4 * ROUND)]
    seen = np.array(
        [
            descriptor.read(descriptor.describe(p.picture.resize((descriptor.SIDE, descriptor.SIDE))))
            for p in paintings
        ]
    )
    alike = seen @ seen.T
    same = np.equal.outer(*[np.array([p.genre for p in paintings])] * 2) & ~np.eye(len(seen), dtype=bool)
    assert alike[same].mean() > alike[~same].mean() + 0.05


def test_every_genre_and_keyword_has_a_korean_name():
    assert GENRES["sea"] == ("Sea", "바다")
    names = [korean for _, korean in GENRES.values()] + list(KEYWORDS.values())
    assert all("가" <= syllable <= "힣" or syllable == " " for name in names for syllable in name)
