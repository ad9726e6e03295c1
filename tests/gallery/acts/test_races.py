"""Parallel requests, each with its own connection, like the threads of the web server."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from gallery.acts import events
from gallery.models import Favourite, Image, Job, Rating, RatingChange, View
from gallery.plumbing import jobs
from tests.factories import NOON, image, person

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(works: list[Callable[[], Any]], threads: int = 10) -> list[Any]:
    """Runs all, `threads` at a time; the first ones start at the same moment."""
    barrier = Barrier(min(threads, len(works)), timeout=20)

    def run(index: int) -> Any:
        if index < barrier.parties:
            barrier.wait()
        try:
            return works[index]()
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(len(works))))


def test_50_parallel_ratings_leave_one_of_the_values_and_an_exact_history() -> None:
    owner, picture = person(), image()
    values = [1 + index % 5 for index in range(50)]
    at_once(
        [lambda value=value: events.rate(owner, picture.public_id, value, "feed", NOON) for value in values],
        50,
    )
    final = Rating.objects.get(user=owner, image=picture).value
    picture.refresh_from_db()
    assert (picture.rating_count, picture.rating_sum) == (1, final)
    steps = list(RatingChange.objects.order_by("id").values_list("old", "new"))
    assert steps[0][0] is None
    assert steps[-1][1] == final
    assert all(before[1] == after[0] for before, after in pairwise(steps))


def test_many_people_rating_one_image_add_up() -> None:
    people, picture = [person() for _ in range(20)], image()
    at_once([lambda who=who: events.rate(who, picture.public_id, 3, "feed", NOON) for who in people])
    picture.refresh_from_db()
    assert (picture.rating_count, picture.rating_sum) == (20, 60)


def test_parallel_views_of_one_person_count_once() -> None:
    owner, picture = person(), image()
    counted = at_once([lambda: events.record_view(owner, picture.public_id, "feed", NOON)] * 20)
    picture.refresh_from_db()
    assert (sum(counted), View.objects.count(), picture.view_count) == (1, 1, 1)


def test_parallel_favourites_keep_the_count() -> None:
    owner, picture = person(), image()
    wishes = [index % 2 == 0 for index in range(20)]
    at_once([lambda wish=wish: events.set_favourite(owner, picture.public_id, wish, NOON) for wish in wishes])
    picture.refresh_from_db()
    assert picture.favourite_count == Favourite.objects.count()


def test_an_image_deleted_meanwhile_is_a_missing_image() -> None:
    """Never an event without its image, and no error except the one that views handle."""
    people, picture = [person() for _ in range(9)], image()

    def rate(who: Any) -> str:
        try:
            events.rate(who, picture.public_id, 5, "feed", NOON)
        except Image.DoesNotExist:
            return "missing"
        return "rated"

    def delete() -> str:
        Image.objects.get(pk=picture.pk).delete()
        return "deleted"

    outcomes = at_once([*[lambda who=who: rate(who) for who in people[:5]], lambda: rate(people[5])])
    assert set(outcomes) == {"rated"}
    delete()
    assert rate(people[6]) == "missing"
    assert not RatingChange.objects.exists()


def test_a_job_is_claimed_by_one_of_many() -> None:
    jobs.request("paint", "one")
    claims = at_once([lambda: jobs.claim("paint", "one")] * 20)
    assert sum(claim is not None for claim in claims) == 1
    assert Job.objects.get().attempts == 1


def test_requests_in_parallel_make_one_row() -> None:
    at_once([lambda: jobs.request("paint", "one")] * 20)
    assert Job.objects.get().generation == 20


def test_asked_for_and_run_in_parallel_ends_done_after_the_last_request() -> None:
    ran: list[int] = []

    def ask_and_run() -> None:
        jobs.request("paint", "one")
        jobs.run("paint", "one", lambda held: ran.append(held.generation) or 0)

    at_once([ask_and_run] * 20)
    while jobs.run("paint", "one", lambda held: ran.append(held.generation) or 0):
        pass
    job = Job.objects.get()
    assert (job.state, job.generation) == ("done", 20)
    assert ran[-1] == 20
