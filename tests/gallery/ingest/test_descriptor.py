"""The visual descriptor: similar pictures are near each other, other pictures are not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from gallery.ingest.descriptor import DIMENSIONS, SIDE, describe, oklab, read
from tests.gallery.ingest.pictures import encoded, opened, painting


def of(picture: Image.Image) -> np.ndarray:
    return read(describe(picture.resize((SIDE, SIDE), Image.Resampling.BOX)))


def stripes(upright: bool) -> Image.Image:
    picture = Image.new("RGB", (SIDE, SIDE), "white")
    draw = ImageDraw.Draw(picture)
    for at in range(0, SIDE, 12):
        draw.rectangle((at, 0, at + 5, SIDE) if upright else (0, at, SIDE, at + 5), "black")
    return picture


@given(st.integers(0, 10_000))
def test_it_has_unit_length_and_no_nan(seed):
    descriptor = of(painting(SIDE, SIDE, seed))
    assert descriptor.shape == (DIMENSIONS,) == (162,)
    assert np.linalg.norm(descriptor) == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize("colour", ["black", "white", "grey", "red"])
def test_one_plain_colour_has_a_descriptor_too(colour):
    descriptor = of(Image.new("RGB", (SIDE, SIDE), colour))
    assert np.isfinite(descriptor).all()
    assert np.linalg.norm(descriptor) == pytest.approx(1, abs=2e-3)


def test_a_poor_copy_is_almost_the_same():
    picture = painting()
    copy = opened(encoded(picture.resize((200, 150)), "JPEG", quality=40))
    assert of(picture) @ of(copy) > 0.97


def test_other_colours_are_further_away_than_a_mirror():
    picture = painting(seed=4)
    inverted = Image.fromarray(255 - np.asarray(picture))
    assert of(picture) @ of(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) > of(picture) @ of(inverted)


def test_the_direction_of_edges_counts():
    assert of(stripes(True)) @ of(stripes(True)) > of(stripes(True)) @ of(stripes(False)) + 0.1


def test_oklab_of_white_and_black():
    lab = oklab(np.array([[255, 255, 255], [0, 0, 0]], np.uint8))
    assert lab == pytest.approx(np.array([[1, 0, 0], [0, 0, 0]]), abs=1e-3)


def test_bytes_of_another_length_are_no_descriptor():
    with pytest.raises(ValueError, match="324 bytes"):
        read(b"12")
