"""The night: complete, resumable and idempotent. It publishes only what passed the checks."""

from datetime import timedelta

import numpy as np
import pytest
from django.contrib.sessions.models import Session

from gallery.acts import events
from gallery.models import Image, Job
from gallery.plumbing import jobs
from recommender.data.slates import current_slate
from recommender.models import Demographics, GenrePreference, ItemPreference, Slate, Version
from recommender.services import job_requests, nightly
from recommender.services.night import cleanup, publish, slates
from recommender.services.night.common import Night
from tests.factories import NOON, image, person
from tests.worlds import fans, pictures

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(night_files):
    album = pictures()
    return album, fans(album)


def slate_bytes():
    return dict(Slate.objects.filter(version__current=True).values_list("user_id", "candidates"))


def test_everybody_who_rated_has_a_slate_of_the_genre_they_love(world):
    album, people = world
    nightly.run_night(job_requests.request_another_night(NOON))
    for user in people["sea"]:
        best = current_slate(user.pk).images[:6]
        assert np.isin(best, [image.pk for image in album["sea"]]).all()


def test_every_step_is_a_row_with_its_seconds(world):
    key = job_requests.request_another_night(NOON)
    nightly.run_night(key)
    steps = Job.objects.filter(key=key, kind__startswith="nightly.")
    assert [step.kind.partition(".")[2] for step in steps.order_by("pk")] == [
        step.name for step in nightly.NIGHT_STEPS
    ]
    assert all(step.state == "done" and step.seconds is not None for step in steps)


def test_tonight_runs_once_however_often_it_is_asked_for(world):
    assert nightly.run_night(job_requests.request_tonight(NOON))
    assert not nightly.run_night(job_requests.request_tonight(NOON + timedelta(hours=5)))
    assert Version.objects.count() == 1


def test_a_night_that_was_cut_off_ends_as_an_undisturbed_one(world, monkeypatch):
    undisturbed = job_requests.request_another_night(NOON)
    nightly.run_night(undisturbed)
    expected = slate_bytes()
    Version.objects.all().delete()
    Job.objects.all().delete()

    key = job_requests.request_another_night(NOON)
    monkeypatch.setattr(slates, "_store", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        nightly.run_night(key)
    monkeypatch.undo()
    Job.objects.filter(state="running").update(lease_until=NOON - timedelta(days=1))
    assert nightly.run_night(key)
    assert slate_bytes() == expected


def test_a_night_that_fails_its_checks_leaves_yesterdays_slates(world, monkeypatch):
    nightly.run_night(job_requests.request_another_night(NOON))
    before = Version.objects.get(current=True)

    def broken(_version):
        raise publish.NotSane("planted")

    monkeypatch.setattr(publish, "check", broken)
    key = job_requests.request_another_night(NOON + timedelta(days=1))
    nightly.run_night(key)
    assert Version.objects.get(current=True) == before
    assert "planted" in Job.objects.get(kind="nightly", key=key).error


def test_a_failed_night_is_tried_again_at_somebodys_wish(world, monkeypatch):
    def broken(_version):
        raise publish.NotSane("planted")

    monkeypatch.setattr(publish, "check", broken)
    key = job_requests.request_another_night(NOON)
    nightly.run_night(key)
    Job.objects.filter(kind="nightly", key=key).update(state=Job.State.FAILED)
    monkeypatch.undo()
    assert job_requests.request_another_night(NOON) == key
    assert nightly.run_night(key)
    assert Version.objects.get(current=True).night == key


def test_preferences_are_kept_by_week(world):
    _, people = world
    nightly.run_night(job_requests.request_another_night(NOON))
    rows = GenrePreference.objects.filter(user=people["sea"][0])
    assert {row.genre.slug for row in rows} == {"sea", "city", "forest"}
    assert max(row.value for row in rows) == 1.0
    assert ItemPreference.objects.filter(user=people["sea"][0]).count() == 18


def test_who_did_something_during_the_night_is_asked_for_again(world):
    album, people = world
    user = people["sea"][0]
    Job.objects.filter(kind="learn").delete()
    events.rate(user, album["sea"][0].public_id, 3, "feed", NOON + timedelta(minutes=1))
    Job.objects.filter(kind="learn").delete()
    nightly.run_night(job_requests.request_another_night(NOON))
    assert list(Job.objects.filter(kind="learn").values_list("key", flat=True)) == [str(user.pk)]


@pytest.mark.parametrize("images", [0, 1, 3])
def test_an_almost_empty_site_has_a_night_too(night_files, images):
    album = pictures(1)
    for extra in [row[0] for row in album.values()][images:]:
        extra.delete()
    person("alone")
    assert nightly.run_night(job_requests.request_another_night(NOON))
    assert Version.objects.get(current=True).figures["images"] == images


def test_a_site_with_one_rater_has_a_night(night_files):
    """No users are similar, so the neighbours source does not predict; the content source does."""
    album = pictures()
    user = person("only")
    events.rate(user, album["sea"][0].public_id, 5, "feed", NOON - timedelta(hours=1))
    nightly.run_night(job_requests.request_another_night(NOON))
    slate = current_slate(user.pk)
    assert set(slate.predictions) == {"content"}
    best = Image.objects.filter(pk__in=slate.images[:8].tolist())
    assert set(best.values_list("genre__slug", flat=True)) == {"sea"}


@pytest.mark.parametrize(
    "predictions", [[[np.nan, 3.0], [np.nan, np.nan]], [[3.0, 6.0]], [[0.5, 2.0]], [[np.inf, 2]]]
)
def test_predictions_that_are_none_or_beyond_the_scale_stop_a_night(predictions):
    with pytest.raises(publish.NotSane):
        publish.check_predictions(np.array(predictions))


def test_old_versions_go_with_their_files(world, night_files):
    for day in range(4):
        nightly.run_night(job_requests.request_another_night(NOON + timedelta(days=day)))
    assert Version.objects.count() == 2
    assert len(list(night_files.iterdir())) == 4


def test_sessions_that_ran_out_go(night_files):
    for key, day in (("over", -1), ("running", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=NOON + timedelta(days=day))
    cleanup.run(Night("a night", NOON), None)
    assert Session.objects.get().pk == "running"


def test_a_missed_night_is_asked_for_and_found(night_files):
    job_requests.request_overdue(NOON.replace(hour=2))
    assert not Job.objects.exists()
    job_requests.request_overdue(NOON)
    assert jobs.unstarted(NOON + timedelta(minutes=1)) == [("nightly", "2026-06-01")]


def test_a_missed_training_is_asked_for_once_where_somebody_said_something():
    job_requests.request_overdue(NOON)
    assert not Job.objects.kind("train").exists()
    Demographics.objects.create(user=person(), birth_year=1990, at=NOON)
    for days in range(3):  # no training
        job_requests.request_overdue(NOON + timedelta(days=days))
    assert [job.key for job in Job.objects.kind("train")] == ["2026-06-01"]


def test_a_run_by_hand_in_the_small_hours_does_not_take_the_place_of_the_night(night_files):
    nightly.run_night(job_requests.request_another_night(NOON.replace(hour=1)))
    assert nightly.run_night(job_requests.request_tonight(NOON.replace(hour=3)))
    job_requests.request_overdue(NOON)
    assert Job.objects.filter(kind="nightly").count() == 2


def test_images_that_came_by_day_are_learnt_about_by_day(night_files):
    nightly.run_night(job_requests.request_tonight(NOON))
    image("newcomer", created_at=NOON)
    job_requests.request_overdue(NOON + timedelta(seconds=1))
    assert Job.objects.filter(kind="nightly").count() == 1
    job_requests.request_overdue(NOON + timedelta(minutes=1))
    job_requests.request_overdue(NOON + timedelta(minutes=1))
    assert nightly.run_night("2026-06-01.2")
    job_requests.request_overdue(NOON + timedelta(minutes=2))
    assert Job.objects.filter(kind="nightly").count() == 2
