"""The first day: few images, and no night that knows them."""

from datetime import timedelta

import pytest

from gallery.acts import events
from recommender.models import AgentStep
from recommender.services import job_requests, learn, nightly
from recommender.services.recommend import feed_page
from tests.factories import NOON, person
from tests.worlds import pictures

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_first_day_with_hardly_an_image(night_files, count):
    images = [image for row in pictures(1).values() for image in row]
    for image in images[count:]:
        image.delete()
    assert len(feed_page(person("first"), None, LATER).items) == count


def test_pictures_that_came_after_a_night_without_any_are_shown(night_files):
    nightly.run_night(job_requests.request_another_night(NOON))
    pictures(2)
    assert len(feed_page(person("first"), None, LATER).items) == 6


def test_without_a_model_nothing_is_learnt_and_nothing_is_lost(night_files):
    made = pictures(3)
    user = person("early")
    events.rate(user, made["sea"][0].public_id, 5, "feed", NOON)
    learn.learn_user(user.pk)
    assert not AgentStep.objects.exists()
    nightly.run_night(job_requests.request_another_night(NOON + timedelta(hours=2)))
    assert AgentStep.objects.filter(user=user).count() == 1


def test_nobody_rates_what_is_not_there(client):
    client.force_login(person())
    assert "You have seen everything" in client.get("/rate/").content.decode()
