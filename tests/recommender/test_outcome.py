"""How ratings turn out: learnt from the log, served in slates, shown in the why panel."""

from datetime import timedelta

import numpy as np
import pytest

from gallery.acts import events
from gallery.models import RatingChange
from recommender import explanation_text
from recommender.data.agents import LearntRating, LoggedPredictions, log_steps, logged_predictions
from recommender.data.slates import current_slate
from recommender.engine.agents import Move
from recommender.models import AgentStep
from recommender.services import explanation, job_requests, learn, nightly, outcome
from tests.factories import NOON, person

LATER = NOON + timedelta(hours=1)
STILL = Move(5, 0, 0.0, 5)


def logged(n: int, seed: int = 0) -> LoggedPredictions:
    """Users who give two stars less than predicted."""
    rng = np.random.default_rng(seed)
    blend = rng.uniform(2.5, 4.5, n)
    given = np.clip(np.round(blend - 2 + rng.normal(0, 0.7, n)), 1, 5)
    return LoggedPredictions(given, blend, {"content": blend + 0.1}, rng.integers(0, 50, n))


def test_a_blend_that_is_too_high_is_lowered_and_keeps_its_order() -> None:
    model = outcome.load(outcome.fit(logged(2000)))
    blend = np.array([2.6, 3.0, 4.0, np.nan])
    found = outcome.outcomes(model, blend, {"content": blend + 0.1}, 10)
    assert (np.diff(found.expected[:3]) > 0).all()
    assert np.abs(found.expected[:3] - np.maximum(blend[:3] - 2, 1)).max() < 0.6
    assert set(found.median[:3]) <= {1.0, 2.0, 3.0}
    assert np.isnan(found.expected[3])
    assert np.isnan(found.median[3])


@pytest.mark.parametrize(
    "log", [logged(outcome.FEWEST_STEPS - 1), LoggedPredictions(*[np.zeros(0)] * 2, {}, np.zeros(0))]
)
def test_a_short_log_teaches_nothing(log) -> None:
    assert outcome.fit(log) == {}
    blend = np.array([3.3])
    found = outcome.outcomes(outcome.load({}), blend, {}, 0)
    assert found.expected.tolist() == [3.3]
    assert np.isnan(found.median[0])


def test_a_model_of_other_sources_is_not_used() -> None:
    arrays = outcome.fit(logged(400))
    assert outcome.load(arrays) is not None
    assert outcome.load(arrays | {outcome.NAMES: np.array(["others"])}) is None


@pytest.mark.django_db
def test_the_log_is_read_with_what_was_known_before(album):
    user, pictures = person("reader"), album["sea"]
    for minute, (picture, stars) in enumerate([(0, 5), (1, 4), (0, 3)]):
        events.rate(user, pictures[picture].public_id, stars, "feed", LATER + timedelta(minutes=minute))
    events.rate(user, pictures[2].public_id, 1, "feed", LATER + timedelta(minutes=5))
    learn.learn_user(user.pk)
    found = logged_predictions(100)
    assert found.given.tolist()[-4:] == [5, 4, 3, 1]
    assert found.known.tolist()[-4:] == [0, 1, 2, 2]
    assert found.predicted["content"].shape == found.given.shape
    assert len(logged_predictions(2).given) == 2


@pytest.fixture
def taught(album):
    """A user after a night that learnt from a log of users who gave less than predicted."""
    critic, log = person("critic"), logged(500)
    changes = [
        RatingChange(user=critic, image=album["sea"][0], new=int(stars), at=NOON) for stars in log.given
    ]
    RatingChange.objects.bulk_create(changes)
    log_steps(
        [
            LearntRating(change, int(stars), float(blend), {"content": (STILL, float(value))})
            for change, stars, blend, value in zip(
                changes, log.given, log.blend, log.predicted["content"], strict=True
            )
        ]
    )
    nightly.run_night(job_requests.request_another_night(NOON + timedelta(days=1)))
    user = person("rater")
    for number in range(4):
        events.rate(user, album["sea"][number].public_id, 5, "feed", NOON + timedelta(days=1, hours=1))
    learn.learn_user(user.pk)
    return user


@pytest.mark.django_db
def test_slates_and_reasons_follow_how_ratings_turn_out(taught, album):
    assert AgentStep.objects.count() >= 500
    slate = current_slate(taught.pk)
    assert (np.diff(slate.expected + slate.popular + slate.chosen) <= 1e-5).all()
    assert set(slate.median.tolist()) <= {1.0, 2.0, 3.0, 4.0, 5.0}
    picture = next(p for p in album["city"] if p.pk in slate.images)
    why = explanation.explain(taught, picture, NOON + timedelta(days=1, hours=2))
    assert sum(part.value for part in why.parts) == pytest.approx(why.score, abs=1e-5)
    assert {part.kind: part.value for part in why.parts}["usual"] < -0.3
    panel = explanation_text.panel(why)
    assert panel.guess == why.guess
    assert sum(row.value for row in panel.rows) == panel.total
    assert "As your ratings usually turn out" in [row.name for row in panel.rows]
