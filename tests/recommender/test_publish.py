"""The checks that a version must pass before it becomes current."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.data import artifacts
from recommender.data.slates import unpack
from recommender.models import Slate, Version
from recommender.services.night import publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(album):
    return Version.objects.get(current=True)


def spoiled(slate, value):
    """Candidates; for the first, each source predicts this value."""
    predictions = {}
    for name, source in slate.predictions.items():
        values = source.values.copy()
        values[0] = value
        predictions[name] = replace(source, values=values)
    return replace(slate, predictions=predictions)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_features_that_are_no_numbers_are_not_published(version, value):
    content = artifacts.load_content(version.artifact)
    features = content.features.copy()
    features[3, 1] = value
    artifacts.save_content(version.artifact, replace(content, features=features))
    with pytest.raises(publish.NotSane, match="features hold values that are not numbers"):
        publish.check(version)


@pytest.mark.parametrize(
    ("value", "why"),
    [(np.nan, "no source predicted"), (np.inf, "scale"), (0.5, "scale"), (5.5, "scale")],
)
def test_predictions_that_nobody_could_have_given_are_not_published(version, value, why):
    slate = Slate.objects.filter(version=version)[0]
    wrong = spoiled(unpack(slate.candidates), value)
    Slate.objects.filter(pk=slate.pk).update(candidates=wrong.pack())
    with pytest.raises(publish.NotSane, match=why):
        publish.check(version)


def test_a_night_that_left_somebody_out_is_not_published(version):
    Slate.objects.filter(version=version)[0].delete()
    with pytest.raises(publish.NotSane, match="1 of 6 people have no slate"):
        publish.check(version)


def test_a_sane_night_says_what_it_holds(version, album):
    figures = publish.check(version)
    assert (figures["people"], figures["images"], figures["newest_image"]) == (
        6, sum(map(len, album.values())), max(image.pk for images in album.values() for image in images),
    )  # fmt: skip
