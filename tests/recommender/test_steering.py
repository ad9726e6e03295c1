"""How a user steers the feed: the next page follows, and nights and learning respect it."""

from datetime import timedelta

import pytest

from gallery.acts import events
from gallery.models import Favourite, Rating, View
from gallery.plumbing.errors import BadValue
from recommender.data import artifacts
from recommender.data.slates import current_slate
from recommender.data.snapshot import read_ratings, read_view_counts
from recommender.models import Agents, AgentStep, Feed, GenrePreference, GenreStance, Impression, Slate
from recommender.services import first_picks, job_requests, learn, nightly, ranking, recommend, steer, taste
from recommender.services.recommend import feed_page
from tests.factories import NOON, genre, image, person, slugs
from tests.html import squeezed
from tests.worlds import pictures

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def rater(album):
    """A user who likes the sea and dislikes the city, after learning."""
    user = person("rater")
    for number in range(4):
        events.rate(user, album["sea"][number].public_id, 5, "feed", LATER)
        events.rate(user, album["city"][number].public_id, 1, "feed", LATER)
    learn.learn_user(user.pk)
    return user


def genres(user, size=10, **more):
    return slugs(feed_page(user, None, LATER, size=size, **more))


def places(user, images):
    """The sum of the ranks of these images in the personal order of a user."""
    order = recommend.personal_order(user, LATER)
    return sum(order.index(picture.pk) for picture in images if picture.pk in order)


def test_a_muted_genre_is_gone_from_the_next_page(rater):
    cursor = feed_page(rater, None, LATER, size=4).cursor
    steer.set_stance(rater, "sea", "muted")
    assert "sea" not in slugs(feed_page(rater, cursor, LATER, size=40))
    assert "sea" not in genres(rater, 40)
    steer.set_stance(rater, "sea", "")
    assert "sea" in genres(rater)


def test_a_page_that_was_shown_before_the_muting_is_without_it_too(rater):
    feed = feed_page(rater, None, LATER, size=8)
    steer.set_stance(rater, "sea", "muted")
    again = feed_page(rater, f"{feed.cursor.partition('.')[0]}.0", LATER, size=8)
    assert "sea" not in slugs(again)


def test_a_muted_genre_takes_no_place_of_the_slate(rater, album):
    steer.set_stance(rater, "sea", "muted")
    learn.learn_user(rater.pk)
    assert not {picture.pk for picture in album["sea"]} & set(current_slate(rater.pk).images.tolist())
    nightly.run_night(job_requests.request_another_night(LATER))
    assert "sea" not in genres(rater, 40)


@pytest.mark.parametrize("rated", [True, False])
def test_a_pinned_genre_comes_sooner(album, rated):
    user = person("newcomer")
    if rated:
        events.rate(user, album["sea"][0].public_id, 4, "feed", LATER)
        learn.learn_user(user.pk)
    before = places(user, album["city"])
    steer.set_stance(user, "city", "pinned")
    assert places(user, album["city"]) < before


def test_a_pin_does_not_change_what_is_predicted(rater):
    feed_page(rater, None, LATER)
    before = dict(Impression.objects.filter(user=rater).values_list("image", "blend"))
    steer.set_stance(rater, "forest", "pinned")
    feed_page(rater, None, LATER)
    after = dict(Impression.objects.filter(user=rater).order_by("pk").values_list("image", "blend"))
    assert all(after[image] == blend for image, blend in before.items())


@pytest.mark.parametrize(("discovery", "explored"), [(0, 0), (25, 1), (100, 4)])
def test_the_slider_changes_how_much_explores(rater, monkeypatch, discovery, explored):
    monkeypatch.setattr(ranking, "POOL", 12)
    steer.set_discovery(rater, str(discovery))
    assert sum(item.explored for item in feed_page(rater, None, LATER, size=10).items) == explored


@pytest.mark.parametrize("text", ["", "-1", "101", "1e1", "٣", "ten"])
def test_a_discovery_that_is_none_is_refused(text):
    with pytest.raises(BadValue):
        steer.set_discovery(person(), text)


def test_what_is_like_a_hidden_picture_comes_later(album):
    user = person("newcomer")
    before = places(user, album["sea"][1:])
    events.hide(user, album["sea"][0].public_id, "taste", LATER)
    assert places(user, album["sea"][1:]) > before
    assert album["sea"][0].pk not in {item.image.pk for item in feed_page(user, None, LATER).items}


def test_while_paused_nothing_is_learnt(rater, album):
    before, steps = genres(rater), AgentStep.objects.count()
    steer.start_pause(rater, LATER + timedelta(seconds=30))
    after = LATER + timedelta(minutes=1)
    for picture in album["forest"][:6]:
        events.rate(rater, picture.public_id, 5, "feed", after)
        events.record_view(rater, picture.public_id, "feed", after)
    learn.learn_user(rater.pk)
    nightly.run_night(job_requests.request_another_night(after))
    assert AgentStep.objects.filter(user=rater).count() == 8 <= steps
    assert len(read_ratings(rater.pk).users) == 8
    assert not len(read_view_counts(after, rater.pk).users)
    assert not GenrePreference.objects.filter(user=rater).exists()
    assert genres(rater).count("sea") >= before.count("sea") - 2


def test_afterwards_ratings_are_learnt_and_views_are_not(rater, album):
    steer.start_pause(rater, LATER + timedelta(seconds=30))
    after = LATER + timedelta(minutes=1)
    events.rate(rater, album["forest"][0].public_id, 5, "feed", after)
    events.record_view(rater, album["forest"][1].public_id, "feed", after)
    steer.end_pause(rater, after + timedelta(minutes=1))
    learn.learn_user(rater.pk)
    assert AgentStep.objects.filter(user=rater).count() == 9
    assert not len(read_view_counts(after + timedelta(hours=1), rater.pk).users)
    assert taste.taste_of(rater, after + timedelta(hours=1)).genres == []


def test_a_private_feed_is_forgotten_at_its_end(rater):
    feed_page(rater, None, LATER)
    kept = Impression.objects.count()
    feed_page(rater, None, LATER, private=True)
    assert Impression.objects.count() > kept
    cursor = feed_page(rater, None, LATER, size=5, only_unseen=True).cursor
    with pytest.raises(recommend.UnknownCursor):
        feed_page(rater, cursor, LATER, private=True)
    kept += 5
    recommend.end_private(rater)
    assert Impression.objects.count() == kept
    assert not Feed.objects.filter(private=True).exists()


def test_after_a_reset_the_person_is_as_on_the_first_day(rater, album):
    events.set_favourite(rater, album["sea"][0].public_id, True, LATER)
    first_picks.store_picks(rater, ["sea"], [], LATER)
    steer.set_stance(rater, "city", "muted")
    steer.forget_all(rater)
    for model in (Rating, View, Agents, AgentStep, Slate, GenreStance, Impression):
        assert not model.objects.filter(user=rater).exists(), model
    assert Favourite.objects.filter(user=rater).count() == 1
    learn.learn_user(rater.pk)
    assert feed_page(rater, None, LATER).rung == Impression.Rung.TRENDING


def test_one_genre_is_forgotten_and_the_others_are_not(rater):
    steer.forget_genre(rater, "sea")
    assert set(Rating.objects.filter(user=rater).values_list("image__genre__slug", flat=True)) == {"city"}
    learn.learn_user(rater.pk)
    assert AgentStep.objects.filter(user=rater).count() == 4


def test_weeks_follow_what_is_left_of_the_history(rater, album):
    for picture in (album["sea"][5], album["forest"][5]):
        events.record_view(rater, picture.public_id, "feed", LATER)
    nightly.run_night(job_requests.request_another_night(LATER))
    events.forget_views(rater, View.objects.filter(image=album["sea"][5]))
    steer.update_after_deletion(rater.pk, LATER)
    assert [row.genre.slug for row in GenrePreference.objects.filter(user=rater)] == ["forest"]


def test_a_night_passes_when_somebody_forgets_everything_in_between(rater, album, monkeypatch):
    from recommender.services.night import slates

    ended = slates.run

    def forgetting(night, held):
        steer.forget_all(rater)
        return ended(night, held)

    steps = tuple(
        nightly.NightStep(s.name, forgetting) if s.name == "slates" else s for s in nightly.NIGHT_STEPS
    )
    monkeypatch.setattr(nightly, "NIGHT_STEPS", steps)
    nightly.run_night(job_requests.request_another_night(LATER, None))
    assert artifacts.current_version().made_at == LATER


@pytest.mark.parametrize("path", ["genre", "discovery", "pause", "private"])
def test_steering_is_posted_by_members(client, path):
    genre()
    said = {"genre": "sea", "stance": "muted", "discovery": "50", "on": "1"}
    assert client.get(f"/taste/{path}/").status_code == 405
    assert "/login/" in client.post(f"/taste/{path}/", said)["Location"]
    client.force_login(person())
    assert client.post(f"/taste/{path}/", said).status_code == 302
    assert client.post(f"/taste/{path}/", {}).status_code in {400, 404}


def test_a_change_answers_with_that_part_of_the_page(client):
    client.force_login(person())
    pictures(1)
    said = {"genre": "sea", "stance": "pinned"}
    html = squeezed(client.post("/taste/genre/", said, headers={"HX-Request": "true"}).content.decode())
    assert html.startswith('<section id="steering"')
    assert "Pinned. It comes sooner in your feed." in html


def test_a_reset_asks_first(client, rater):
    client.force_login(rater)
    assert "cannot be undone" in client.get("/taste/reset/").content.decode()
    assert "Sea" in client.get("/taste/reset/?genre=sea").content.decode()
    assert client.get("/taste/reset/?genre=none").status_code == 404
    assert Rating.objects.filter(user=rater).count() == 8
    assert client.post("/taste/reset/")["Location"] == "/welcome/"
    assert not Rating.objects.filter(user=rater).exists()


@pytest.mark.parametrize("path", ["/taste/reset/?genre={}", "/taste/genre/"])
def test_a_genre_that_was_always_hidden_is_as_one_that_never_was(client, path):
    mina = person()
    client.force_login(mina)
    hidden = image(genre_slug="scandal", visibility="hidden")
    ask = client.get if "?" in path else client.post
    for slug in ("scandal", "nonesuch"):
        assert ask(path.format(slug), {"genre": slug, "stance": "pinned"}).status_code == 404
    with pytest.raises(BadValue):
        first_picks.store_picks(mina, ["scandal"], [], NOON)
    View.objects.create(user=mina, image=hidden, at=NOON)  # it was not hidden then
    assert ask(path.format("scandal"), {"genre": "scandal", "stance": "pinned"}).status_code in {200, 302}
