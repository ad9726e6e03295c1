"""A night that needs several time slices: it continues where it stopped, and ends."""

from collections import Counter
from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from gallery.acts import events
from gallery.models import Job
from gallery.plumbing import jobs
from recommender.models import Agents, AgentStep, GenrePreference, ItemPreference, Slate, Version
from recommender.services import job_requests, learn, nightly
from recommender.services.night import catch_up, preferences, slates
from tests.factories import NOON
from tests.recommender.logged import moves
from tests.worlds import fan, fans, pictures

pytestmark = pytest.mark.django_db
END = timedelta(days=1)


@pytest.fixture
def world(night_files, monkeypatch):
    monkeypatch.setattr(slates, "SLATES_PER_WRITE", 2)
    monkeypatch.setattr(preferences, "USERS_PER_TRANSACTION", 2)
    monkeypatch.setattr(catch_up, "REPORT_EVERY", 0.0)
    album = pictures()
    return album, fans(album)


def made_anew():
    """All rows that a night wrote, without their ids."""
    kept = Slate.objects.filter(version__current=True).order_by("user_id")
    return (
        [(row.user_id, bytes(row.candidates)) for row in kept],
        list(
            GenrePreference.objects.order_by("user_id", "week_ending", "genre_id").values_list(
                "user_id", "value"
            )
        ),
        list(
            ItemPreference.objects.order_by("user_id", "image_id").values_list("user_id", "image_id", "value")
        ),
        sorted(moves()),
        list(Agents.objects.order_by("user_id").values_list("user_id", "memory")),
    )


def clear():
    for model in (Version, Job, AgentStep, Agents, GenrePreference, ItemPreference):
        model.objects.all().delete()


@pytest.fixture
def undisturbed(world):
    nightly.run_night(job_requests.request_another_night(NOON))
    written = made_anew()
    clear()
    return written


def turns(key, most=40):
    """The number of time slices that the worker needed. Each finds the job due, or its lease expired."""
    for turn in range(1, most + 1):
        Job.objects.filter(state="running").update(lease_until=timezone.now() - timedelta(seconds=1))
        Job.objects.filter(state="due").update(due_at=timezone.now())
        try:
            nightly.run_night(key)
        except KeyboardInterrupt:
            continue
        if Job.objects.get(kind="nightly", key=key).state in {"done", "failed"}:
            return turn
    raise AssertionError(f"not over after {most} turns")


def interrupted(monkeypatch, owner, name, error, after):
    """Ends every time slice with `error` at the call number `after` of this function. Returns the arguments
    of the calls."""
    calls, in_turn = [], Counter()
    real, run = getattr(owner, name), nightly.run_night

    def counting(*args, **more):
        if in_turn["calls"] == after:
            raise error
        in_turn["calls"] += 1
        calls.append(args)
        return real(*args, **more)

    def turn(key):
        in_turn.clear()
        return run(key)

    monkeypatch.setattr(owner, name, counting)
    monkeypatch.setattr(nightly, "run_night", turn)
    return calls


@pytest.mark.parametrize(
    "error", [SoftTimeLimitExceeded(), KeyboardInterrupt()], ids=["time is up", "killed"]
)
def test_slates_go_on_where_they_stopped(undisturbed, monkeypatch, error):
    made = interrupted(monkeypatch, slates, "store_slates", error, after=1)
    key = job_requests.request_another_night(NOON)
    assert turns(key) > jobs.MAX_ATTEMPTS
    people = Slate.objects.filter(version__current=True).count()
    assert people == len(undisturbed[0]) == 12
    assert len(made) == people / slates.SLATES_PER_WRITE, "no block was made twice"
    assert made_anew() == undisturbed
    assert Job.objects.get(kind="nightly.slates", key=key).rows == people


@pytest.mark.parametrize(
    "error", [SoftTimeLimitExceeded(), KeyboardInterrupt()], ids=["time is up", "killed"]
)
def test_preferences_go_on_where_they_stopped(undisturbed, monkeypatch, error):
    made = interrupted(monkeypatch, preferences, "write_genres", error, after=1)
    key = job_requests.request_another_night(NOON)
    assert turns(key) > jobs.MAX_ATTEMPTS
    assert len(made) == 12 / preferences.USERS_PER_TRANSACTION
    assert made_anew() == undisturbed
    assert Job.objects.get(kind="nightly.preferences", key=key).rows == len(undisturbed[1]) + len(
        undisturbed[2]
    )


@pytest.mark.parametrize(
    "error", [SoftTimeLimitExceeded(), KeyboardInterrupt()], ids=["time is up", "killed"]
)
def test_catching_up_goes_on_where_it_stopped(undisturbed, monkeypatch, error):
    made = interrupted(monkeypatch, learn, "learn_changes", error, after=2)
    assert turns(job_requests.request_another_night(NOON)) > jobs.MAX_ATTEMPTS
    assert Counter(args[0] for args in made).most_common(1)[0][1] == 1
    assert made_anew() == undisturbed


def test_a_night_that_does_not_get_on_fails_and_says_so(world, monkeypatch):
    interrupted(monkeypatch, slates, "store_slates", SoftTimeLimitExceeded(), after=0)
    key = job_requests.request_another_night(NOON)
    assert turns(key) == jobs.MAX_ATTEMPTS  # the steps before it were done in the first
    assert "time" in Job.objects.get(kind="nightly", key=key).error
    assert not Version.objects.filter(current=True).exists()


def test_a_night_whose_time_is_up_is_due_at_once_and_is_no_error(world, monkeypatch, caplog):
    interrupted(monkeypatch, slates, "store_slates", SoftTimeLimitExceeded(), after=1)
    key = job_requests.request_another_night(NOON)
    nightly.run_night(key)
    night = Job.objects.get(kind="nightly", key=key)
    assert (night.state, night.attempts) == ("due", 1)
    assert night.due_at <= timezone.now()
    assert "Traceback" not in caplog.text


def test_a_night_that_failed_after_getting_on_goes_on_when_it_is_asked_for(undisturbed, monkeypatch):
    made = interrupted(monkeypatch, slates, "store_slates", ValueError("planted"), after=3)
    key = job_requests.request_another_night(NOON)
    nightly.run_night(key)
    Job.objects.filter(kind="nightly", key=key).update(state="failed")
    assert job_requests.request_another_night(NOON) == key
    nightly.run_night(key)
    assert len(made) == 6
    assert made_anew() == undisturbed


def test_who_was_here_last_comes_first(world, monkeypatch):
    album, people = world
    viewer, rater, later = people["forest"][1], people["city"][2], people["sea"][0]
    events.record_view(viewer, album["sea"][0].public_id, "explore", NOON - timedelta(minutes=1))
    events.rate(rater, album["sea"][1].public_id, 4, "feed", NOON - timedelta(minutes=2))
    # the night had begun
    events.record_view(later, album["sea"][0].public_id, "explore", NOON + timedelta(minutes=1))
    long_ago = [
        fan(name, "sea", album, now=NOON - timedelta(days=days)) for name, days in (("one", 90), ("two", 60))
    ]
    order = []
    real = slates.store_slates

    def stored(version, block, now):
        order.extend(block)
        real(version, block, now)

    monkeypatch.setattr(slates, "store_slates", stored)
    nightly.run_night(job_requests.request_another_night(NOON))
    between = [user.pk for users in people.values() for user in users if user not in (viewer, rater)]
    assert order[:2] == [viewer.pk, rater.pk]
    assert sorted(order[2:-2]) == sorted(between)
    assert order[-2:] == [user.pk for user in long_ago]


def test_the_next_night_waits_for_the_one_under_way(world, monkeypatch):
    interrupted(monkeypatch, slates, "store_slates", SoftTimeLimitExceeded(), after=1)
    first = job_requests.request_tonight(NOON.replace(hour=3))
    nightly.run_night(first)
    tomorrow = NOON.replace(hour=3) + END
    assert job_requests.request_tonight(tomorrow) == job_requests.request_another_night(tomorrow) == first
    job_requests.request_overdue(tomorrow + timedelta(hours=1))
    assert list(Job.objects.kind("nightly").values_list("key", flat=True)) == [first]
    turns(first)
    job_requests.request_overdue(tomorrow + timedelta(hours=9))
    assert job_requests.request_tonight(tomorrow) == f"{tomorrow:%Y-%m-%d}"


def test_a_night_that_failed_keeps_no_other_from_beginning(world):
    first = job_requests.request_tonight(NOON)
    Job.objects.filter(key=first).update(state="failed")
    assert job_requests.request_tonight(NOON + END) != first
