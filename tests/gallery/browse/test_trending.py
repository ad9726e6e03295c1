from datetime import timedelta
from math import isfinite

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gallery.browse import trending
from gallery.models import Image, Rating, View
from tests.factories import NOON, image, person

DAY = timedelta(days=1)


def rated(picture, *values, at=NOON):
    for value in values:
        Rating.objects.create(user=person(), image=picture, value=value, created_at=at, updated_at=at)


def score(picture):
    return Image.objects.values_list("trending", flat=True).get(pk=picture.pk)


def left(stars, age):
    return float(trending.popularity(np.array([stars]), np.array([age.total_seconds()]))[0])


def test_half_is_left_after_a_week():
    assert left(5, 7 * DAY) == 0.5
    assert left(4, -DAY) == 1


@given(st.integers(0, 5), st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=40000)))
def test_what_is_left_is_a_share(stars, age):
    assert isfinite(left(stars, age))
    assert 0 <= left(stars, age) / left(stars, timedelta(0)) <= 1


@pytest.mark.django_db
def test_worked_by_hand():
    liked, mixed, disliked = image(), image(), image()
    rated(liked, 5, 4)
    rated(mixed, 3, at=NOON - 7 * DAY)
    rated(mixed, 5)
    rated(disliked, 1, at=NOON - 7 * DAY)
    trending.refresh(NOON)
    assert score(liked) == 2
    assert score(mixed) == pytest.approx(1.05)
    assert score(disliked) == pytest.approx(-0.05)


@pytest.mark.django_db
def test_a_new_picture_stands_between_liked_and_disliked_ones():
    fresh, liked, disliked = image(), image(), image()
    rated(liked, 5)
    rated(disliked, 1)
    trending.refresh(NOON)
    assert score(fresh) == 0
    assert score(disliked) < 0 < score(liked)


@pytest.mark.django_db
def test_a_user_counts_once_however_often_a_picture_is_opened():
    seen, unseen, rated_low = image(), image(), image()
    visitor, critic = person(), person()
    for hour in range(20):
        View.objects.create(user=visitor, image=seen, at=NOON - timedelta(hours=hour))
        View.objects.create(user=critic, image=rated_low, at=NOON)
    Rating.objects.create(user=critic, image=rated_low, value=2, created_at=NOON, updated_at=NOON)
    trending.refresh(NOON)
    assert [score(one) for one in (seen, unseen, rated_low)] == pytest.approx([0.1, 0, -0.1])


@pytest.mark.django_db
def test_what_comes_later_does_not_count():
    liked = image()
    rated(liked, 5, at=NOON + DAY)
    assert trending.scores(NOON) == {}


@pytest.mark.django_db
def test_only_what_changed_is_written():
    liked = image()
    image()
    rated(liked, 5)
    rated(image(), 1)
    assert trending.refresh(NOON) == 2
    assert trending.refresh(NOON) == 0
    assert trending.refresh(NOON + 10 * DAY) == 2


@pytest.mark.django_db
def test_without_anything_there_is_nothing_to_do():
    assert trending.refresh(NOON) == 0
