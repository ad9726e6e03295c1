"""Six fake accounts (3 %) bring their pictures neither before honest people nor onto the first page of
Explore (decision 40)."""

from datetime import timedelta

import numpy as np
import pytest

from gallery.acts import events
from gallery.browse import trending
from gallery.models import AccountWeight, Image, Listing
from gallery.trust import services
from recommender.data import artifacts
from recommender.data.slates import current_slate
from recommender.models import Version
from recommender.services import job_requests, nightly, recommend
from tests import rigged
from tests.factories import NOON, person

ASKED, FIRST, EXPLORE_PAGE = 60, 10, 40
MOST = 0.02  # of the pairs of an honest person and a target


def ranks(world):
    """The best place of the targets in each order of Explore, from 1 on."""
    targets = {target.pk for target in world.targets}
    orders = {"trending": Listing.objects.all().trending(), "best": Listing.objects.all().best()}
    return {
        name: 1 + min(n for n, pk in enumerate(rows.values_list("pk", flat=True)) if pk in targets)
        for name, rows in orders.items()
    }


def reached(world, now):
    """The share of pairs of an honest person and a target where it is among the first ten of the feed."""
    found = 0
    for user in world.people[:ASKED]:
        shown = {item.image.pk for item in recommend.feed_page(user, None, now).items[:FIRST]}
        found += sum(target.pk in shown for target in world.targets)
    return found / (ASKED * len(world.targets))


def newcomer(world):
    """Somebody who came today and loves the genre of the first target, and the target, too."""
    user = person("newcomer")
    loved = Image.objects.filter(genre=world.targets[0].genre, rating_count__gt=0)
    others = Image.objects.exclude(genre=world.targets[0].genre).filter(rating_count__gt=0)
    for stars, images in ((5, loved.order_by("pk")[:8]), (2, others.order_by("pk")[:8])):
        values = {image.public_id: stars for image in images}
        events.rate_each(user, values, "explore", NOON - timedelta(minutes=5))
    return user


def run_night(monkeypatch, now):
    """Without the steps whose results nothing here reads."""
    steps = [step for step in nightly.NIGHT_STEPS if step.name not in {"catch_up", "preferences"}]
    monkeypatch.setattr(nightly, "NIGHT_STEPS", steps)
    nightly.run_night(job_requests.request_another_night(now))
    assert Version.objects.filter(current=True).exists()


# Without a transaction around it: the night renews its lease from another connection.
@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(300)
def test_fakes_push_nothing(night_files, monkeypatch):
    world = rigged.site()
    services.refresh(NOON - timedelta(days=1))  # an earlier night
    honest = np.array(list(AccountWeight.objects.values_list("weight", flat=True)))
    assert len(honest) == len(world.people)
    assert honest.mean() > 0.95
    assert honest.min() >= 0.5
    assert not services.clusters()

    fakes = rigged.add_fakes(world, 6)
    trending.refresh(NOON)
    assert min(ranks(world).values()) > EXPLORE_PAGE, "in the hours before the night"

    own = newcomer(world)
    run_night(monkeypatch, NOON)
    trending.refresh(NOON)
    assert min(ranks(world).values()) > EXPLORE_PAGE
    assert reached(world, NOON + timedelta(minutes=1)) <= MOST
    (group,) = services.clusters().values()
    assert {row.user_id for row in group} == {fake.pk for fake in fakes}

    known = artifacts.load_ratings(Version.objects.get(current=True).artifact).users.ids
    assert np.isin([user.pk for user in world.people], known).all()
    assert not np.isin([own.pk, *(fake.pk for fake in fakes)], known).any()
    assert AccountWeight.objects.get(user=own).reason == AccountWeight.Reason.NEW
    best = current_slate(own.pk).images[:FIRST].tolist()
    assert Image.objects.filter(pk__in=best, genre=world.targets[0].genre).count() >= FIRST / 2

    rigged.add_fakes(world, 4, "late")
    services.refresh(NOON + timedelta(hours=1))
    trending.refresh(NOON + timedelta(hours=1))
    assert min(ranks(world).values()) > EXPLORE_PAGE, "ten fakes"
