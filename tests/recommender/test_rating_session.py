"""Rate mode: new images one after another, and a summary of what was learnt."""

from datetime import timedelta

import pytest
from django.urls import reverse

from gallery.acts import events
from recommender.data.agents import agent_weights
from recommender.models import Feed
from recommender.services import learn, rating_session, taste
from recommender.services.recommend import UnknownCursor
from tests.factories import NOON, person

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def rate_all(user, token, value, first=4):
    page = rating_session.pictures_from(user, token, 0, LATER)
    for item in page.items[:first]:
        events.rate(user, item.image.public_id, value, "feed", LATER)
    return page.items[:first]


def test_a_rating_session_shows_what_was_never_opened(album):
    user, seen = person(), album["sea"][:3]
    for picture in seen:
        events.record_view(user, picture.public_id, "explore", LATER)
    token = rating_session.start_session(user, LATER)
    shown = {item.image.pk for item in rating_session.pictures_from(user, token, 0, LATER).items}
    assert len(shown) == rating_session.SESSION_LENGTH
    assert not shown & {picture.pk for picture in seen}


def test_loading_it_again_goes_on_with_the_same_pictures(album):
    user = person()
    token = rating_session.start_session(user, LATER)
    first, again = (rating_session.pictures_from(user, token, 0, LATER).items for _ in range(2))
    assert [item.image.pk for item in first] == [item.image.pk for item in again]
    assert rating_session.pictures_from(user, token, 3, LATER).items == first[3:]


def test_what_was_learnt_is_told_when_the_worker_is_done(album):
    user = person()
    token = rating_session.start_session(user, LATER)
    rated = rate_all(user, token, 5)
    assert rating_session.summary(user, token).pending
    learn.learn_user(user.pk)
    told = rating_session.summary(user, token)
    assert not told.pending
    assert (told.rated, told.of) == (4, rating_session.SESSION_LENGTH)
    assert sum(row.count for row in told.genres) == len(rated)
    assert tuple(moved.after for moved in told.agents) == agent_weights(user.pk)


def test_a_rating_that_was_taken_back_is_not_counted(album):
    user = person()
    token = rating_session.start_session(user, LATER)
    item = rate_all(user, token, 5, first=1)[0]
    learn.learn_user(user.pk)
    events.rate(user, item.image.public_id, None, "feed", LATER)
    told = rating_session.summary(user, token)
    assert (told.rated, told.pending) == (0, False)


def test_a_second_thought_is_one_guess(album):
    user = person()
    token = rating_session.start_session(user, LATER)
    item = rate_all(user, token, 5, first=2)[0]
    events.rate(user, item.image.public_id, None, "feed", LATER)
    events.rate(user, item.image.public_id, 2, "feed", LATER)
    learn.learn_user(user.pk)
    told = rating_session.summary(user, token)
    assert (told.rated, told.judged) == (2, 2)
    assert taste.taste_of(user, LATER).judged == 2


def test_a_rating_session_is_its_persons_own(album):
    token = rating_session.start_session(person(), LATER)
    with pytest.raises(UnknownCursor):
        rating_session.summary(person(), token)


def test_without_script_one_picture_follows_another(album, client):
    user = person()
    client.force_login(user)
    page = client.get("/rate/", follow=True)
    address = page.request["PATH_INFO"]
    first, second, third = (card.image.public_id for card in page.context["cards"][:3])
    client.post(f"/i/{first}/rate/", {"value": "4"}, headers={"Referer": f"http://testserver{address}"})
    assert client.get(address).context["cards"][0].image.public_id == second
    assert client.get(f"{address}?from=2").context["cards"][0].image.public_id == third


def test_a_rating_session_at_its_end_tells_what_was_learnt(album, client):
    user = person()
    client.force_login(user)
    token = rating_session.start_session(user, LATER)
    rate_all(user, token, 4, first=rating_session.SESSION_LENGTH)
    answer = client.get(reverse("recommender:rating_session", args=[token]), follow=True)
    assert "You rated 20 pictures" in answer.content.decode()


def test_an_unknown_rating_session_begins_another(album, client):
    client.force_login(person())
    for path in ("/rate/nothing/", "/rate/nothing/learnt/"):
        assert client.get(path)["Location"] == "/rate/"


def test_in_a_private_session_rating_waits(album, client):
    user = person()
    client.force_login(user)
    begun = client.get("/rate/")["Location"]
    client.post("/taste/private/", {"on": "1"})
    for address in ("/rate/", begun):
        html = client.get(address).content.decode()
        assert "Nothing is recorded in a private session" in html
        assert "data-rating-session" not in html
        assert "End it" in html
    assert Feed.objects.count() == 1
    client.post("/taste/private/", {"on": "0"})
    assert "data-rating-session" in client.get(begun).content.decode()
