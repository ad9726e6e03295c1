"""The neighbours source follows its settings, and a night updates the neighbours of the previous night."""

from datetime import timedelta

import numpy as np
import pytest

from gallery.acts import events
from gallery.models import Source
from imagerec.settings import SIMILARITIES
from recommender.data import artifacts
from recommender.data.demographics import all_demographics
from recommender.engine import neighbours
from recommender.engine.knn import Centring
from recommender.engine.neighbours import top_neighbours
from recommender.engine.registry import SIMILARITY_CLASSES
from recommender.engine.types import Neighbours
from recommender.models import Version
from recommender.services import job_requests, nightly
from recommender.sources import NEIGHBOURS
from recommender.sources.base import parts_at
from tests.factories import NOON, image, person
from tests.worlds import descriptor, fans, pictures

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(night_files):
    album = pictures()
    return album, fans(album)


def night(now):
    nightly.run_night(job_requests.request_another_night(now))
    return artifacts.load_ratings(Version.objects.get(current=True).artifact)


def fitted_to(ratings):
    return NEIGHBOURS.load(None, ratings, lambda: all_demographics(NOON)).knn


def kept(ratings):
    return Neighbours.from_arrays(ratings.sources["neighbours"])


def from_scratch(model):
    fitted = fitted_to(model)
    return top_neighbours(fitted.index, fitted.settings.reach)


def test_a_night_after_changes_has_the_neighbours_that_a_first_one_would_have(world, settings, monkeypatch):
    album, people = world
    first = night(NOON)
    events.rate(people["sea"][0], album["sea"][0].public_id, 2, Source.FEED, NOON + timedelta(hours=1))
    events.rate(person("latecomer"), album["sea"][1].public_id, 5, Source.FEED, NOON + timedelta(hours=2))
    worked_out = []
    real = neighbours.updated
    monkeypatch.setattr(neighbours, "updated", lambda *args: worked_out.append(args) or real(*args))
    second = night(NOON + timedelta(days=1))
    changed = worked_out[0][3] | (worked_out[0][2] < 0)
    assert changed.sum() == 2
    reach = settings.RECOMMENDER["reach"]
    np.testing.assert_array_equal(kept(second).rows[:, :reach], from_scratch(second).rows)
    assert len(second.users) == len(first.users) + 1


def test_neighbours_found_under_other_settings_are_not_taken_over(world, settings, monkeypatch):
    night(NOON)
    settings.RECOMMENDER = settings.RECOMMENDER | {"similarity": "pearson"}
    monkeypatch.setattr(neighbours, "updated", None)
    second = night(NOON + timedelta(days=1))
    np.testing.assert_array_equal(
        kept(second).rows[:, : settings.RECOMMENDER["reach"]], from_scratch(second).rows
    )


def test_a_slate_by_the_nights_neighbours_is_that_of_a_fresh_look(world):
    _, people = world
    model = nightly_model(NOON)
    user = people["sea"][0]
    known, fresh = (
        model.predict(person_of(model, user, unchanged))["neighbours"] for unchanged in (True, False)
    )
    np.testing.assert_allclose(known.values, fresh.values, atol=1e-12)
    assert known.figures == fresh.figures


def test_where_no_neighbour_rated_it_their_part_is_nothing(world):
    unrated, (_, people) = image("unrated", genre_slug="sea", descriptor=descriptor("sea", 100)), world
    model = nightly_model(NOON)
    user = person_of(model, people["sea"][0], True)
    found = model.predict(user)["neighbours"]
    index = int(np.flatnonzero(model.content.images == unrated.pk)[0])
    parts = parts_at(NEIGHBOURS, found, index, user.base)
    assert parts["neighbours"] == pytest.approx(0, abs=1e-9)
    assert parts["factors"] != 0


def nightly_model(now):
    from recommender.services.model import load_site_model

    night(now)
    return load_site_model(Version.objects.get(current=True).artifact)


def person_of(model, user, unchanged):
    from recommender.data.snapshot import read_ratings, read_view_counts

    return model.user_signals(
        user.pk, read_ratings(user.pk), read_view_counts(NOON, user.pk), unchanged=unchanged
    )


def test_every_similarity_can_be_chosen(world, settings):
    ratings = night(NOON)
    for name in SIMILARITIES:
        settings.RECOMMENDER = settings.RECOMMENDER | {
            "similarity": name,
            "centring": "mean",
            "significance": 5,
        }
        model = fitted_to(ratings)
        assert type(model.settings.measure) is SIMILARITY_CLASSES[name]
        assert (model.settings.centring, model.settings.significance) == (Centring.MEAN, 5)
        assert np.isfinite(model.predict_rows(range(3)).values).all()


def test_the_settings_offer_what_the_engine_has():
    assert set(SIMILARITIES) == set(SIMILARITY_CLASSES)
