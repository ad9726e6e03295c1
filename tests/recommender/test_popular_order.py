"""What is popular lately counts in the order as much as the newest week shows, and no more."""

from datetime import timedelta

import numpy as np
import pytest
from django.contrib.auth.models import User
from hypothesis import given
from hypothesis import strategies as st

from recommender import explanation_text
from recommender.data import artifacts
from recommender.models import Version
from recommender.services import explanation, job_requests, nightly, popular_order
from recommender.services.popular_order import FEWEST_USERS, SHARES, OrderCase, learnt_share, scaled
from tests.factories import NOON

IMAGES = 200


def cases(count, by_popularity, seed=0):
    """Users who like what is popular, or what is expected of them."""
    rng = np.random.default_rng(seed)
    popular = scaled(rng.exponential(1.0, IMAGES))
    found = []
    for _ in range(count):
        expected = rng.normal(3.5, 0.3, IMAGES)
        found.append(OrderCase(expected, np.argsort(-(popular if by_popularity else expected))[:5]))
    return found, popular


@pytest.mark.parametrize(("by_popularity", "holds"), [(True, lambda s: s >= 0.5), (False, lambda s: s == 0)])
def test_the_share_follows_what_users_liked(by_popularity, holds):
    found, popular = cases(60, by_popularity)
    assert holds(learnt_share(found, popular))


def test_few_users_teach_nothing():
    found, popular = cases(FEWEST_USERS - 1, True)
    assert learnt_share(found, popular) == 0
    assert learnt_share([], popular) == 0


@given(st.lists(st.floats(-5, 1000), min_size=1, max_size=20))
def test_popularity_is_a_share_of_the_most_popular(values):
    found = scaled(np.array(values))
    assert (found >= 0).all()
    assert found.max() == (1 if max(values) > 0 else 0)


@pytest.mark.django_db
def test_a_popular_picture_comes_sooner_and_says_so(album, monkeypatch):
    from recommender.services.night import sources

    star = album["forest"][0]
    monkeypatch.setattr(sources, "_week", lambda *_: iter([...]))  # one case, whatever it is
    monkeypatch.setattr(sources, "learnt_share", lambda *_: SHARES[-1])
    monkeypatch.setattr(sources.trending, "scores", lambda _: {star.pk: 12.0})
    nightly.run_night(job_requests.request_another_night(NOON + timedelta(days=1)))
    stored = artifacts.load_ratings(Version.objects.get(current=True).artifact)
    assert stored.popular.max() == SHARES[-1]
    fan = User.objects.get(username="sea0")
    slate = explanation.current_slate(fan.pk)
    monkeypatch.setattr(explanation, "_known_to_several", lambda _: True)
    assert slate.popular[slate.images == star.pk].tolist() in ([2.0], [])
    if star.pk in slate.images:
        why = explanation.explain(fan, star, NOON + timedelta(days=1, hours=1))
        assert str(explanation_text.POPULAR) in explanation_text.panel(why).sentence


def test_the_lists_are_as_long_as_those_of_the_lab():
    from recommender.lab.evaluation import LIST_LENGTH

    assert popular_order.LIST_LENGTH == LIST_LENGTH
