"""The sizes that pages show."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gallery.ingest import digest
from gallery.ingest.renditions import LADDER, NEAR_THE_TOP, QUICK, encode, scale, sizes
from tests.gallery.ingest.pictures import opened, painting


@pytest.mark.parametrize(
    ("size", "widths"),
    [
        ((3000, 2000), [320, 640, 1280, 2048]),
        ((2000, 3000), [213, 427, 853, 1365]),
        ((1280, 1280), [320, 640, 1280]),
        ((800, 600), [320, 640, 800]),
        ((384, 256), [384]),
        ((100, 50), [100]),
    ],
)
def test_the_ladder_ends_at_the_own_size_or_at_2048(size, widths):
    assert [width for width, _ in sizes(*size)] == widths


@given(st.integers(16, 65_535), st.integers(16, 65_535))
def test_nothing_is_enlarged_and_shapes_are_kept(width, height):
    if max(width, height) > 20 * min(width, height):
        return
    steps = sizes(width, height)
    assert steps
    assert len({step for step, _ in steps}) == len(steps)
    assert steps == sorted(steps)
    for step_width, step_height in steps:
        assert 1 <= step_width <= width
        assert 1 <= step_height <= height
        assert abs(step_width * height - step_height * width) <= max(width, height)


@given(st.integers(16, 5_000))
def test_every_step_is_well_apart_from_the_top(longest):
    *lower, top = (width for width, _ in sizes(longest, 16))
    assert all(width <= NEAR_THE_TOP * top for width in lower)
    assert top == min(longest, LADDER[-1])


def test_both_files_of_a_step_show_the_same_picture():
    step = encode(painting(200, 100))
    webp, jpeg = opened(step.webp), opened(step.jpeg)
    assert (webp.format, jpeg.format) == ("WEBP", "JPEG")
    assert webp.size == jpeg.size == (step.width, step.height) == (200, 100)


def test_large_jpegs_are_progressive():
    large, small = (
        Image.open(io.BytesIO(encode(painting(width)).jpeg), formats=("JPEG",)) for width in (900, 300)
    )
    assert "progressive" in large.info
    assert "progressive" not in small.info


def test_steps_are_scaled_from_the_same_picture():
    steps = scale(painting(1_500, 900))
    assert [step.size for step in steps] == [(320, 192), (640, 384), (1_500, 900)][: len(steps)] or len(
        steps
    ) == 3


def test_pixels_of_ones_own_need_no_gate():
    made = digest.from_pixels(painting(700, 500).convert("RGBA"), encoding=QUICK)
    assert (made.width, made.height, made.rendition_widths) == (700, 500, [320, 700])
    assert opened(made.renditions[-1].jpeg).size == (700, 500)


def test_what_a_picture_carries_does_not_reach_its_renditions():
    picture = painting()
    picture.info["comment"] = b"home address"
    made = digest.from_pixels(picture)
    assert not any(b"address" in blob for step in made.renditions for _, blob in step.files())


def test_a_digest_travels_whole():
    made = digest.from_pixels(painting())
    assert digest.unpack_digest(made.pack()) == made
