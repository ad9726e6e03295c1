from datetime import timedelta
from math import isfinite

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


def test_half_is_left_after_two_weeks():
    assert trending.decay(14 * DAY) == 0.5
    assert trending.decay(-DAY) == 1


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=40000)))
def test_what_is_left_is_a_share(age):
    assert isfinite(trending.decay(age))
    assert 0 <= trending.decay(age) <= 1


@pytest.mark.django_db
def test_worked_by_hand():
    liked, disliked = image(), image()
    rated(liked, 5, 5)
    rated(disliked, 1, at=NOON - 14 * DAY)
    trending.refresh(NOON)
    prior = 11 / 3
    assert score(liked) == pytest.approx(2 * (5 - prior) / 7, abs=5e-4)
    assert score(disliked) == pytest.approx(0.5 * (1 - prior) / 5.5, abs=5e-4)


@pytest.mark.django_db
def test_an_unrated_picture_stands_at_the_prior_from_the_start():
    fresh, liked, disliked = image(), image(), image()
    rated(liked, 5)
    rated(disliked, 1)
    trending.refresh(NOON)
    assert score(fresh) == 0
    assert score(disliked) < 0 < score(liked)


@pytest.mark.django_db
def test_views_help_a_little():
    seen, unseen = image(), image()
    for _ in range(20):
        View.objects.create(user=person(), image=seen, at=NOON)
    trending.refresh(NOON)
    assert score(seen) == pytest.approx(trending.VIEW_BONUS / 2)
    assert score(unseen) == 0


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
