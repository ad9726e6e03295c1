"""The curators' pages of experiments: who may start and end them, and a panel without a result before the
rule."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.urls import reverse
from django.utils import timezone

from gallery.acts import events
from imagerec.desk import experiment_panel
from recommender.engine.arms import ARMS
from recommender.models import Experiment, Exposure, Feed, Impression
from recommender.services import experiments
from tests.factories import NOON, image, person, staff
from tests.gallery.admin_people import client_of, staff_with, who_may_open
from tests.html import squeezed

pytestmark = pytest.mark.django_db
START = reverse("admin:recommender_experiment_start")
SENT = {"name": "Spring", "days": 14, "people": 40, "hindsight": 2, "equal": 1, "classic": 1}


def end_of(experiment):
    return reverse("admin:recommender_experiment_end", args=[experiment.pk])


def dashboard(client, **headers):
    return squeezed(client.get(reverse("admin:index"), **headers).content.decode())


def running(name="Spring", days=14, people=40, at=NOON):
    return experiments.start(name, dict.fromkeys(ARMS, 1), days, people, person(), at)


def liked(experiment, arm, values, people=12):
    """People of this arm who rated what the feed showed them."""
    for number in range(people):
        user = person()
        Exposure.objects.create(experiment=experiment, user=user, arm=arm, at=NOON)
        feed = Feed.objects.create(user=user, token=user.username, started_at=NOON)
        picture = image()
        Impression.objects.create(
            feed=feed, user=user, image=picture, position=0, rung="hybrid", at=NOON + timedelta(minutes=1)
        )
        at = NOON + timedelta(minutes=2)
        events.rate(user, picture.public_id, values[number % len(values)], "feed", at)


def test_staff_with_the_right_start_and_end_an_experiment():
    client = client_of(staff_with("recommender.change_experiment", "recommender.view_version"))
    assert "Start an experiment" in dashboard(client)
    answer = client.post(START, SENT, follow=True)
    assert "The experiment Spring runs now." in answer.text
    found = Experiment.objects.get()
    assert (found.arms, found.days, found.people) == ({"hindsight": 2, "equal": 1, "classic": 1}, 14, 40)
    assert found.started_by == answer.wsgi_request.user
    assert "there is no result, now or later" in squeezed(client.get(end_of(found)).text)
    assert Experiment.objects.get().ended_at is None
    assert "The experiment Spring has ended." in client.post(end_of(found), follow=True).text
    assert Experiment.objects.get().ended_at is not None
    log = LogEntry.objects.order_by("pk").values_list("action_flag", "object_repr")
    assert list(log) == [(ADDITION, "Spring"), (CHANGE, "Spring")]


@pytest.mark.parametrize("right", ["recommender.view_version", "recommender.change_version"])
def test_others_may_neither_start_nor_end(right):
    found = running()
    client = client_of(staff_with(right))
    assert "End the experiment" not in dashboard(client)
    for address in (START, end_of(found)):
        assert (client.get(address).status_code, client.post(address, SENT).status_code) == (403, 403)
    assert who_may_open(START) == {"anonymous": "sign in", "person": 403, "staff": 403, "superuser": 200}
    assert Experiment.objects.get().ended_at is None


def test_a_form_from_elsewhere_is_refused():
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(staff())
    assert client.post(START, SENT).status_code == 403
    assert not Experiment.objects.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": ""}, "This field is required."),
        ({"hindsight": 0}, "Give a share to the hindsight agents"),
        ({"people": 12}, "fewer than 10"),
        ({"days": 900}, "150"),
    ],
)
def test_what_is_wrong_is_said_in_the_form(changed, said):
    answer = client_of(staff()).post(START, SENT | changed)
    assert answer.status_code == 200
    assert said in answer.text
    assert not Experiment.objects.exists()


def test_a_second_one_and_a_second_end_are_refused_in_a_sentence():
    client, found = client_of(staff()), running(at=timezone.now())
    assert "An experiment runs already." in client.post(START, SENT | {"name": "Other"}).text
    client.post(end_of(found))
    assert "This experiment has ended already." in client.post(end_of(found), follow=True).text


def test_before_the_rule_the_panel_has_counts_and_no_result():
    experiment = running()
    liked(experiment, "hindsight", [1, 2])
    liked(experiment, "equal", [5, 4])
    shown = experiment_panel.panel(NOON + timedelta(days=3))
    assert (shown.day, shown.people, shown.reached) == (4, 24, False)
    assert [(one.people, one.impressions, one.ratings) for one in shown.arms] == [
        (12, 12, 12),
        (12, 12, 12),
        (0, 0, 0),
    ]
    assert ([one.figures for one in shown.arms], shown.verdict) == ([[]] * 3, [])
    page = dashboard(client_of(staff()))
    assert "People who saw the feed: 24 of 40 at least." in page
    assert "so only counts are shown" in page
    assert "better than" not in page
    assert "Difference from the first arm" not in page


def test_after_the_rule_the_panel_says_which_arm_is_better():
    experiment = running(people=30)
    for arm, values in (("hindsight", [2, 3]), ("equal", [5, 4]), ("classic", [2, 3])):
        liked(experiment, arm, values)
    shown = experiment_panel.panel(NOON + timedelta(days=14))
    assert shown.verdict == [
        "equal weights: better than hindsight agents.",
        "agents of paper 003: not apart from hindsight agents.",
    ]
    assert shown.arms[0].figures[0].startswith("2.50 (2.")
    assert shown.arms[1].figures[1].startswith("2.00 (1.")
    page = dashboard(client_of(staff()))
    assert "Equal weights: better than hindsight agents." in page
    assert "The stopping rule is reached" in page
    experiments.end(experiment.pk, timezone.now())
    assert "Equal weights: better than hindsight agents." in dashboard(client_of(staff("other")))


def test_too_few_raters_are_not_compared_and_an_early_end_has_no_result():
    experiment = running(people=30)
    liked(experiment, "hindsight", [2, 3], 25)
    liked(experiment, "equal", [5, 4], 5)
    shown = experiment_panel.panel(NOON + timedelta(days=14))
    assert all("too few people" in sentence for sentence in shown.verdict)
    experiments.end(experiment.pk, NOON + timedelta(days=2))
    assert experiment_panel.panel(NOON + timedelta(days=14)).verdict == []
    assert "It ended before its stopping rule was reached" in dashboard(client_of(staff()))


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_list_and_the_panel_are_drawn_in_each_language(language):
    experiment = running(people=30)
    for arm in ARMS:
        liked(experiment, arm, [2, 3])
    client, headers = client_of(staff()), {"Accept-Language": language}
    assert client.get(reverse("admin:recommender_experiment_changelist"), headers=headers).status_code == 200
    assert experiment.name in dashboard(client, headers=headers)
