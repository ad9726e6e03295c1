"""The dashboard's figures against numbers worked by hand, on an empty site too, and its buttons."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from gallery.acts import events
from gallery.models import Job
from gallery.plumbing import jobs
from imagerec.desk import dashboard, panels
from recommender import charts
from recommender.models import Agents, Feed, Impression, Version
from tests.factories import NOON, image, person, staff
from tests.gallery.admin_people import client_of, four_clients, staff_with, who_may_open
from tests.imagerec.desk.test_accuracy import step

pytestmark = pytest.mark.django_db
RUN = "admin:recommender_version_run_night"
DAY = timedelta(days=1)


@pytest.fixture
def sent(monkeypatch):
    keys = []
    monkeypatch.setattr(jobs, "nudge", lambda kind, key: keys.append(key))
    return keys


def impression(user, picture, position=0, *, explored=False, rung="hybrid", at=NOON):
    feed, _ = Feed.objects.get_or_create(user=user, token=f"feed of {user.pk}", defaults={"started_at": at})
    return Impression.objects.create(
        feed=feed, user=user, image=picture, position=position, explored=explored, rung=rung, at=at
    )


def version(night, folder=None, **more):
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for part in ("content", "model"):
            (folder / f"{night}.{part}.npz").write_bytes(b"arrays")
    return Version.objects.create(night=night, artifact=night, made_at=NOON, **more)


def test_activity_by_day():
    owner, neighbour, dune, rock = person("owner"), person("neighbour"), image(), image()
    events.record_view(owner, dune.public_id, "feed", NOON)
    events.record_view(owner, rock.public_id, "feed", NOON)
    events.rate(neighbour, dune.public_id, 2, "feed", NOON)
    events.rate(owner, dune.public_id, 5, "feed", NOON - DAY)
    events.rate(owner, rock.public_id, 3, "feed", NOON - DAY)
    found = panels.activity(NOON)
    assert found.people == 2
    assert found.days[-1] == NOON.date()
    assert (found.views[-2:], found.ratings[-2:], found.active[-2:]) == ([0, 2], [2, 1], [1, 2])
    assert found.satisfaction[-3:] == [None, 4.0, 2.0]
    assert found.satisfaction_in_period == pytest.approx(10 / 3)
    assert found.active_in_period == 2


def test_what_lies_outside_the_thirty_days_is_not_counted():
    owner, dune = person(), image()
    first_moment = (NOON - 29 * DAY).replace(hour=0)
    for at in (NOON - 30 * DAY, first_moment, NOON + DAY):
        events.record_view(owner, dune.public_id, "feed", at)
    found = panels.activity(NOON)
    assert (sum(found.views), found.views[0], len(found.days)) == (1, 1, 30)


def test_a_rating_taken_back_is_not_a_rating():
    owner, dune = person(), image()
    events.rate(owner, dune.public_id, 5, "feed", NOON - timedelta(minutes=1))
    events.rate(owner, dune.public_id, None, "feed", NOON)
    assert panels.activity(NOON).ratings[-1] == 1


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        (8 / 3, 2, "2.67"), (2.666, 2, "2.67"), (2.665, 2, "2.67"), (0.8045, 3, "0.805"),
        (0.99996, 3, "1.000"), (1234567.5, 0, "1,234,568"), (4, 0, "4"), (None, 2, "–"), (0.0, 2, "0.00"),
        (1e-7, 3, "0.000"),
    ],
)  # fmt: skip
def test_figures_are_rounded(value, decimals, shown):
    assert dashboard._number(value, decimals) == shown


def test_a_tile_and_the_feed_say_the_same_of_the_same_ratings():
    owner = person()
    now = timezone.now()
    for place, value in enumerate((1, 2, 3, 4, 5, 1)):
        dune = image()
        impression(owner, dune, place, at=now - timedelta(minutes=2))
        events.rate(owner, dune.public_id, value, "feed", now - timedelta(minutes=1))
    page = client_of(staff()).get(reverse("admin:index")).text
    assert "2.67" in page
    assert "2.66" not in page


def test_weights_count_people_at_each_level():
    for states in ([0, 10], [5, 10], [5, 4, 7]):
        Agents.objects.create(user=person(), memory={"states": states}, updated_at=NOON)
    found = panels.weights()
    assert found.people == 3
    assert found.by_source["neighbours"] == [1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0]
    assert found.by_source["content"] == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2]
    assert found.by_source["demographics"] == [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]


def test_the_feed_is_measured_by_what_it_showed_before_the_rating():
    owner, pictures = person(), [image() for _ in range(4)]
    impression(owner, pictures[0], 0, at=NOON - DAY)
    impression(owner, pictures[1], 1, explored=True, at=NOON - DAY)
    impression(owner, pictures[2], 2, rung="welcome", at=NOON)
    for picture, value in zip(pictures, (5, 2, 3, 1), strict=True):
        events.rate(owner, picture.public_id, value, "feed", NOON - timedelta(hours=1))
    found = panels.feed(NOON)
    assert (found.impressions, found.explored, found.explored_share) == (3, 1, pytest.approx(1 / 3))
    assert [(share.rung, share.impressions) for share in found.rungs][1] == ("your first picks", 1)
    assert (found.rated_shown, found.satisfaction_shown) == (2, 3.5)
    assert (found.rated_explored, found.satisfaction_explored) == (1, 2.0)
    assert (found.rated_other, found.satisfaction_other) == (2, 2.0)


def test_another_persons_impression_is_not_mine():
    dune = image()
    impression(person(), dune, at=NOON - DAY)
    events.rate(person(), dune.public_id, 5, "feed", NOON)
    assert panels.feed(NOON).rated_shown == 0


def test_nights_come_with_their_own_steps_the_newest_first():
    for day in ("2026-05-31", "2026-06-01"):
        Job.objects.create(kind="nightly", key=day, due_at=NOON if day.endswith("01") else NOON - DAY)
        Job.objects.create(kind="nightly.slates", key=day)
        Job.objects.create(kind="nightly.publish", key=day)
    nights = panels.nights()
    assert [night.job.key for night in nights] == ["2026-06-01", "2026-05-31"]
    assert [job.kind for job in nights[0].steps] == ["nightly.slates", "nightly.publish"]
    assert {job.key for job in nights[0].steps} == {"2026-06-01"}


def test_the_queue_counts_what_is_not_done():
    for number, state in enumerate(("due", "due", "running", "failed", "done")):
        Job.objects.create(kind="learn", key=str(number), state=state, due_at=NOON - number * DAY)
    assert panels.queue() == panels.Queue(due=2, running=1, failed=1, oldest_due=NOON - DAY)


def test_storage_adds_up_the_originals_by_genre():
    image(genre_slug="sea", byte_size=100)
    image(genre_slug="sea", byte_size=250, visibility="hidden")
    image(genre_slug="sky", byte_size=30)
    found = panels.storage()
    assert (found.images, found.original_bytes) == (3, 380)
    genres = [(size.genre.slug, size.images, size.original_bytes) for size in found.genres]
    assert genres == [("sea", 2, 350), ("sky", 1, 30)]


def test_every_panel_works_on_an_empty_site():
    assert panels.activity(NOON).satisfaction_in_period is None
    assert panels.accuracy(NOON).ratings == 0
    assert panels.accuracy(NOON).by_agents == panels.ErrorLine(0, None, [None] * 30)
    assert panels.weights().people == 0
    assert panels.feed(NOON).explored_share is None
    assert (panels.nights(), panels.version_panel(), panels.storage().images) == ([], None, 0)
    assert panels.queue() == panels.Queue(0, 0, 0, None)


@pytest.mark.parametrize(
    ("panel", "most"),
    [
        (lambda: panels.activity(NOON), 4),
        (lambda: panels.accuracy(NOON), 2),
        (panels.weights, 2),
        (lambda: panels.feed(NOON), 3),
        (panels.nights, 2),
        (panels.queue, 1),
        (panels.storage, 1),
        (panels.version_panel, 1),
    ],
)
def test_a_panel_asks_few_queries(panel, most, django_assert_max_num_queries):
    with django_assert_max_num_queries(most):
        panel()


def test_the_dashboard_opens_for_staff_and_shows_figures_to_those_with_the_right():
    assert who_may_open(reverse("admin:index")) == {
        "anonymous": "sign in", "person": 403, "staff": 200, "superuser": 200,
    }  # fmt: skip
    assert "Nightly runs" not in client_of(staff_with()).get(reverse("admin:index")).text
    staff = client_of(staff_with("recommender.view_version"))
    assert "Nightly runs" in staff.get(reverse("admin:index")).text


def test_an_empty_site_says_so():
    page = client_of(staff()).get(reverse("admin:index")).text
    assert page.count("Nothing yet") == 12
    assert "Nothing waits." in page


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_filled_dashboard_is_drawn_without_inline_code(language, client):
    step(person(), 5, 4.0, 2.0, 4.5, at=NOON)
    Agents.objects.create(user=person(), memory={"states": [5, 5]}, updated_at=NOON)
    client.force_login(staff())
    page = client.get(reverse("admin:index"), headers={"Accept-Language": language}).text
    content = page[page.index("curator-dash") : page.index("</main>")]
    assert "<svg" in content
    assert "style=" not in content
    assert "<script" not in content


def test_the_menu_leads_only_where_one_may_go():
    page = client_of(staff_with("gallery.view_genre")).get(reverse("admin:index")).text
    assert reverse("admin:gallery_genre_changelist") in page
    assert reverse("admin:gallery_image_changelist") not in page


def test_run_now_asks_for_a_night_and_tells_the_worker(sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = client_of(staff_with("recommender.change_version")).post(reverse(RUN))
    assert answer.url == reverse("admin:index")
    assert sent == [Job.objects.get(kind="nightly", state="due").key]


def test_run_again_makes_the_failed_night_due(sent, django_capture_on_commit_callbacks):
    Job.objects.create(
        kind="nightly", key="2026-05-31", state="failed", attempts=3, payload={"now": NOON.isoformat()}
    )
    with django_capture_on_commit_callbacks(execute=True):
        client_of(staff()).post(reverse(RUN), {"key": "2026-05-31"})
    job = Job.objects.get()
    assert (job.state, job.attempts, job.payload) == ("due", 0, {"now": NOON.isoformat()})
    assert sent == ["2026-05-31"]


def test_a_night_that_never_was_is_not_run_again(sent):
    assert client_of(staff()).post(reverse(RUN), {"key": "1999-12-31"}).status_code == 404
    assert not sent


def test_nobody_else_runs_the_night(sent):
    clients = [*list(four_clients().values())[:3], client_of(staff_with("recommender.view_version"))]
    for client in clients:
        assert client.post(reverse(RUN)).status_code in {302, 403}
    assert not Job.objects.exists()


def test_the_night_is_not_run_by_a_link():
    assert client_of(staff()).get(reverse(RUN)).status_code == 405


def roll_back(client, *versions):
    data = {"action": "roll_back", "_selected_action": [chosen.pk for chosen in versions], "index": 0}
    return client.post(reverse("admin:recommender_version_changelist"), data, follow=True)


def current():
    return list(Version.objects.filter(current=True).values_list("night", flat=True))


def test_rolling_back_makes_the_one_chosen_current(night_files):
    before = version("2026-05-31", night_files)
    version("2026-06-01", night_files, current=True)
    roll_back(client_of(staff()), before)
    assert current() == ["2026-05-31"]


def test_a_version_without_its_file_stays_where_it_is(night_files):
    before = version("2026-05-31")
    version("2026-06-01", night_files, current=True)
    answer = roll_back(client_of(staff()), before)
    assert current() == ["2026-06-01"]
    assert "The model of 2026-05-31 cannot be used: its file is missing." in answer.text


def test_two_versions_are_not_made_current(night_files):
    versions = [version("2026-05-31", night_files), version("2026-06-01", night_files, current=True)]
    assert "Choose one version" in roll_back(client_of(staff()), *versions).text
    assert current() == ["2026-06-01"]


def test_looking_at_versions_is_not_choosing_one(night_files):
    before = version("2026-05-31", night_files)
    version("2026-06-01", night_files, current=True)
    roll_back(client_of(staff_with("recommender.view_version")), before)
    assert current() == ["2026-06-01"]


def test_a_line_breaks_where_a_day_has_no_value():
    scale = charts.axis([0, 1], from_zero=True)
    assert charts.path([0.0, 1.0, None, 0.5], scale) == "M37.5 100.0L112.5 0.0M262.5 50.0h0.01"


@pytest.mark.parametrize(
    ("values", "whole", "ticks"),
    [
        ([], False, [1.0, 0.75, 0.5, 0.25, 0]),
        ([0], True, [1, 0]),
        ([3], True, [3, 2, 1, 0]),
        ([70], True, [80, 60, 40, 20, 0]),
    ],
)
def test_scales_have_round_steps(values, whole, ticks):
    assert charts.axis(values, from_zero=True, whole=whole).ticks == ticks
