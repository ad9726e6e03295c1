"""Popularity and "best rated" count each account by its weight; means stay as they are."""

from datetime import timedelta

import pytest

from gallery.acts import events
from gallery.browse import trending
from gallery.models import AccountWeight, Image, Listing
from gallery.trust import services
from tests.factories import NOON, image, person

pytestmark = pytest.mark.django_db


def weigh(user, weight, reason=AccountWeight.Reason.ESTABLISHED, cluster=None):
    AccountWeight.objects.create(user=user, weight=weight, reason=reason, cluster=cluster, at=NOON)


def test_best_rated_counts_by_weight():
    """(0.5 * 5 + 1 * 4 + 0.1 * 5 + 5 * 3) / (0.5 + 1 + 0.1 + 5)."""
    half, full, new, picture = person(), person(), person(), image()
    weigh(half, 0.5)
    weigh(full, 1.0)
    for user, stars in ((half, 5), (full, 4), (new, 5)):
        events.rate(user, picture.public_id, stars, "explore", NOON)
    listing = Listing.objects.get(pk=picture.pk)
    assert listing.best == pytest.approx(22 / 6.6)
    assert listing.mean == pytest.approx(14 / 3)
    Image.objects.get(pk=picture.pk).save()  # the listing is written again
    assert Listing.objects.get(pk=picture.pk).best == pytest.approx(22 / 6.6)


def test_without_established_accounts_all_count_fully():
    picture = image()
    events.rate(person(), picture.public_id, 5, "explore", NOON)
    assert Listing.objects.get(pk=picture.pk).best == pytest.approx(20 / 6)
    events.rate(person(), picture.public_id, None, "explore", NOON)


def test_popularity_counts_by_weight():
    half, new, picture = person(), person(), image()
    weigh(half, 0.5)
    for user in (half, new):
        events.rate(user, picture.public_id, 5, "explore", NOON)
    assert trending.scores(NOON) == {picture.pk: pytest.approx(0.6)}


def test_a_decision_changes_the_order_at_once():
    user, curator, picture = person(), person(), image()
    weigh(user, 0.1, AccountWeight.Reason.GROUP, user.pk)
    events.rate(user, picture.public_id, 5, "explore", NOON)
    services.decide(user.pk, 0.0, curator, NOON + timedelta(hours=1))
    assert Listing.objects.get(pk=picture.pk).best == 3.0
    services.decide(user.pk, 1.0, curator, NOON + timedelta(hours=2))
    assert Listing.objects.get(pk=picture.pk).best == pytest.approx(20 / 6)
