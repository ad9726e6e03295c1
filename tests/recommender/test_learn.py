"""After a rating: the agents' steps are logged, exactly once, and the slate follows the taste."""

from datetime import timedelta

import pytest

from gallery import events
from gallery.models import Job, RatingChange
from recommender.data.slates import current_slate
from recommender.engine.agents import Hindsight, Memory
from recommender.models import AgentPair, AgentStep, Impression, Slate
from recommender.services import learn, schedule
from tests.factories import NOON, person

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def rate(user, image, value, at=LATER):
    events.rate(user, image.public_id, value, "feed", at)


def sea_share(user, first=12):
    slate = current_slate(user.pk)
    from gallery.models import Image

    genres = Image.objects.in_bulk(slate.rows["image"][:first].tolist())
    return sum(genres[pk].genre.slug == "sea" for pk in slate.rows["image"][:first].tolist()) / first


def test_the_first_rating_makes_a_slate(album):
    user = person("newcomer")
    rate(user, album["sea"][0], 5)
    assert learn.run(user.pk)
    assert album["sea"][0].pk not in current_slate(user.pk).rows["image"]


def test_the_slate_follows_what_is_liked(album):
    user = person("newcomer")
    for number in range(5):
        rate(user, album["sea"][number], 5)
        rate(user, album["city"][number], 1)
    learn.run(user.pk)
    assert sea_share(user, 7) > 0.8


def test_each_rating_is_one_logged_step(album):
    user = person("newcomer")
    rate(user, album["sea"][0], 5)
    rate(user, album["city"][0], 1)
    learn.run(user.pk)
    assert list(AgentStep.objects.filter(user=user).values_list("satisfaction", flat=True)) == [5, 1]


def test_delivered_twice_changes_nothing_twice(album):
    user = person("newcomer")
    rate(user, album["sea"][0], 5)
    learn.run(user.pk)
    before = AgentPair.objects.values().get(user=user)
    assert not learn.run(user.pk)
    schedule.learning(user.pk)
    learn.run(user.pk)
    assert AgentPair.objects.values().get(user=user) == before
    assert AgentStep.objects.filter(user=user).count() == 1


def test_the_log_replays_to_the_stored_state(album):
    user = person("newcomer")
    for number in range(8):
        rate(user, album["sea"][number], 5 - number % 3)
    learn.run(user.pk)
    pair = AgentPair.objects.get(user=user)
    stored = Memory.from_json(pair.memory)
    agents = Hindsight()
    memory = agents.start(stored.prior)
    for step in AgentStep.objects.filter(user=user):
        memory, _ = agents.step(memory, step.satisfaction, step.p_cf, step.p_cb)
    assert memory.to_json() == pair.memory


def test_taking_a_rating_back_is_no_step_and_empties_the_slate(album):
    user = person("newcomer")
    rate(user, album["sea"][0], 5)
    learn.run(user.pk)
    rate(user, album["sea"][0], None)
    learn.run(user.pk)
    assert AgentStep.objects.filter(user=user).count() == 1
    assert not Slate.objects.filter(user=user).exists()
    assert AgentPair.objects.get(user=user).learnt_through == RatingChange.objects.order_by("-pk").first().pk


def test_the_prediction_that_was_shown_is_the_one_that_is_judged(album):
    from recommender.services.recommend import feed_page

    user = person("newcomer")
    rate(user, album["sea"][0], 4)
    learn.run(user.pk)
    page = feed_page(user, None, LATER)
    shown = page.items[0]
    rate(user, shown.image, 2, LATER + timedelta(minutes=1))
    learn.run(user.pk)
    step = AgentStep.objects.filter(user=user).last()
    impression = Impression.objects.get(feed__user=user, image=shown.image)
    assert (step.p_cf, step.p_cb) == (impression.p_cf, impression.p_cb)


def test_a_rating_asks_for_learning_in_its_own_transaction(album):
    user = person("newcomer")
    rate(user, album["sea"][0], 5)
    assert Job.objects.get(kind="learn", key=str(user.pk)).state == Job.State.DUE
