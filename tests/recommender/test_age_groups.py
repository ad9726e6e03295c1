"""Age in the neighbourhood: neighbours of a similar age count more; nothing changes for users without an
age."""

import numpy as np
import pytest

from gallery.acts import events
from gallery.models import Rating
from recommender.data.artifacts import load_content, load_ratings
from recommender.data.demographics import demographics_of
from recommender.data.snapshot import read_ratings, read_view_counts
from recommender.engine.knn import FittedUserKnn
from recommender.models import Demographics, Version
from recommender.services import job_requests, nightly
from recommender.services.model import assemble
from tests.factories import NOON, person
from tests.worlds import pictures

pytestmark = pytest.mark.django_db
YEARS = {"young": 2004, "old": 1950, "told": 2003, "silent": None}


@pytest.fixture
def site(night_files):
    """Four of one taste in the city and the forest; of the sea the young one liked what the old one did
    not."""
    album, ratings, people = pictures(3), [], {name: person(name) for name in YEARS}
    sea = {"young": 5, "old": 1}
    for name, user in people.items():
        if YEARS[name]:
            Demographics.objects.create(user=user, birth_year=YEARS[name], at=NOON)
        values = {image: 2 + place for place, image in enumerate(album["city"] + album["forest"][:1])}
        values |= {image: sea[name] for image in album["sea"] if name in sea}
        for image, value in values.items():
            ratings.append(Rating(user=user, image=image, value=value, created_at=NOON, updated_at=NOON))
    events.record_history(events.History(ratings=ratings))
    nightly.run_night(job_requests.request_another_night(NOON))
    return people, album


nearest_to = FittedUserKnn.nearest_to


def of_the_sea(settings, monkeypatch, site, name, groups):
    """The prediction for the sea, and whether it uses the neighbours that the night found."""
    settings.RECOMMENDER = settings.RECOMMENDER | {"age_groups": groups}
    people, album = site
    key = Version.objects.get(current=True).artifact
    model = assemble(load_content(key), load_ratings(key), NOON)
    user = people[name].pk
    said = demographics_of(user, NOON)
    one = model.user_signals(
        user, read_ratings(user), read_view_counts(NOON, user), demographics=said, unchanged=True
    )
    column = model.content.rows_of(np.array([album["sea"][0].pk]))[0]
    looked = []
    knn = model.loaded["neighbours"].knn
    monkeypatch.setattr(type(knn), "nearest_to", lambda *args: looked.append(args) or nearest_to(*args))
    return model.predict(one)["neighbours"].values[column], not looked


@pytest.mark.parametrize("groups", ["relative", "absolute"])
def test_who_is_near_in_years_counts_more(settings, monkeypatch, site, groups):
    plain, kept = of_the_sea(settings, monkeypatch, site, "told", "off")
    weighed, again = of_the_sea(settings, monkeypatch, site, "told", groups)
    assert weighed > plain
    assert kept
    assert not again  # the night's neighbours know ratings alone


def test_who_told_nothing_is_predicted_the_same_and_keeps_the_nights_neighbours(settings, monkeypatch, site):
    plain, _ = of_the_sea(settings, monkeypatch, site, "silent", "off")
    weighed, kept = of_the_sea(settings, monkeypatch, site, "silent", "relative")
    assert weighed == plain
    assert kept
