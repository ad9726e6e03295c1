"""Experiments on the site: each person has the weights of one arm everywhere, is exposed once, and comes back
to the agents at the end."""

from datetime import timedelta

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from gallery.acts import events
from gallery.models import Image, Job
from gallery.plumbing.errors import BadValue
from recommender import sources
from recommender.data import experiments as log
from recommender.data.agents import agent_weights, all_weights
from recommender.data.slates import current_slate
from recommender.engine.arms import classic_start, classic_step
from recommender.lab.experiments import ALL_RATINGS, OPENED, SHOWN
from recommender.models import Agents, AgentStep, ClassicAgents, Experiment, Exposure, Impression
from recommender.services import experiments, explanation, job_requests, learn, nightly, rating_session, taste
from recommender.services.model import blended
from recommender.services.recommend import feed_page
from tests.factories import NOON, person
from tests.recommender.logged import predicted

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
EVEN = {"hindsight": 1, "equal": 1, "classic": 1}


def start(shares=EVEN, name="weights", days=7, people=30, at=LATER):
    return experiments.start(name, shares, days, people, person(), at)


def rated(user, album, n=4, at=LATER):
    for number in range(n):
        events.rate(user, album["sea"][number].public_id, 5, "feed", at)
        events.rate(user, album["city"][number].public_id, 1, "feed", at)
    learn.learn_user(user.pk)


def rater_in(arm, album, experiment):
    """A user of this arm, with ratings."""
    users = (person() for _ in range(200))
    user = next(user for user in users if log.arm_of(user.pk, experiment) == arm)
    rated(user, album)
    return user


def agents_of(user):
    """The weights of the agents themselves."""
    return tuple(state / 10 for state in Agents.objects.get(user=user).memory["states"])


def replay(user):
    """The weights of the paper's agents after the logged steps, from the engine alone."""
    memory = classic_start(user.pk)
    for step in AgentStep.objects.filter(user=user).order_by("pk"):
        said = tuple(predicted(step)[:2])
        memory = classic_step(memory, user.pk, step.change_id, float(step.satisfaction), said)
    return memory


def weights_of_page(user, album):
    """What the feed, the reasons, the night and My taste say the weights are."""
    assert feed_page(user, None, LATER, size=8).items
    slate, rows = current_slate(user.pk), Impression.objects.filter(user=user).order_by("-pk")[:8]
    weights = agent_weights(user.pk)
    blend = dict(zip(slate.images.tolist(), blended(weights, slate.predictions), strict=True))
    assert [row.blend for row in rows] == pytest.approx([blend[row.image_id] for row in rows], abs=1e-3)
    told = explanation.explain(user, Image.objects.get(pk=rows[0].image_id), LATER)
    assert sum(part.value for part in told.parts) == pytest.approx(told.score, abs=1e-6)
    assert [weight for _, weight in told.weights] == list(weights[: len(told.weights)])
    assert all_weights()[user.pk] == weights
    charts = {one.source.name: one.values[-1] for one in taste.taste_of(user, LATER).weights}
    for source, weight in zip(sources.SOURCES, weights, strict=False):
        assert charts.get(source.name, weight) == weight
    return weights


def test_each_arm_has_its_weights_everywhere(album):
    experiment = start()
    for arm in EVEN:
        user = rater_in(arm, album, experiment)
        own = agents_of(user)
        expected = {"hindsight": own, "equal": (0.5,) * len(own), "classic": replay(user).weights}
        assert weights_of_page(user, album) == expected[arm]


def test_who_had_ratings_before_gets_a_slate_of_the_arm_and_at_the_end_one_of_the_agents(album):
    user = person()
    rated(user, album)
    # agents that trust one source alone, so that equal weights differ
    Agents.objects.filter(user=user).update(memory=Agents.objects.get(user=user).memory | {"states": [10, 0]})
    job_requests.request_learning(user.pk)
    learn.learn_user(user.pk)
    before = current_slate(user.pk)
    name = next(n for n in map(str, range(99)) if log.arm_of(user.pk, unsaved(n)) == "equal")
    experiment = start({"hindsight": 1, "equal": 1}, name=name)
    assert Job.objects.get(kind="learn", key=str(user.pk)).state == "due"
    learn.learn_user(user.pk)
    during = current_slate(user.pk)
    assert agent_weights(user.pk) == (0.5, 0.5)
    assert order(during) != order(before) or not np.array_equal(during.expected, before.expected)
    experiments.end(experiment.pk, LATER + timedelta(days=1))
    assert agent_weights(user.pk) == (1.0, 0.0)
    learn.learn_user(user.pk)
    assert np.array_equal(current_slate(user.pk).expected, before.expected)


def unsaved(name):
    return Experiment(key=f"{LATER:%Y-%m-%d} {name}", arms={"hindsight": 1, "equal": 1})


def order(slate):
    return slate.images.tolist()


def test_the_papers_agents_learn_the_whole_log_and_then_each_step_once(album):
    everybody = [person() for _ in range(9)]
    for user in everybody:
        rated(user, album, 2)
    experiment = start()
    user = next(one for one in everybody if log.arm_of(one.pk, experiment) == "classic")
    learn.learn_user(user.pk)
    assert ClassicAgents.objects.get(user=user).memory == replay(user).to_json()
    rated(user, album, 5, LATER + timedelta(minutes=5))
    assert AgentStep.objects.filter(user=user).count() > 4
    assert ClassicAgents.objects.get(user=user).memory == replay(user).to_json()
    assert set(ClassicAgents.objects.values_list("experiment", flat=True)) == {experiment.pk}
    experiments.end(experiment.pk, LATER + timedelta(days=1))
    assert not ClassicAgents.objects.exists()
    assert agent_weights(user.pk) == agents_of(user)


def test_a_night_writes_the_slates_of_the_arms(album):
    experiment = start()
    users = {arm: rater_in(arm, album, experiment) for arm in EVEN}
    slates = {arm: current_slate(user.pk) for arm, user in users.items()}
    nightly.run_night(job_requests.request_another_night(LATER))
    for arm, user in users.items():
        weights = agent_weights(user.pk)
        night = current_slate(user.pk)
        assert len(night.images) == len(slates[arm].images)
        assert night.expected == pytest.approx(blended(weights, night.predictions), abs=1e-4), arm


def test_a_person_is_exposed_once_by_the_first_page(album):
    experiment, user = start(), person()
    assert not Exposure.objects.exists()
    page = feed_page(user, None, LATER, size=5)
    feed_page(user, page.cursor, LATER + timedelta(minutes=1), size=5)
    feed_page(user, None, LATER + timedelta(days=1))
    assert list(Exposure.objects.values_list("experiment", "user", "arm", "at")) == [
        (experiment.pk, user.pk, log.arm_of(user.pk, experiment), LATER)
    ]
    log.expose(user.pk, experiment.pk, LATER + timedelta(days=2))  # two first pages at the same time
    assert Exposure.objects.get().at == LATER


def test_nobody_is_exposed_in_a_private_session_or_without_an_experiment(album):
    user = person()
    feed_page(user, None, LATER)
    experiment = start()
    feed_page(user, None, LATER, private=True)
    experiments.end(experiment.pk, LATER + timedelta(days=1))
    feed_page(user, None, LATER + timedelta(days=2))
    assert not Exposure.objects.exists()


def test_a_page_asks_no_more_while_an_experiment_runs(album, client):
    user = person()
    rated(user, album)
    client.force_login(user)

    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/for-you/").status_code == 200
        return len(asked)

    queries()
    without = queries()
    start()
    queries()  # exposes
    assert queries() == without


def test_only_one_experiment_runs(album):
    first = start()
    with pytest.raises(BadValue, match="runs already"):
        start(name="another")
    with pytest.raises(IntegrityError), transaction.atomic():
        Experiment.objects.create(key="a", name="a", arms=EVEN, days=1, people=1, started_at=NOON)
    experiments.end(first.pk, LATER)
    with pytest.raises(BadValue, match="ended already"):
        experiments.end(first.pk, LATER)
    with pytest.raises(BadValue, match="started today"):
        start()
    start(name="another")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"shares": {"equal": 1, "classic": 1}}, "hindsight"),
        ({"shares": {"hindsight": 1, "equal": 0}}, "at least one other arm"),
        ({"days": 0}, "150 days"),
        ({"days": 151}, "150 days"),
        ({"people": 29}, "fewer than 10"),
        ({"shares": {"hindsight": 99, "equal": 1}, "people": 900}, "fewer than 10"),
    ],
)
def test_a_rule_that_cannot_give_a_result_is_refused(changed, said):
    with pytest.raises(BadValue, match=said):
        start(**changed)
    assert not Experiment.objects.exists()


def test_what_exposed_people_did_is_counted_for_their_arm(album):
    user, other = person(), person()
    events.rate(user, album["sea"][0].public_id, 1, "feed", NOON)  # before the experiment
    experiment = start()
    shown = feed_page(user, None, LATER, size=5).items[0].image
    after = LATER + timedelta(minutes=1)
    events.record_view(user, shown.public_id, "feed", after)
    events.rate(user, shown.public_id, 4, "feed", after)
    unseen = album["forest"][11] if shown.pk != album["forest"][11].pk else album["forest"][10]
    Impression.objects.filter(image=unseen).delete()
    events.rate(user, unseen.public_id, 2, "search", after)
    events.rate(other, shown.public_id, 5, "feed", after)  # was not exposed
    found = log.read_experiment(experiment, after)
    own = next(arm for arm in found.arms if arm.arm == log.arm_of(user.pk, experiment))
    plain = {name: (sums.tolist(), counts.tolist()) for name, (sums, counts) in own.measures.items()}
    assert plain == {SHOWN: ([4], [1]), ALL_RATINGS: ([6], [2]), OPENED: ([1], [5])}
    assert found.people == 1
    assert [arm.people for arm in found.arms if arm is not own] == [0, 0]


def test_the_result_is_that_of_the_moment_of_the_rule(album):
    experiment, users = start(days=2), [person() for _ in range(31)]
    for number, user in enumerate(users[:29]):
        log.expose(user.pk, experiment.pk, LATER + timedelta(hours=number))
    much_later = LATER + timedelta(days=30)
    assert not log.read_experiment(experiment, much_later).reached  # too few people
    log.expose(users[29].pk, experiment.pk, LATER + timedelta(days=3))
    assert log.decided_at(experiment) == LATER + timedelta(days=3)
    assert not log.read_experiment(experiment, LATER + timedelta(days=2, hours=23)).reached
    log.expose(users[30].pk, experiment.pk, LATER + timedelta(days=4))
    events.rate(users[0], album["sea"][0].public_id, 5, "feed", LATER + timedelta(days=2))
    events.rate(users[0], album["sea"][1].public_id, 1, "feed", LATER + timedelta(days=5))
    found = log.read_experiment(experiment, much_later)
    assert (found.reached, found.people, sum(arm.count(ALL_RATINGS) for arm in found.arms)) == (True, 30, 1)
    experiments.end(experiment.pk, LATER + timedelta(days=2, hours=12))
    experiment.refresh_from_db()
    assert not log.read_experiment(experiment, much_later).reached  # ended before its rule


def test_a_session_tells_of_agents_only_where_they_decide(album):
    experiment = start()
    told = {}
    for arm in EVEN:
        user = rater_in(arm, album, experiment)
        page = rating_session.feed_page(user, None, LATER, 5, only_unseen=True)
        events.rate(user, page.items[0].image.public_id, 5, "feed", LATER + timedelta(minutes=1))
        learn.learn_user(user.pk)
        told[arm] = bool(rating_session.summary(user, page.cursor.rpartition(".")[0]).agents)
    assert told == {"hindsight": True, "equal": False, "classic": False}


def test_equal_weights_are_a_setting(album, settings):
    user = User.objects.get(username="sea0")
    assert agent_weights(user.pk) == all_weights()[user.pk]
    settings.RECOMMENDER = settings.RECOMMENDER | {"weights": "equal"}
    assert len(set(agent_weights(user.pk))) == 1
    assert len(set(all_weights()[user.pk])) == 1
