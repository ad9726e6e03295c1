"""After a rating: agent steps are logged exactly once, and the slate follows the taste."""

from datetime import timedelta

import pytest
from django.db import transaction

from gallery.acts import events
from gallery.models import Image, Job, RatingChange
from recommender.data.slates import current_slate
from recommender.data.snapshot import read_user_views, read_view_counts
from recommender.engine.agents import Hindsight, Memory
from recommender.models import Agents, AgentStep, Impression, Slate
from recommender.services import job_requests, learn, nightly, rating_session, steer
from recommender.sources import SOURCES
from tests.factories import NOON, image, person
from tests.recommender.logged import moves, predicted
from tests.worlds import descriptor, fan, pictures

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def rate(user, image, value, at=LATER):
    events.rate(user, image.public_id, value, "feed", at)


def sea_share(user, first=12):
    slate = current_slate(user.pk)
    from gallery.models import Image

    genres = Image.objects.in_bulk(slate.images[:first].tolist())
    return sum(genres[pk].genre.slug == "sea" for pk in slate.images[:first].tolist()) / first


def test_the_first_rating_makes_a_slate(album):
    user = person("newcomer")
    rate(user, album["sea"][0], 5)
    assert learn.learn_user(user.pk)
    assert album["sea"][0].pk not in current_slate(user.pk).images


def test_the_slate_follows_what_is_liked(album):
    user = person("newcomer")
    for number in range(5):
        rate(user, album["sea"][number], 5)
        rate(user, album["city"][number], 1)
    learn.learn_user(user.pk)
    assert sea_share(user, 7) > 0.8


def test_each_rating_is_one_logged_step(album):
    user = person("newcomer")
    rate(user, album["sea"][0], 5)
    rate(user, album["city"][0], 1)
    learn.learn_user(user.pk)
    assert list(AgentStep.objects.filter(user=user).values_list("satisfaction", flat=True)) == [5, 1]


def test_delivered_twice_changes_nothing_twice(album):
    user = person("newcomer")
    rate(user, album["sea"][0], 5)
    learn.learn_user(user.pk)
    before = Agents.objects.values().get(user=user)
    assert not learn.learn_user(user.pk)
    job_requests.request_learning(user.pk)
    learn.learn_user(user.pk)
    assert Agents.objects.values().get(user=user) == before
    assert AgentStep.objects.filter(user=user).count() == 1


def test_the_log_replays_to_the_stored_state(album):
    user = person("newcomer")
    for number in range(8):
        rate(user, album["sea"][number], 5 - number % 3)
    learn.learn_user(user.pk)
    pair = Agents.objects.get(user=user)
    stored = Memory.from_json(pair.memory)
    agents = Hindsight()
    memory = agents.start(stored.prior)
    for step in AgentStep.objects.filter(user=user):
        memory, _ = agents.step(memory, step.satisfaction, *predicted(step))
    assert memory.to_json() == pair.memory


def test_taking_a_rating_back_is_no_step_and_empties_the_slate(album):
    user = person("newcomer")
    rate(user, album["sea"][0], 5)
    learn.learn_user(user.pk)
    rate(user, album["sea"][0], None)
    learn.learn_user(user.pk)
    assert AgentStep.objects.filter(user=user).count() == 1
    assert not Slate.objects.filter(user=user).exists()
    assert Agents.objects.get(user=user).learnt_through == RatingChange.objects.order_by("-pk").first().pk


def test_the_prediction_that_was_shown_is_the_one_that_is_judged(album):
    from recommender.services.recommend import feed_page

    user = person("newcomer")
    rate(user, album["sea"][0], 4)
    learn.learn_user(user.pk)
    page = feed_page(user, None, LATER)
    shown = page.items[0]
    rate(user, shown.image, 2, LATER + timedelta(minutes=1))
    learn.learn_user(user.pk)
    step = AgentStep.objects.filter(user=user).last()
    impression = Impression.objects.get(feed__user=user, image=shown.image)
    assert predicted(step)[:2] == [impression.predicted[name] for name in ("neighbours", "content")]


def test_a_rating_asks_for_learning_in_its_own_transaction(album):
    user = person("newcomer")
    rate(user, album["sea"][0], 5)
    assert Job.objects.get(kind="learn", key=str(user.pk)).state == Job.State.DUE


def newly_imported():
    """An image of the sea that is newer than the last night."""
    return image("surf", genre_slug="sea", keywords=("sea", "sealight"), descriptor=descriptor("sea", 100))


def steps_of(user):
    """(image, rating, whether anything had been predicted) of each step,
    in the order in which they were taken."""
    steps = AgentStep.objects.filter(user=user).select_related("change").order_by("id")
    return [
        (step.change.image_id, step.satisfaction, predicted(step) != [None] * len(SOURCES)) for step in steps
    ]


def test_what_no_source_predicted_is_no_step_and_waits_for_the_night(album):
    user, strange, known = person("newcomer"), newly_imported(), album["sea"][0]
    rate(user, strange, 5)
    rate(user, known, 4)
    for _ in range(2):  # delivered twice
        learn.learn_user(user.pk)
        job_requests.request_learning(user.pk)
    assert steps_of(user) == [(known.pk, 4, True)]
    rate(user, album["city"][0], 1)
    learn.learn_user(user.pk)
    nightly.run_night(job_requests.request_another_night(LATER + timedelta(hours=1)))
    learn.learn_user(user.pk)
    assert steps_of(user) == [(known.pk, 4, True), (album["city"][0].pk, 1, True), (strange.pk, 5, True)]
    pair = Agents.objects.get(user=user)
    assert (pair.steps, pair.learnt_through) == (3, RatingChange.objects.filter(user=user).latest("pk").pk)
    replayed = Hindsight().start(Memory.from_json(pair.memory).prior)
    for step in AgentStep.objects.filter(user=user):
        replayed, _ = Hindsight().step(replayed, step.satisfaction, *predicted(step))
    assert replayed.to_json() == pair.memory


def test_each_word_about_an_image_that_waits_is_learnt_from(album):
    user, strange = person("newcomer"), newly_imported()
    for value in (5, None, 2):
        rate(user, strange, value)
        learn.learn_user(user.pk)
    nightly.run_night(job_requests.request_another_night(LATER + timedelta(hours=1)))
    assert steps_of(user) == [(strange.pk, 5, True), (strange.pk, 2, True)]


@pytest.mark.parametrize("gone", ["hidden", "deleted"])
def test_an_image_that_no_night_will_know_is_not_waited_for(album, gone):
    user, strange = person("newcomer"), newly_imported()
    rate(user, strange, 5)
    learn.learn_user(user.pk)
    assert Agents.objects.get(user=user).learnt_through < RatingChange.objects.latest("pk").pk
    if gone == "hidden":
        Image.objects.filter(pk=strange.pk).update(visibility=Image.Visibility.HIDDEN)
    else:
        strange.delete()
    rate(user, album["sea"][0], 4)
    learn.learn_user(user.pk)
    assert Agents.objects.get(user=user).learnt_through == RatingChange.objects.latest("pk").pk
    nightly.run_night(job_requests.request_another_night(LATER + timedelta(hours=1)))
    assert steps_of(user) == [(album["sea"][0].pk, 4, True)]


def test_the_night_predicts_what_waited_from_before_it_was_rated(album):
    """The prediction uses neither the rating itself nor later data."""
    found = []
    for mine, theirs in ((1, 5), (5, 1)):
        with transaction.atomic():
            user, strange = person("newcomer"), newly_imported()
            rate(user, album["sea"][0], 4, LATER - timedelta(minutes=1))
            rate(user, strange, mine)
            for number in range(3):
                rate(person(f"other{number}"), strange, theirs, LATER + timedelta(minutes=1))
            rate(user, album["city"][0], theirs, LATER + timedelta(minutes=2))
            if mine == 5:
                for minutes in (3, 70, 140):
                    events.record_view(user, strange.public_id, "feed", LATER + timedelta(minutes=minutes))
            learn.learn_user(user.pk)
            nightly.run_night(job_requests.request_another_night(LATER + timedelta(hours=4)))
            found.append(predicted(AgentStep.objects.get(user=user, change__image=strange)))
            transaction.set_rollback(True)
    assert found[0] == found[1] != [None, None, None]


def test_a_night_that_was_killed_while_it_caught_up_ends_as_an_undisturbed_one(night_files, monkeypatch):
    album = pictures()
    for number, loved in enumerate(("sea", "city", "forest")):
        fan(f"fan{number}", loved, album, now=NOON - timedelta(hours=5 * number))
    nightly.run_night(job_requests.request_another_night(NOON))
    for number in range(3):
        fan(f"late{number}", "sea", album, now=NOON + timedelta(hours=5 * number))

    def ended(killed):
        key = job_requests.request_another_night(NOON + timedelta(days=1))
        if killed:
            original = learn.learn_changes

            def dies(user_id, *rest):
                if AgentStep.objects.filter(user__username="late0").exists():
                    raise KeyboardInterrupt
                return original(user_id, *rest)

            monkeypatch.setattr(learn, "learn_changes", dies)
            with pytest.raises(KeyboardInterrupt):
                nightly.run_night(key)
            monkeypatch.undo()
            Job.objects.filter(state="running").update(lease_until=NOON - timedelta(days=1))
        assert nightly.run_night(key)
        return moves(user__username__startswith="late")

    with transaction.atomic():
        undisturbed = ended(killed=False)
        transaction.set_rollback(True)
    assert ended(killed=True) == undisturbed
    assert len({user for user, *_ in undisturbed}) == 3


def test_views_count_as_they_stood_at_a_moment(album):
    user = person("newcomer")
    for days, picture in (
        (1, "sea"),
        (3, "sea"),
        (3, "city"),
        (8, "city"),
        (13, "forest"),
        (16, "sea"),
        (22, "city"),
    ):
        events.record_view(user, album[picture][0].public_id, "feed", LATER - timedelta(days=days))
    views = read_user_views(user.pk, LATER - timedelta(days=14), LATER)
    for moment in (
        LATER,
        LATER - timedelta(days=1),
        LATER - timedelta(days=3, microseconds=1),
        LATER - timedelta(10),
    ):
        ours, stored = views.counts(moment), read_view_counts(moment, user.pk)
        for name in ("users", "images", "this_week", "last_week"):
            assert getattr(ours, name).tolist() == getattr(stored, name).tolist(), (moment, name)


def test_a_rating_session_does_not_wait_for_what_the_night_will_learn(album):
    user, strange = person("newcomer"), newly_imported()
    token = rating_session.start_session(user, LATER)
    feed = user.feeds.get()
    shown = {"user": user, "position": 99, "rung": "trending", "at": LATER}
    Impression.objects.get_or_create(feed=feed, image=strange, defaults=shown)
    rate(user, strange, 5)
    assert rating_session.summary(user, token).pending
    learn.learn_user(user.pk)
    told = rating_session.summary(user, token)
    assert (told.rated, told.pending, told.agents) == (1, False, [])


def test_what_was_rated_in_a_pause_before_a_night_knew_it_is_learnt_from_afterwards(album):
    user, strange = person("newcomer"), newly_imported()
    steer.start_pause(user, LATER - timedelta(minutes=1))
    rate(user, strange, 5)
    learn.learn_user(user.pk)
    nightly.run_night(job_requests.request_another_night(LATER + timedelta(hours=1)))
    assert steps_of(user) == []
    steer.end_pause(user, LATER + timedelta(hours=2))
    learn.learn_user(user.pk)
    assert steps_of(user) == [(strange.pk, 5, True)]
