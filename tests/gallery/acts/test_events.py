"""The write path of views, ratings, favourites and hides."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError
from hypothesis import given, settings
from hypothesis import strategies as st

from gallery.acts import events
from gallery.models import Favourite, Hide, Image, Rating, RatingChange, View
from gallery.plumbing.errors import BadValue
from tests.factories import NOON, image, person, staff

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def rate(user, picture: Image, value: int | None, now: datetime = NOON) -> events.Rated:
    return events.rate(user, picture.public_id, value, "explore", now)


def view(user, picture: Image, now: datetime = NOON) -> bool:
    return events.record_view(user, picture.public_id, "feed", now)


def sums(picture: Image) -> tuple[int, int]:
    picture.refresh_from_db()
    return picture.rating_count, picture.rating_sum


@pytest.fixture
def told():
    """What the receivers of `taste_changed` got."""
    heard = []

    def listen(sender, user_id, image_id, kind, **_more):
        heard.append(kind)

    events.taste_changed.connect(listen)
    yield heard
    events.taste_changed.disconnect(listen)


def test_a_rating_is_kept_with_its_history_and_sums(told) -> None:
    owner, picture = person(), image()
    assert rate(owner, picture, 4) == events.Rated(None, 4)
    assert rate(owner, picture, 2, NOON + MINUTE) == events.Rated(4, 2)
    rating = Rating.objects.get(user=owner, image=picture)
    assert (rating.value, rating.created_at, rating.updated_at) == (2, NOON, NOON + MINUTE)
    assert list(RatingChange.objects.order_by("id").values_list("old", "new", "source")) == [
        (None, 4, "explore"),
        (4, 2, "explore"),
    ]
    assert sums(picture) == (1, 2)
    assert told == ["rating", "rating"]


def test_the_same_rating_twice_changes_nothing_twice(told) -> None:
    owner, picture = person(), image()
    rate(owner, picture, 4)
    assert rate(owner, picture, 4, NOON + MINUTE) == events.Rated(4, 4)
    assert Rating.objects.get().updated_at == NOON
    assert RatingChange.objects.count() == 1
    assert sums(picture) == (1, 4)
    assert told == ["rating"]


def test_a_rating_taken_back_leaves_only_history() -> None:
    owner, picture = person(), image()
    rate(owner, picture, 5)
    assert rate(owner, picture, None) == events.Rated(5, None)
    assert rate(owner, picture, None) == events.Rated(None, None)
    assert not Rating.objects.exists()
    assert RatingChange.objects.count() == 2
    assert sums(picture) == (0, 0)


def test_people_rate_apart() -> None:
    owner, neighbour, picture = person(), person(), image()
    rate(owner, picture, 5)
    rate(neighbour, picture, 1)
    rate(owner, picture, None)
    assert Rating.objects.get().user == neighbour
    assert sums(picture) == (1, 1)


@pytest.mark.parametrize("value", [0, 6, -1, 4.5, float("nan"), float("inf"), "4", True, 10**400])
def test_what_is_no_rating_changes_nothing(value, told) -> None:
    owner, picture = person(), image()
    rate(owner, picture, 3)
    with pytest.raises(BadValue):
        rate(owner, picture, value)
    assert Rating.objects.get().value == 3
    assert sums(picture) == (1, 3)
    assert told == ["rating"]


@pytest.mark.parametrize(
    "text",
    ["", "0", "6", "-1", "+4", "4.5", "4.0", "5 ", " 5", "05", "５", "٣", "NaN", "inf", "1e0", "9" * 400],
)
def test_only_1_to_5_are_ratings(text: str) -> None:
    with pytest.raises(BadValue, match="whole number from 1 to 5"):
        events.parse_rating(text)


@pytest.mark.parametrize("value", [1, 2, 3, 4, 5])
def test_1_to_5_are_ratings(value: int) -> None:
    assert events.parse_rating(str(value)) == value


@given(st.text(max_size=6))
def test_whatever_is_sent_is_a_rating_or_a_bad_value(text: str) -> None:
    try:
        assert events.parse_rating(text) in range(1, 6)
    except BadValue:
        assert text not in {"1", "2", "3", "4", "5"}


@pytest.mark.parametrize(("column", "value"), [("value", 0), ("value", 6)])
def test_the_database_refuses_what_is_no_rating(column: str, value: int) -> None:
    fields = {"user": person(), "image": image(), "created_at": NOON, "updated_at": NOON}
    with pytest.raises(IntegrityError):
        Rating.objects.create(**fields, **{column: value})


def test_an_unknown_source_is_direct_and_a_known_one_is_kept() -> None:
    assert events.parse_source("search") == "search"
    assert events.parse_source("javascript:alert(1)") == "direct"
    assert events.parse_source("") == "direct"


def test_a_view_counts_once_in_30_minutes(told) -> None:
    owner, picture = person(), image()
    assert view(owner, picture)
    assert not view(owner, picture, NOON + 29 * MINUTE)
    assert view(owner, picture, NOON + 30 * MINUTE)
    picture.refresh_from_db()
    assert (picture.view_count, View.objects.count()) == (2, 2)
    assert set(View.objects.values_list("source", flat=True)) == {"feed"}
    assert told == ["view", "view"]


def test_views_of_others_and_of_other_images_count_apart() -> None:
    owner, neighbour, picture, other = person(), person(), image(), image()
    assert view(owner, picture)
    assert view(neighbour, picture)
    assert view(owner, other)


def test_favourite_on_and_off(told) -> None:
    owner, picture = person(), image()
    assert events.set_favourite(owner, picture.public_id, True, NOON)
    assert not events.set_favourite(owner, picture.public_id, True, NOON)
    picture.refresh_from_db()
    assert (picture.favourite_count, Favourite.objects.count()) == (1, 1)
    assert events.set_favourite(owner, picture.public_id, False, NOON)
    assert not events.set_favourite(owner, picture.public_id, False, NOON)
    picture.refresh_from_db()
    assert (picture.favourite_count, Favourite.objects.count()) == (0, 0)
    assert told == ["favourite", "favourite"]


def test_hide_change_the_reason_and_unhide(told) -> None:
    owner, picture = person(), image()
    assert events.hide(owner, picture.public_id, "taste", NOON)
    assert not events.hide(owner, picture.public_id, "quality", NOON + MINUTE)
    hidden = Hide.objects.get()
    assert (hidden.reason, hidden.at) == ("quality", NOON)
    assert events.unhide(owner, picture.public_id)
    assert not events.unhide(owner, picture.public_id)
    assert not Hide.objects.exists()
    assert told == ["hide", "hide"]


def test_a_reason_is_one_of_the_list() -> None:
    assert events.parse_reason("enough") == "enough"
    assert events.parse_reason("") == ""
    with pytest.raises(BadValue):
        events.parse_reason("because")


@pytest.mark.parametrize(
    "act",
    [
        lambda user, key: events.rate(user, key, 5, "explore", NOON),
        lambda user, key: events.record_view(user, key, "explore", NOON),
        lambda user, key: events.set_favourite(user, key, True, NOON),
        lambda user, key: events.hide(user, key, "", NOON),
        lambda user, key: events.unhide(user, key),
    ],
)
def test_an_image_that_is_not_to_be_seen_does_not_exist(act) -> None:
    stranger, owner = person(), person()
    hidden = image(visibility="hidden")
    private = image(visibility="private", uploaded_by=owner)
    planned = image(published_at=NOON + timedelta(days=36500))
    for key in (
        hidden.public_id,
        private.public_id,
        planned.public_id,
        "nosuchimage",
        "",
        "\x01",
        "가" * 500,
    ):
        with pytest.raises(Image.DoesNotExist):
            act(stranger, key)
    act(owner, private.public_id)
    act(staff(), hidden.public_id)
    assert not Rating.objects.filter(user=stranger).exists()


def test_a_failing_listener_undoes_the_event() -> None:
    owner, picture = person(), image()

    def refuse(**_more):
        raise RuntimeError("no")

    events.taste_changed.connect(refuse)
    try:
        with pytest.raises(RuntimeError):
            rate(owner, picture, 4)
    finally:
        events.taste_changed.disconnect(refuse)
    assert not Rating.objects.exists()
    assert sums(picture) == (0, 0)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 1), st.sampled_from([None, 1, 2, 3, 4, 5])), max_size=12))
def test_the_history_replayed_gives_the_ratings_and_sums(steps) -> None:
    people, picture = [person(), person()], image()
    for index, (who, value) in enumerate(steps):
        rate(people[who], picture, value, NOON + index * MINUTE)
    replayed: dict[int, int | None] = {}
    for change in RatingChange.objects.filter(image=picture).order_by("id"):
        assert replayed.get(change.user_id) == change.old != change.new
        replayed[change.user_id] = change.new
    current = dict(Rating.objects.filter(image=picture).values_list("user_id", "value"))
    assert {who: value for who, value in replayed.items() if value} == current
    assert sums(picture) == (len(current), sum(current.values()))
