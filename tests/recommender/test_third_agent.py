"""The demographics source: it predicts for users with demographics, and changes nothing for others."""

from datetime import timedelta

import numpy as np
import pytest

from gallery.acts import events
from gallery.models import Image
from recommender.data import artifacts
from recommender.data.demographics import all_demographics, table_of
from recommender.data.lab_dataset import read_site
from recommender.data.slates import current_slate, unpack
from recommender.engine.agents import Memory
from recommender.engine.ids import IdMap
from recommender.engine.neural.metadata import Encoder
from recommender.engine.neural.metadata_ncf import NEWCOMERS
from recommender.engine.neural.network import FittedNetwork
from recommender.engine.types import Scale
from recommender.lab.context import Context
from recommender.lab.protocols import live
from recommender.models import (
    AgentMove,
    Agents,
    AgentStep,
    Demographics,
    DemographicsNetwork,
    Impression,
    Slate,
)
from recommender.services import demographics, explanation, job_requests, learn, nightly, recommend, taste
from recommender.sources import DEMOGRAPHICS, SOURCES
from tests.factories import NOON, person
from tests.html import squeezed
from tests.recommender.logged import predicted
from tests.worlds import fans, pictures

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
SAID = {"birth_year": "1990", "gender": "woman", "region": "europe"}


def put_network(key="one"):
    """A network as it stands before its first epoch: what it says is of no worth,
    but it says it about everybody."""
    images = IdMap.of(np.array(Image.objects.order_by("pk").values_list("pk", flat=True)))
    encoder = Encoder.fit(table_of(all_demographics(NOON).values()))
    rng = np.random.default_rng(3)
    start = NEWCOMERS.start(rng, 0, len(images), encoder.width)
    no_users, no_items = np.zeros(0, dtype=bool), np.zeros(0, dtype=np.int32)
    known = np.ones(len(images), dtype=bool)
    nothing_seen = np.zeros(1, dtype=np.int64)
    network = FittedNetwork(
        NEWCOMERS, start, 0.0, Scale(1, 5), no_users, known, nothing_seen, no_items, encoder
    )
    artifacts.save_network(key, artifacts.DemographicsModel(images, network, np.zeros(len(images))))
    DemographicsNetwork.objects.create(key=key, current=True, made_at=NOON)


@pytest.fixture
def album(night_files):
    """Fans of the sea and the city with demographics; a network and a night that know them."""
    made = pictures(8)
    of_all = fans(made, each=3)
    for number, user in enumerate([*of_all["sea"], *of_all["city"]]):
        Demographics.objects.create(user=user, birth_year=1960 + 5 * number, region="europe", at=NOON)
    put_network()
    nightly.run_night(job_requests.request_another_night(NOON))
    return made


def rates(name, album, said=None):
    user = person(name)
    if said:
        demographics.store_demographics(user, said, NOON)
    for number in range(4):
        events.rate(
            user, album["sea"][number].public_id, 5 - number, "feed", LATER + timedelta(minutes=number)
        )
    learn.learn_user(user.pk)
    return user


def test_who_said_something_has_a_third_agent_that_pages_and_reasons_name(album, client):
    user = rates("told", album, SAID)
    assert (
        AgentMove.objects.filter(step__user=user, source="demographics", predicted__isnull=False).count() == 4
    )
    slate = current_slate(user.pk)
    values = slate.predictions["demographics"].values
    assert values.shape == slate.images.shape
    assert ((values >= 1) & (values <= 5)).all()

    image = Image.objects.get(pk=int(slate.images[0]))
    agents = Agents.objects.get(user=user)
    agents.memory["states"][2] = 10
    agents.save()
    why = explanation.explain(user, image, LATER)
    assert "demographics" in [part.kind for part in why.parts]
    assert sum(part.value for part in why.parts) == pytest.approx(why.score)

    client.force_login(user)
    assert "People of your age, gender or region" in client.get("/taste/").content.decode()
    html = squeezed(client.get(f"/i/{image.public_id}/why/").content.decode())
    assert "People of your age, gender or region 1.0" in html


@pytest.mark.parametrize(("taught", "speaks"), [(NOON, True), (LATER + timedelta(hours=1), False)])
def test_a_night_that_catches_up_asks_a_network_of_before(album, taught, speaks):
    """A network that was trained later may have been trained on these ratings."""
    DemographicsNetwork.objects.update(made_at=taught)
    user = person("late")
    demographics.store_demographics(user, SAID, NOON)
    events.rate(user, album["sea"][0].public_id, 5, "feed", LATER)
    nightly.run_night(job_requests.request_another_night(LATER + timedelta(days=1)))
    assert (predicted(AgentStep.objects.get(user=user))[2] is not None) is speaks


def test_who_said_nothing_is_served_as_if_there_were_no_network(album):
    with_network = rates("silent", album)
    DemographicsNetwork.objects.update(current=False)
    without = rates("quiet", album)
    pairs = [Agents.objects.get(user=user) for user in (with_network, without)]
    slates = [Slate.objects.get(user=user) for user in (with_network, without)]
    assert pairs[0].memory == pairs[1].memory
    assert len(pairs[0].memory["states"]) == 2
    assert bytes(slates[0].candidates) == bytes(slates[1].candidates)
    assert "demographics" not in unpack(slates[0].candidates).predictions


def test_what_the_feed_showed_is_judged_and_what_is_forgotten_leaves_the_slate(album):
    user = rates("told", album, SAID)
    shown = recommend.feed_page(user, None, LATER + timedelta(hours=1)).items[0].image
    events.rate(user, shown.public_id, 2, "feed", LATER + timedelta(hours=2))
    learn.learn_user(user.pk)
    told = Impression.objects.get(feed__user=user, image=shown.pk).predicted["demographics"]
    assert predicted(AgentStep.objects.filter(user=user).last())[2] == told
    demographics.forget(user)
    learn.learn_user(user.pk)
    assert "demographics" not in current_slate(user.pk).predictions


def test_a_pair_of_before_is_joined_and_its_log_still_replays(album):
    user = rates("late", album)
    assert len(Memory.from_json(Agents.objects.get(user=user).memory).states) == 2
    demographics.store_demographics(user, SAID, LATER)
    events.rate(user, album["city"][0].public_id, 1, "feed", LATER + timedelta(hours=1))
    learn.learn_user(user.pk)
    move = AgentMove.objects.filter(step__user=user, source="demographics").last()
    assert (move.state, move.predicted is not None) == (5, True)
    drawn = taste.taste_of(user, LATER).weights[-1]
    assert (drawn.source, drawn.values[:2], drawn.values[-1] is not None) == (
        DEMOGRAPHICS,
        [None, None],
        True,
    )
    replay = live.run(read_site(tuple(source.name for source in SOURCES)), Context()).to_json()["rows"][-1]
    assert replay["exact"] == replay["people"] > 1
