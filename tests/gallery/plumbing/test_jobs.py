"""Jobs as rows: claimed once, leased, retried, marked as failed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from gallery.models import Job
from gallery.plumbing import jobs

pytestmark = pytest.mark.django_db


def work(_held: jobs.Claim) -> int:
    return 7


def breaks(_held: jobs.Claim) -> int:
    raise ValueError("paint is out")


def job() -> Job:
    return Job.objects.get(kind="paint", key="one")


def let_the_lease_run_out() -> None:
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


def make_due_now() -> None:
    Job.objects.update(due_at=timezone.now())


def test_a_job_runs_once_and_says_what_it_did() -> None:
    jobs.request("paint", "one", {"colour": "blue"})
    assert jobs.run("paint", "one", work)
    assert not jobs.run("paint", "one", work)
    done = job()
    assert (done.state, done.rows, done.attempts, done.payload) == ("done", 7, 1, {"colour": "blue"})
    assert done.seconds is not None
    assert done.lease_until is None


def test_what_nobody_asked_for_is_not_run() -> None:
    assert not jobs.run("paint", "one", work)


def test_a_held_job_is_nobody_elses_until_its_lease_runs_out() -> None:
    jobs.request("paint", "one")
    assert jobs.claim("paint", "one")
    assert jobs.claim("paint", "one") is None
    let_the_lease_run_out()
    again = jobs.claim("paint", "one")
    assert again is not None
    assert again.attempts == 2


def test_who_lost_the_lease_learns_it_and_settles_nothing() -> None:
    jobs.request("paint", "one")

    def slow(held: jobs.Claim) -> int:
        let_the_lease_run_out()
        assert jobs.claim("paint", "one")
        held.renew()
        raise AssertionError("went on without the lease")

    assert jobs.run("paint", "one", slow)
    assert job().state == "running"


def test_an_unclaimed_lease_that_ran_out_can_be_renewed() -> None:
    jobs.request("paint", "one")
    held = jobs.claim("paint", "one")
    let_the_lease_run_out()
    assert held is not None
    held.renew(done=3)
    assert job().progress == {"done": 3}
    assert jobs.claim("paint", "one") is None


def test_asked_for_again_it_runs_again() -> None:
    jobs.request("paint", "one")
    jobs.run("paint", "one", work)
    jobs.request("paint", "one")
    assert jobs.run("paint", "one", work)
    assert not jobs.run("paint", "one", work)


def test_asked_for_while_it_runs_it_runs_once_more() -> None:
    jobs.request("paint", "one")

    def asks(_held: jobs.Claim) -> int:
        jobs.request("paint", "one", {"colour": "red"})
        jobs.request("paint", "one", {"colour": "green"})
        return 0

    assert jobs.run("paint", "one", asks)
    assert job().state == "due"
    seen = []
    assert jobs.run("paint", "one", lambda held: seen.append(held.payload) or 0)
    assert seen == [{"colour": "green"}]
    assert not jobs.run("paint", "one", work)


def test_asked_for_while_it_fails_it_is_due_at_once() -> None:
    jobs.request("paint", "one")

    def asks_and_breaks(held: jobs.Claim) -> int:
        jobs.request("paint", "one")
        return breaks(held)

    jobs.run("paint", "one", asks_and_breaks)
    assert jobs.run("paint", "one", work)


def test_a_failure_is_recorded_and_tried_again_later() -> None:
    jobs.request("paint", "one")
    assert jobs.run("paint", "one", breaks)
    assert (job().state, job().error) == ("due", "ValueError: paint is out")
    assert job().due_at > timezone.now()
    assert not jobs.run("paint", "one", work)
    make_due_now()
    assert jobs.run("paint", "one", work)
    assert (job().state, job().error) == ("done", "")


def test_three_failures_put_it_aside() -> None:
    jobs.request("paint", "one")
    for _ in range(3):
        make_due_now()
        assert jobs.run("paint", "one", breaks)
    make_due_now()
    assert job().state == "failed"
    assert not jobs.run("paint", "one", work)


def test_many_dead_workers_put_it_aside() -> None:
    jobs.request("paint", "one")
    for _ in range(jobs.MAX_DEATHS):
        assert jobs.claim("paint", "one")
        let_the_lease_run_out()
    assert jobs.claim("paint", "one") is None
    assert job().state == "failed"
    assert "worker died" in job().error
    assert job().lease_until is None


def test_a_job_put_aside_can_be_asked_for_again() -> None:
    jobs.request("paint", "one")
    Job.objects.update(state="failed", attempts=3, error="broken")
    jobs.request("paint", "one")
    assert jobs.run("paint", "one", work)
    assert (job().state, job().error) == ("done", "")


def test_jobs_of_other_kinds_and_keys_stay_apart() -> None:
    jobs.request("paint", "one")
    assert not jobs.run("paint", "two", work)
    assert not jobs.run("sweep", "one", work)
    assert job().state == "due"


def test_a_repeated_request_without_payload_keeps_the_payload() -> None:
    jobs.request("paint", "one", {"colour": "blue"})
    jobs.request("paint", "one")
    assert job().payload == {"colour": "blue"}


def test_the_lease_is_renewed_while_the_work_goes_on(monkeypatch, transactional_db) -> None:
    monkeypatch.setattr(jobs, "HEARTBEAT", 0.02)
    jobs.request("paint", "one")

    def slow(_held: jobs.Claim) -> int:
        let_the_lease_run_out()
        until = timezone.now() + timedelta(seconds=5)
        while job().lease_until < timezone.now() < until:
            pass
        assert jobs.claim("paint", "one") is None
        return 1

    assert jobs.run("paint", "one", slow)
    assert job().state == "done"


def test_a_job_that_gets_on_may_lose_its_worker_more_often() -> None:
    jobs.request("paint", "one")
    for _ in range(2 * jobs.MAX_DEATHS):
        held = jobs.claim("paint", "one")
        assert held is not None
        held.progressed()
        let_the_lease_run_out()
    for _ in range(jobs.MAX_DEATHS - 1):
        assert jobs.claim("paint", "one")
        let_the_lease_run_out()
    assert jobs.claim("paint", "one") is None
    assert job().state == "failed"


def test_a_job_whose_time_is_up_goes_on_at_once_as_often_as_it_gets_on() -> None:
    jobs.request("paint", "one")
    seen = []

    def gets_on(held: jobs.Claim) -> int:
        seen.append(held.progress)
        held.renew(done=len(seen))
        held.progressed()
        raise SoftTimeLimitExceeded

    for _ in range(2 * jobs.MAX_ATTEMPTS):
        assert jobs.run("paint", "one", gets_on)
        assert (job().state, job().error) == ("due", jobs.TIME_UP)
        assert job().due_at <= timezone.now()
    assert seen[:3] == [{}, {"done": 1}, {"done": 2}]
    assert jobs.run("paint", "one", work)
    assert (job().state, job().error) == ("done", "")


@pytest.mark.parametrize("error", [SoftTimeLimitExceeded, ValueError])
def test_a_job_that_does_not_get_on_any_more_is_put_aside(error: type[Exception]) -> None:
    jobs.request("paint", "one")

    def got_on_once(held: jobs.Claim) -> int:
        if not held.progress:
            held.renew(done=1)
            held.progressed()
        raise error

    for _ in range(jobs.MAX_ATTEMPTS):
        assert job().state == "due"
        make_due_now()
        assert jobs.run("paint", "one", got_on_once)
    assert job().state == "failed"


def test_what_a_step_gets_done_counts_for_the_job_that_it_is_a_step_of() -> None:
    for key in ("whole", "step"):
        jobs.request("paint", key)
        Job.objects.filter(key=key).update(attempts=5)
    whole, step = jobs.claim("paint", "whole"), jobs.claim("paint", "step")
    assert whole
    assert step
    replace(step, within=whole).progressed()
    assert set(Job.objects.values_list("attempts", flat=True)) == {1}
