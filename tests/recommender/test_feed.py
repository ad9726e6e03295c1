"""The feed: the right rung, nothing that was rated, hidden or may not be seen, nothing twice,
and everything logged."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gallery.acts import events
from gallery.models import Image, Rating
from gallery.plumbing.errors import BadValue
from recommender.data.slates import current_slate
from recommender.models import Impression
from recommender.services import explanation, first_picks, learn, ranking, recommend, steer, taste
from recommender.services.recommend import UnknownCursor, feed_page
from tests.factories import NOON, person, slugs, staff
from tests.html import squeezed

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def ids(page):
    return [item.image.pk for item in page.items]


def scrolled(user, size):
    """All items of a feed."""
    page = feed_page(user, None, LATER, size=size)
    seen = ids(page)
    while page.has_more:
        page = feed_page(user, page.cursor, LATER, size=size)
        seen += ids(page)
    return seen


def share(page, slug, first=10):
    return slugs(page)[:first].count(slug) / first


def rater(album, loved="sea", other="city", n=4):
    user = person("rater")
    for number in range(n):
        events.rate(user, album[loved][number].public_id, 5, "feed", LATER)
        events.rate(user, album[other][number].public_id, 1, "feed", LATER)
    learn.learn_user(user.pk)
    return user


def test_a_newcomer_sees_what_is_popular_and_is_told_so(album):
    page = feed_page(person("new"), None, LATER)
    assert page.rung == Impression.Rung.TRENDING
    assert len(page.items) == 36


def test_picks_make_the_first_feed_personal(album):
    user = person("new")
    first_picks.store_picks(user, ["forest"], [album["forest"][0].public_id], LATER)
    page = feed_page(user, None, LATER, size=10)
    assert page.rung == Impression.Rung.FIRST_PICKS
    assert share(page, "forest") > 0.6
    assert album["forest"][0].pk not in ids(page)  # known already
    assert album["forest"][0].pk in scrolled(user, 40)


def test_what_was_opened_in_this_visit_counts_before_any_rating(album):
    user = person("new")
    for image in album["city"][:3]:
        events.record_view(user, image.public_id, "explore", LATER)
    page = feed_page(user, None, LATER, size=10)
    assert page.rung == Impression.Rung.VIEWS
    assert share(page, "city") > 0.6


def test_after_ratings_the_feed_is_of_what_was_liked(album):
    page = feed_page(rater(album), None, LATER, size=10)
    assert page.rung == Impression.Rung.HYBRID
    assert share(page, "sea", 8) >= 0.5
    assert share(page, "city", 8) < 0.3


def test_rated_hidden_and_invisible_images_stay_away(album):
    user = rater(album)
    events.hide(user, album["sea"][5].public_id, "taste", LATER)
    Image.objects.filter(pk=album["sea"][6].pk).update(visibility="hidden")
    seen = set(scrolled(user, 10))
    gone = {image.pk for image in album["sea"][:7] + album["city"][:4]} - {album["sea"][4].pk}
    assert not seen & gone
    assert len(seen) == 36 - 10


def test_scrolling_to_the_end_shows_nothing_twice(album):
    seen = scrolled(rater(album), 7)
    assert len(seen) == len(set(seen)) == 28


def test_the_same_cursor_gives_the_same_page(album):
    user = rater(album)
    cursor = feed_page(user, None, LATER, size=5).cursor
    assert ids(feed_page(user, cursor, LATER, size=5)) == ids(feed_page(user, cursor, LATER, size=5))


def test_the_next_page_has_learnt_from_a_rating_on_this_one(album):
    user = rater(album, n=1)
    cursor = feed_page(user, None, LATER, size=6).cursor
    for number in range(5, 9):
        events.rate(user, album["forest"][number].public_id, 5, "feed", LATER)
    learn.learn_user(user.pk)
    assert share(feed_page(user, cursor, LATER, size=6), "forest", 6) > 0.3


def test_impressions_keep_place_and_both_predictions(album):
    user = rater(album)
    page = feed_page(user, None, LATER, size=10)
    rows = Impression.objects.filter(user=user).order_by("position")
    assert [row.position for row in rows] == list(range(10))
    assert [row.image_id for row in rows] == ids(page)
    assert all(1 <= row.predicted[name] <= 5 for row in rows for name in ("neighbours", "content"))


def test_some_places_explore_and_say_so(album, monkeypatch):
    monkeypatch.setattr(ranking, "POOL", 12)
    page = feed_page(rater(album), None, LATER, size=10)
    assert sum(item.explored for item in page.items) == 1
    assert Impression.objects.filter(explored=True).count() == 1


@pytest.mark.parametrize("cursor", ["", "x", "nothing.5", ".", "a.b", "a.-1", "a.1e3", "a." + "9" * 40])
def test_a_cursor_that_was_not_given_out_is_refused(album, cursor):
    with pytest.raises(UnknownCursor):
        feed_page(person("new"), cursor, LATER)


def test_a_strangers_cursor_is_refused(album):
    cursor = feed_page(person("owner"), None, LATER, size=5).cursor
    with pytest.raises(UnknownCursor):
        feed_page(person("stranger"), cursor, LATER, size=5)


def test_a_damaged_model_costs_the_variety_not_the_page(album, night_files):
    user = rater(album)
    next(night_files.glob("*.content.npz")).write_bytes(b"rubbish")
    assert len(feed_page(user, None, LATER, size=10).items) == 10
    assert recommend.similar_images(user, album["sea"][0], 5)


def test_parts_of_an_explanation_add_up_to_the_score(album):
    user = rater(album)
    for item in feed_page(user, None, LATER, size=8).items:
        told = explanation.explain(user, Image.objects.get(pk=item.image.pk), LATER)
        assert sum(part.value for part in told.parts) == pytest.approx(told.score, abs=1e-6)


def test_an_explanation_names_neighbours_and_the_image_that_speaks_for_it(album):
    user = rater(album)
    mine = Rating.objects.filter(user=user).values("image")
    alike = Rating.objects.filter(image__in=mine).exclude(user=user).values("user")
    slate = current_slate(user.pk)
    said = slate.predictions["neighbours"].details
    for picture in album["sea"][4:]:
        place = slate.images.tolist().index(picture.pk)
        given = list(Rating.objects.filter(image=picture, user__in=alike).values_list("value", flat=True))
        told = explanation.explain(user, picture, LATER)
        assert said["neighbours"][place] == len(given)
        mean = sum(given) / len(given) if given else float("nan")
        assert said["neighbour_mean"][place] == pytest.approx(mean, nan_ok=True)
        assert told.reason.genre.slug == "sea"


def test_a_first_feed_is_explained_by_what_was_picked(album):
    user = person("new")
    first_picks.store_picks(user, [], [album["forest"][0].public_id], LATER)
    told = explanation.explain(user, album["forest"][1], LATER)
    assert told.score is None
    assert told.reason == album["forest"][0]


def test_similar_images_are_of_the_same_kind_and_may_be_seen(album):
    Image.objects.filter(pk=album["sea"][1].pk).update(visibility="hidden")
    near = recommend.similar_images(person("any"), album["sea"][0], 5)
    assert [image.genre.slug for image in near] == ["sea"] * 5
    assert album["sea"][1] not in near
    assert len(recommend.similar_images(staff("boss"), album["sea"][0], 11)) == 11


def test_who_comes_back_to_the_welcome_finds_their_picks(album, client):
    user, picked = person("new"), album["forest"][-1].public_id
    first_picks.store_picks(user, ["sea"], [picked], LATER)
    client.force_login(user)
    page = squeezed(client.get("/welcome/").content.decode())
    assert f'value="{picked}" checked' in page
    assert 'value="sea" checked' in page
    assert page.count(" checked") == 2


def test_the_welcome_offers_every_genre(album):
    assert {image.genre.slug for image in first_picks.candidates(person("new"), 9)} == {
        "sea",
        "city",
        "forest",
    }


def test_picks_that_are_not_there_are_refused_in_a_sentence(album):
    with pytest.raises(BadValue):
        first_picks.store_picks(person("new"), ["nowhere"], [], LATER)


def test_what_was_shown_goes_with_the_image_and_with_the_person(album):
    """Only Django deletes these rows; the database has no constraint."""
    one, other = rater(album), person("other")
    for user in (one, other):
        feed_page(user, None, LATER)
    gone = Impression.objects.filter(feed__user=one).first().image
    gone.delete()
    assert not Impression.objects.filter(image_id=gone.pk).exists()
    one.delete()
    assert set(Impression.objects.values_list("user", "feed__user")) == {(other.pk, other.pk)}


def test_the_taste_page_tells_weeks_weights_and_accuracy(album):
    user = rater(album)
    events.record_view(user, album["sea"][9].public_id, "feed", LATER)
    told = taste.taste_of(user, LATER)
    assert told.genres[0].genre.slug == "sea"
    assert told.weeks[-1] == LATER.date()  # not the Sunday to come
    assert [len(one.values) for one in told.weights] == [told.judged + 1] * 2 == [9, 9]
    assert 0 <= told.mae <= 4
    assert told.ratings == 8


def test_a_feed_stays_as_it_is_until_something_is_said(album):
    user = rater(album)
    first = feed_page(user, None, LATER, size=20)
    again = feed_page(user, None, LATER + timedelta(minutes=50), size=20)
    assert again == first
    assert Impression.objects.filter(feed__user=user).count() == 20
    events.rate(user, first.items[0].image.public_id, 1, "feed", LATER + timedelta(minutes=51))
    learn.learn_user(user.pk)
    fresh = feed_page(user, None, LATER + timedelta(minutes=52), size=20)
    assert fresh.cursor != first.cursor
    assert first.items[0].image.pk not in [item.image.pk for item in fresh.items]
    kept = feed_page(user, f"{first.cursor.rpartition('.')[0]}.0", LATER + timedelta(minutes=53), size=20)
    assert [item.image.pk for item in kept.items] == [item.image.pk for item in first.items]
    assert feed_page(user, None, LATER + timedelta(hours=3), size=20).cursor != fresh.cursor


@pytest.mark.parametrize("said", ["hide", "mute", "discovery"])
def test_what_steers_changes_a_feed_at_once(album, said):
    user = rater(album)
    first = feed_page(user, None, LATER, size=12)
    if said == "hide":
        events.hide(user, first.items[0].image.public_id, "", LATER)
    elif said == "mute":
        steer.set_stance(user, "sea", "muted")
    else:
        steer.set_discovery(user, "90")
    assert feed_page(user, None, LATER, size=12).cursor != first.cursor


def test_by_how_much_a_feed_changes_follows_how_much_was_said(album):
    user = rater(album)
    before = [item.image.pk for item in feed_page(user, None, LATER, size=12).items]
    events.rate(user, album["sea"][-1].public_id, 4, "feed", LATER + timedelta(minutes=1))
    learn.learn_user(user.pk)
    after = [item.image.pk for item in feed_page(user, None, LATER + timedelta(minutes=2), size=12).items]
    assert len(set(before) & set(after)) >= 10


def test_what_is_shown_five_times_and_never_opened_leaves_the_top(album):
    user = rater(album)
    opened = None
    for day in range(5):
        page = feed_page(user, None, LATER + timedelta(hours=2 * day), size=12)
        opened = opened or page.items[1].image
        events.record_view(user, opened.public_id, "feed", LATER + timedelta(hours=2 * day))
        top = [item.image.pk for item in page.items[:6]]
        if day == 0:
            first = top
    last = feed_page(user, None, LATER + timedelta(hours=11), size=12)
    assert first[0] not in [item.image.pk for item in last.items[:6]]


def test_a_page_of_the_feed_asks_few_questions(album, client):
    client.force_login(rater(album))
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/for-you/").status_code == 200
    transactions = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    assert sum(not query["sql"].startswith(transactions) for query in asked.captured_queries) <= 12
