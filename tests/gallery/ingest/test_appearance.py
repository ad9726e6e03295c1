"""Hashes, placeholder and palette."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from gallery.ingest.appearance import draw_thumb_hash, palette, perceptual_hash, placeholder, thumb_hash
from tests.gallery.ingest.pictures import encoded, opened, painting


def bits_apart(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def test_a_perceptual_hash_survives_a_poor_copy():
    picture = painting()
    copy = opened(encoded(picture.resize((200, 150)), "JPEG", quality=30))
    assert len(perceptual_hash(picture)) == 16
    assert bits_apart(perceptual_hash(picture), perceptual_hash(copy)) <= 6
    assert bits_apart(perceptual_hash(picture), perceptual_hash(painting(seed=9))) > 12


@pytest.mark.parametrize("size", [(320, 213), (213, 320), (100, 100), (400, 20), (20, 400)])
def test_a_thumbhash_looks_like_its_picture(size):
    picture = painting(*size)
    drawn = draw_thumb_hash(thumb_hash(picture), 16)
    true = np.asarray(picture.resize((drawn.shape[1], drawn.shape[0]), Image.Resampling.BOX), float)
    assert np.abs(drawn - true).mean() < 35
    assert (drawn.shape[1] > drawn.shape[0]) == (size[0] > size[1])


def test_a_thumbhash_knows_left_from_right_and_top_from_bottom():
    picture = Image.new("RGB", (160, 120), (20, 20, 200))
    picture.paste((220, 30, 20), (0, 0, 80, 60))
    drawn = draw_thumb_hash(thumb_hash(picture), 16).astype(int)
    assert drawn[1, 1, 0] > drawn[1, -2, 0] + 80
    assert drawn[1, 1, 0] > drawn[-2, 1, 0] + 80


def test_a_placeholder_is_a_tiny_webp():
    for seed in range(5):
        uri = placeholder(thumb_hash(painting(seed=seed)))
        assert len(uri) <= 300
        head, data = uri.split(",")
        assert head == "data:image/webp;base64"
        assert Image.open(io.BytesIO(base64.b64decode(data)), formats=("WEBP",)).width <= 16


def test_a_palette_has_the_largest_share_first():
    picture = Image.new("RGB", (72, 72), "#204080")
    picture.paste("#f0e0d0", (0, 0, 72, 20))
    picture.paste("#c01010", (0, 20, 20, 30))
    assert palette(picture) == ["#204080", "#f0e0d0", "#c01010"]


def test_colours_that_look_alike_count_as_one():
    picture = Image.new("RGB", (72, 72), "#808080")
    picture.paste("#828282", (0, 0, 40, 72))
    assert len(palette(picture)) == 1


def test_a_palette_has_at_most_five():
    noise = np.random.default_rng(3).integers(0, 256, (72, 72, 3), dtype=np.uint8)
    assert 1 <= len(palette(Image.fromarray(noise))) <= 5
