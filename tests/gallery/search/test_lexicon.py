"""Words in both languages."""

import pytest

from gallery.search.lexicon import ENGLISH, KOREAN, english, korean


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("sea", "바다"),
        ("Beach", "해변"),
        ("flowers", "꽃"),
        ("buses", "버스"),
        ("berries", "열매"),
        ("night_sky", "밤하늘"),
        ("qjyk", ""),
    ],
)
def test_english_words_and_their_plurals_are_known_in_korean(word, expected):
    assert korean(word) == expected


def test_korean_words_are_known_in_english():
    assert english("바다") == "sea"
    assert english("없는말") == ""


def test_every_entry_was_read():
    assert len(KOREAN) > 600
    assert all(word == word.lower().strip() for word in KOREAN)
    assert all("가" <= word[0] <= "힣" and ";" not in word for word in ENGLISH)
