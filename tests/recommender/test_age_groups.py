"""Age among the neighbours: who is near in years counts more, who told nothing is served as before."""

import numpy as np
import pytest

from gallery.acts import events
from gallery.models import Rating
from recommender.data.artifacts import load_content, load_ratings
from recommender.data.snapshot import read_ratings, read_view_counts
from recommender.models import About, Version
from recommender.services import nightly, schedule
from recommender.services.collaborative import told_by
from recommender.services.model import assemble
from tests.factories import NOON, person
from tests.worlds import pictures

pytestmark = pytest.mark.django_db
YEARS = {"young": 2004, "old": 1950, "told": 2003, "silent": None}


@pytest.fixture
def site(night_files):
    """Four of one taste in the city and the forest; of the sea the young one liked what the old one did not."""
    album, ratings, people = pictures(3), [], {name: person(name) for name in YEARS}
    sea = {"young": 5, "old": 1}
    for name, user in people.items():
        if YEARS[name]:
            About.objects.create(user=user, birth_year=YEARS[name], at=NOON)
        values = {image: 2 + place for place, image in enumerate(album["city"] + album["forest"][:1])}
        values |= {image: sea[name] for image in album["sea"] if name in sea}
        for image, value in values.items():
            ratings.append(Rating(user=user, image=image, value=value, created_at=NOON, updated_at=NOON))
    events.record_history(events.History(ratings=ratings))
    nightly.run(schedule.another(NOON))
    return people, album


def of_the_sea(settings, site, name, groups):
    settings.RECOMMENDER = settings.RECOMMENDER | {"age_groups": groups}
    people, album = site
    key = Version.objects.get(current=True).artifact
    model = assemble(load_content(key), load_ratings(key), NOON)
    user = people[name].pk
    one = model.person(user, read_ratings(user), read_view_counts(NOON, user), told=told_by(user, NOON))
    column = model.content.rows_of(np.array([album["sea"][0].pk]))[0]
    kept = model.neighbours_of(one)
    return model.collaborative(one).values[column], kept


@pytest.mark.parametrize("groups", ["relative", "absolute"])
def test_who_is_near_in_years_counts_more(settings, site, groups):
    plain, kept = of_the_sea(settings, site, "told", "off")
    weighed, again = of_the_sea(settings, site, "told", groups)
    assert weighed > plain
    assert kept is not None
    assert again is None  # the night's neighbours know ratings alone


def test_who_told_nothing_is_predicted_the_same_and_keeps_the_nights_neighbours(settings, site):
    plain, _ = of_the_sea(settings, site, "silent", "off")
    weighed, kept = of_the_sea(settings, site, "silent", "relative")
    assert weighed == plain
    assert kept is not None
