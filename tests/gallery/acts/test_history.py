"""Past activity written in bulk gives the same rows and counters as single events."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from gallery.acts.events import History, record_history, recount
from gallery.models import Favourite, Hide, Image, Rating, RatingChange, View
from tests.factories import NOON, image, person

pytestmark = pytest.mark.django_db


def rating(user, picture, value):
    return Rating(user=user, image=picture, value=value, created_at=NOON, updated_at=NOON)


def test_counters_are_what_the_rows_say():
    owner, neighbour, picture = person(), person(), image()
    views = [View(user=owner, image=picture, at=NOON - timedelta(days=day)) for day in range(3)]
    favourites = [Favourite(user=owner, image=picture, at=NOON)]
    record_history(History(views, [rating(owner, picture, 5), rating(neighbour, picture, 2)], favourites))
    picture.refresh_from_db()
    assert (picture.view_count, picture.rating_count, picture.rating_sum, picture.favourite_count) == (
        3,
        2,
        7,
        1,
    )


def test_each_rating_has_one_entry_in_the_history():
    owner, picture = person(), image()
    record_history(History(ratings=[rating(owner, picture, 4)]))
    change = RatingChange.objects.get()
    assert (change.user, change.image, change.old, change.new, change.at) == (owner, picture, None, 4, NOON)


def test_what_is_there_already_changes_nothing():
    owner, picture = person(), image()
    record_history(History(ratings=[rating(owner, picture, 4)]))
    with pytest.raises(IntegrityError):
        record_history(
            History(views=[View(user=owner, image=picture, at=NOON)], ratings=[rating(owner, picture, 1)])
        )
    assert not View.objects.exists()
    assert Rating.objects.get().value == 4


def test_a_hide_does_not_count():
    owner, picture = person(), image()
    record_history(History(hides=[Hide(user=owner, image=picture, reason="taste", at=NOON)]))
    assert Hide.objects.get().user == owner
    assert Image.objects.get().view_count == 0


def test_recount_brings_back_zero():
    picture = image(rating_count=3, rating_sum=9, view_count=8)
    recount([picture.pk])
    picture.refresh_from_db()
    assert (picture.rating_count, picture.rating_sum, picture.view_count) == (0, 0, 0)
