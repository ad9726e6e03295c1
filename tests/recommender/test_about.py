"""What people say about themselves: kept, forgotten, learnt from, and of use before the first rating."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from gallery import events, jobs
from gallery.events import BadValue
from gallery.models import Job, Rating
from recommender import panels
from recommender.data import artifacts
from recommender.data.about import row_of
from recommender.engine.ids import IdMap
from recommender.models import About, Impression, Pause, TrainedNetwork
from recommender.services import about, nightly, recommend, schedule, train
from recommender.services.cold import cold_ranking
from tests.factories import person
from tests.worlds import pictures

pytestmark = pytest.mark.django_db
SAID = {"birth_year": "1990", "gender": "woman", "region": "europe"}


@pytest.fixture
def models(tmp_path, settings):
    settings.ARTIFACT_DIR = tmp_path


def camps(album, each=8):
    """Young people of East Asia love the sea, old ones of Europe the forest; all for weeks."""
    now, ratings = timezone.now(), []
    for camp, (year, region, genre) in {"a": (2002, "east_asia", "sea"), "b": (1950, "europe", "forest")}.items():
        for number in range(each):
            who = person(f"{camp}{number}")
            About.objects.create(user=who, birth_year=year, region=region, at=now)
            for place, image in enumerate(album[genre]):
                at = now - timedelta(days=40 - 4 * place if number else 2)
                ratings.append(Rating(user=who, image=image, value=5, created_at=at, updated_at=at))
    events.record_history(events.History(ratings=ratings))
    return now


def train_now(key="one"):
    jobs.request(schedule.TRAIN, key)
    assert train.run(key)
    assert Job.objects.get(kind=schedule.TRAIN, key=key).state == Job.State.DONE
    return TrainedNetwork.objects.get(key=key)


def test_what_was_said_is_kept_and_changed(rf):
    who = person()
    about.keep(who, SAID, timezone.now())
    about.keep(who, SAID | {"gender": ""}, timezone.now())
    kept = About.objects.get(user=who)
    assert (kept.birth_year, kept.gender, kept.region) == (1990, "", "europe")


def test_saying_nothing_any_more_forgets():
    who = person()
    about.keep(who, SAID, timezone.now())
    about.keep(who, {}, timezone.now())
    assert not About.objects.exists()


@pytest.mark.parametrize("wrong", [{"birth_year": "90"}, {"birth_year": "3000"}, {"gender": "x"}, {"region": "moon"}])
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(BadValue):
        about.keep(person(), SAID | wrong, timezone.now())


def test_it_goes_with_the_account():
    who = person()
    about.keep(who, SAID, timezone.now())
    who.delete()
    assert not About.objects.exists()


def test_the_welcome_step_asks_and_forgets(client):
    mina = person("mina")
    client.force_login(mina)
    client.post("/welcome/", SAID)
    assert b"1990" in client.get("/welcome/").content
    client.post("/welcome/", SAID | {"birth_year": "1960", "skip": "1"})
    assert About.objects.get(user=mina).birth_year == 1990
    client.post("/welcome/", {"forget": "1"})
    assert b"1990" not in client.get("/welcome/").content


def test_who_said_nothing_has_no_row():
    assert row_of(person().pk, timezone.now()) is None


def test_too_little_to_learn_from_is_written_down(models):
    row = train_now()
    assert not row.current
    assert row.note == "There are 0 ratings; a network needs at least 20."


def test_newcomers_of_two_camps_get_different_first_feeds(models):
    album = pictures(each=8)
    now = camps(album)
    nightly.run(schedule.another(now))
    assert train_now().current
    feeds = {}
    for name, said in {"young": ("2001", "east_asia"), "old": ("1952", "europe"), "silent": ("", "")}.items():
        who = person(name)
        about.keep(who, {"birth_year": said[0], "region": said[1]}, now)
        feeds[name] = recommend.feed_page(who, None, now, size=6)
    genres = {name: [item.image.genre.slug for item in feed.items] for name, feed in feeds.items()}
    assert feeds["young"].rung == feeds["old"].rung == Impression.Rung.ABOUT
    assert genres["young"].count("sea") > 3
    assert genres["old"].count("forest") > 3
    assert feeds["silent"].rung == Impression.Rung.TRENDING
    _a_worse_one_stays_on_the_shelf()


def _a_worse_one_stays_on_the_shelf():
    good = artifacts.current_network()
    assert panels.networks() == [TrainedNetwork.objects.get(key="one")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "_fit", lambda likes, now: good)
        losses = iter([2.0, 1.5])
        patch.setattr(train, "loss_of", lambda *_: next(losses))
        worse = train_now("two")
    assert not worse.current
    assert (worse.loss, worse.loss_before) == (2.0, 1.5)
    assert [row.key for row in panels.networks()] == ["one", "two"]
    assert panels.networks()[0].current


def test_a_damaged_network_costs_the_guess_and_not_the_page(models):
    TrainedNetwork.objects.create(key="gone", current=True, made_at=timezone.now())
    who = person()
    about.keep(who, SAID, timezone.now())
    assert artifacts.current_network() is None
    assert cold_ranking(who, timezone.now()).rung == Impression.Rung.TRENDING


def test_the_week_held_out_is_the_newest(models):
    now = camps(pictures(each=8))
    taught, held = train.read_likes(now)
    assert (len(taught), len(held)) == (116, 12)  # sixteen of the week are too few, so the newest tenth
    assert len(np.unique(held[:, 0])) == 2
    Pause.objects.create(user_id=held[0, 0], since=now - timedelta(days=3))
    assert held[0, 0] not in np.concatenate(train.read_likes(now))[:, 0]


class KnowsNothing:
    """In place of a network: everybody is alike and every image has a chance of one half."""

    def strangers(self, table):
        self.people = np.zeros((len(table), 1))
        return self

    def predict_all(self, _row):
        return np.full(2, 0.5)


def test_a_loss_by_hand():
    learnt = artifacts.Newcomers(IdMap.of(np.array([7, 9])), KnowsNothing(), np.log([1.0, 16.0]))
    held = np.array([[1, 7], [2, 9], [2, 8]])  # odds of 1 and 4, and of the least likely for an image it never met
    loss = train.loss_of(learnt, held, timezone.now())
    assert loss == pytest.approx(-np.log([1 / 5, 4 / 5, 1 / 5]).mean())
