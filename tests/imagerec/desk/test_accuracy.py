"""The accuracy of predictions on the dashboard: numbers worked by hand, and what is said of them."""

from datetime import timedelta

import numpy as np
import pytest
from django.urls import reverse

from gallery.models import RatingChange
from imagerec.desk import dashboard, panels
from recommender.models import AgentMove, AgentStep
from recommender.sources import SOURCES
from tests.factories import NOON, image, person, staff
from tests.gallery.admin_people import client_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def step(user, rating, cf, cb, blend, at=NOON, net=None):
    change = RatingChange.objects.create(user=user, image=image(), new=rating, at=at)
    taken = AgentStep.objects.create(user=user, change=change, satisfaction=rating, blend=blend, at=at)
    for source, predicted in zip(SOURCES, (cf, cb, net), strict=True):
        AgentMove.objects.create(
            step=taken, source=source.name, predicted=predicted, state=5, action=0, reward=0, next_state=5
        )


def test_errors_are_means_of_distances_over_the_same_ratings():
    owner = person()
    step(owner, 5, 4.0, 2.0, 4.5)  # errors: blend 0.5, equal 2.0, cf 1.0, cb 3.0
    step(owner, 2, 3.0, 2.0, 2.0)  # errors: blend 0.0, equal 0.5, cf 1.0, cb 0.0
    step(owner, 3, 3.0, 4.0, 4.0, NOON - DAY)  # errors: blend 1.0, equal 0.5, cf 0.0, cb 1.0
    step(owner, 1, None, 5.0, 5.0)  # nothing to compare: collaborative could not predict
    found = panels.accuracy(NOON)
    lines = found.by_agents, found.equal, found.alone["neighbours"], found.alone["content"]
    assert [line.by_day[-1] for line in lines] == [0.25, 1.25, 1.0, 1.5]
    assert [line.by_day[-2] for line in lines] == [1.0, 0.5, 0.0, 1.0]
    assert [line.by_day[-3] for line in lines] == [None] * 4
    assert (found.steps, found.ratings) == (4, 3)
    assert [line.mae for line in lines] == pytest.approx([0.5, 1.0, 2 / 3, 4 / 3])


def test_the_equal_blend_is_over_the_sources_that_predicted():
    owner = person()
    step(owner, 5, 4.0, 2.0, 4.0, net=3.0)  # equal 3.0, network off by 2.0
    step(owner, 2, 3.0, 2.0, 2.0, NOON - DAY)  # equal 2.5, no network
    step(owner, 4, None, 5.0, 4.0, NOON - DAY, net=4.0)  # equal 4.5, network off by 0.0
    step(owner, 1, None, None, 5.0, net=5.0)  # one source, nothing to blend
    found = panels.accuracy(NOON)
    assert (found.steps, found.ratings) == (4, 3)
    assert found.equal.by_day[-2:] == [0.5, 2.0]
    assert found.equal.mae == pytest.approx(1.0)
    assert found.alone["neighbours"].mae == pytest.approx(1.0)
    network = found.alone["demographics"]
    assert (network.ratings, network.mae) == (2, 1.0)
    assert network.by_day[-3:] == [None, 0.0, 2.0]


def test_the_best_fixed_weights_are_those_that_would_have_erred_least():
    owner, rng = person(), np.random.default_rng(4)
    for number in range(40):
        cf, cb = rng.uniform(1, 5, 2)
        rated = int(np.clip(round(0.25 * cf + 0.75 * cb), 1, 5))
        step(owner, rated, cf, cb, (cf + cb) / 2, NOON - DAY * (number % 2))
    found = panels.accuracy(NOON)
    assert found.weights[0] == pytest.approx(0.25, abs=0.1)
    assert sum(found.weights) == pytest.approx(1.0)
    assert found.fixed.mae < found.by_agents.mae == pytest.approx(found.equal.mae)
    assert found.fixed.mae == pytest.approx(sum(found.fixed.by_day[-2:]) / 2)
    assert found.fixed.by_day[-3] is None


@pytest.mark.parametrize(("blend", "clear"), [(4.9, True), (3.0, False), (2.0, False)])
def test_it_is_said_whether_the_agents_clearly_help(blend, clear, monkeypatch):
    monkeypatch.setattr(dashboard.timezone, "now", lambda: NOON)
    for _ in range(8):
        step(person(), 5, 4.0, 2.0, blend)  # equal 3.0
    found = panels.accuracy(NOON).less
    assert found.value == pytest.approx(blend - 3.0)
    assert (found.low > 0) == clear
    page = " ".join(client_of(staff()).get(reverse("admin:index")).text.split())
    assert "With 95 % confidence" in page
    assert ("BLEND_WEIGHTS=equal" in page) == (not clear)


@pytest.mark.parametrize(
    ("blend", "said"),
    [
        (
            4.0,
            ["50.0 % less</strong> than an equal blend", "Picked afterwards", "would have erred 25.0 % more"],
        ),
        (2.0, ["errs more than an equal blend", "would have erred"]),
    ],
)
def test_the_headline_compares_like_with_like(client, blend, said, monkeypatch):
    monkeypatch.setattr(dashboard.timezone, "now", lambda: NOON)

    def line(mae, ratings=3):
        return panels.ErrorLine(ratings, mae, [None] * 29 + [mae])

    by_agents, alone = line(1.0 if blend == 2.0 else 0.4), {"neighbours": line(1.0), "content": line(1.2)}
    accuracy = panels.Accuracy(
        3, 3, panels.days_until(NOON), by_agents, line(0.8), line(0.5), (0.25, 0.75, 0.0),
        alone | {"demographics": line(None, 0)},
    )  # fmt: skip
    monkeypatch.setattr(panels, "accuracy", lambda now: accuracy)
    page = client_of(staff()).get(reverse("admin:index")).text
    assert all(words in page for words in said)
    assert "collaborative 25 %, content 75 %" in page
    assert "best fixed weights (picked afterwards)" in page
    assert "network alone" not in page


def test_the_network_has_a_line_where_it_said_something(client, monkeypatch):
    monkeypatch.setattr(dashboard.timezone, "now", lambda: NOON)
    step(person(), 5, 4.0, 2.0, 4.5, net=3.0)
    step(person(), 5, 4.0, 2.0, 4.5)
    page = client_of(staff()).get(reverse("admin:index")).text
    assert "network alone (1 rating)" in page
