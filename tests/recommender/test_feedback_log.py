"""The site's own log as the lab sees it: what the agents wrote replays to what is stored,
and arms are told apart."""

from datetime import timedelta

import pytest

from gallery.acts import events
from recommender.data.lab_dataset import read_site
from recommender.lab.context import Context
from recommender.lab.protocols import live
from recommender.models import AgentStep, Feed, Impression
from recommender.services import job_requests, learn, nightly
from recommender.sources import SOURCES
from tests.factories import NOON, person
from tests.worlds import fans, pictures

pytestmark = pytest.mark.django_db
NAMES = tuple(source.name for source in SOURCES)
LATER = NOON + timedelta(hours=1)


def test_the_log_of_a_site_is_whole_until_a_row_is_changed(night_files):
    made = pictures()
    fans(made)
    nightly.run_night(job_requests.request_another_night(NOON))
    user = person("newcomer")
    feed = Feed.objects.create(user=user, token="t", started_at=NOON)
    told = {
        "rung": "hybrid",
        "predicted": {"neighbours": 4.0, "content": 3.5, "demographics": 4.5},
        "blend": 3.75,
        "at": NOON,
    }
    Impression.objects.create(feed=feed, user=user, image=made["sea"][0], position=0, **told)
    for number in range(4):
        events.rate(user, made["sea"][number].public_id, 5 - number, "feed", LATER)
    learn.learn_user(user.pk)

    rows = {row["method"]: row for row in live.run(read_site(NAMES), Context()).to_json()["rows"]}
    assert rows["hybrid"]["ratings"] == 1
    assert rows["hybrid"]["mae"] == 1.25
    assert rows["demographics"]["mae"] == 0.5
    assert rows["agents"]["ratings"] == rows["equal weights"]["ratings"] == 4
    assert rows["best fixed weights"]["mae"] <= rows["equal weights"]["mae"]
    replay = rows["replay of the agents"]
    assert replay["exact"] == replay["people"] > 0

    AgentStep.objects.filter(user=user).update(satisfaction=1)
    assert live.run(read_site(NAMES), Context()).to_json()["rows"][-1]["exact"] == replay["people"] - 1
