"""Demographics: stored, deleted, learnt from, and used before the first rating."""

import re
from datetime import timedelta

import numpy as np
import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from gallery.acts import events
from gallery.models import Job, Rating
from gallery.plumbing import jobs
from gallery.plumbing.errors import BadValue
from imagerec.demo.demographics import assign_demographics
from imagerec.desk import panels
from recommender.data import artifacts
from recommender.data.demographics import demographics_of
from recommender.engine.ids import IdMap
from recommender.kinds import TRAIN
from recommender.models import Demographics, DemographicsNetwork, FirstPicks, Impression, Pause
from recommender.services import (
    demographics,
    demographics_training,
    first_picks,
    job_requests,
    nightly,
    recommend,
)
from recommender.services.newcomers import newcomer_ranking
from tests.factories import image, person, slugs, staff
from tests.html import squeezed
from tests.worlds import fans, pictures

pytestmark = pytest.mark.django_db
SAID = {"birth_year": "1990", "gender": "woman", "region": "europe"}


@pytest.fixture
def models(tmp_path, settings):
    settings.ARTIFACT_DIR = tmp_path


def camps(album, each=8):
    """Young people of East Asia love the sea, old ones of Europe the forest; all for weeks."""
    now, ratings = timezone.now(), []
    for camp, (year, region, genre) in {
        "a": (2002, "east_asia", "sea"),
        "b": (1950, "europe", "forest"),
    }.items():
        for number in range(each):
            who = person(f"{camp}{number}")
            Demographics.objects.create(user=who, birth_year=year, region=region, at=now)
            for place, shown in enumerate(album[genre]):
                at = now - timedelta(days=40 - 4 * place if number else 2)
                ratings.append(Rating(user=who, image=shown, value=5, created_at=at, updated_at=at))
    events.record_history(events.History(ratings=ratings))
    return now


def train_now(key="one"):
    jobs.request(TRAIN, key)
    assert demographics_training.run_training(key)
    assert Job.objects.get(kind=TRAIN, key=key).state == Job.State.DONE
    return DemographicsNetwork.objects.latest("made_at")


def test_what_was_said_is_kept_and_changed(rf):
    who = person()
    demographics.store_demographics(who, SAID, timezone.now())
    demographics.store_demographics(who, SAID | {"gender": ""}, timezone.now())
    kept = Demographics.objects.get(user=who)
    assert (kept.birth_year, kept.gender, kept.region) == (1990, "", "europe")


def test_saying_nothing_any_more_forgets():
    who = person()
    demographics.store_demographics(who, SAID, timezone.now())
    demographics.store_demographics(who, {}, timezone.now())
    assert not Demographics.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"birth_year": "90"}, {"birth_year": "3000"}, {"gender": "x"}, {"region": "moon"}]
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(BadValue):
        demographics.store_demographics(person(), SAID | wrong, timezone.now())


def test_a_bad_answer_loses_nothing_of_the_form_and_keeps_nothing_of_it(client):
    mina, sea, forest = person("mina"), image(genre_slug="sea"), image(genre_slug="forest")
    client.force_login(mina)
    sent = {"birth_year": "12", "region": "europe", "genre": "sea", "image": forest.public_id}
    answer = client.post("/welcome/", sent)
    page = squeezed(answer.content.decode())
    assert answer.status_code == 400
    assert "A year of birth is four digits" in page
    assert re.search(r'name="birth_year"[^>]*value="12"', page)
    assert 'value="europe" selected' in page
    assert 'value="sea" checked' in page
    assert f'value="{forest.public_id}" checked' in page
    assert f'value="{sea.public_id}" checked' not in page
    gone = client.post("/welcome/", {"birth_year": "1990", "image": "nothing"})
    assert "not there any more" in gone.content.decode()
    assert not Demographics.objects.exists()
    assert not FirstPicks.objects.exists()


def test_it_goes_with_the_account():
    who = person()
    demographics.store_demographics(who, SAID, timezone.now())
    who.delete()
    assert not Demographics.objects.exists()


def test_the_welcome_step_asks_and_forgets(client):
    mina = person("mina")
    client.force_login(mina)
    client.post("/welcome/", SAID)
    assert b'value="1990"' in client.get("/welcome/").content
    client.post("/welcome/", SAID | {"birth_year": "1960", "skip": "1"})
    assert Demographics.objects.get(user=mina).birth_year == 1990
    assert "/welcome/#about-you" in client.get("/taste/").content.decode()
    client.post("/welcome/", {"forget": "1"})
    assert b'value="1990"' not in client.get("/welcome/").content


def test_nobody_else_sees_it_and_no_log_tells_it(client, caplog):
    mina, curator = person("mina"), staff()
    caplog.set_level(0)
    client.force_login(mina)
    client.post("/welcome/", {"birth_year": "1937", "gender": "other", "region": "oceania"})
    client.post("/welcome/", {"birth_year": "1737", "region": "oceania"})  # refused
    said = ("1937", "1737", "oceania", "Oceania")
    assert not [record for record in caplog.records if any(word in record.getMessage() for word in said)]
    client.force_login(curator)
    pages = ("/for-you/", "/taste/", "/admin/", "/admin/auth/user/", f"/admin/auth/user/{mina.pk}/change/")
    shown = {page: client.get(page).content.decode() for page in pages}
    assert not [(page, word) for page, text in shown.items() for word in said if word in text]


def test_the_demos_people_say_what_goes_with_what_they_like():
    album, group = pictures(4), Group.objects.create(name="them")
    for likers in fans(album, each=16).values():
        group.user_set.add(*likers)
    told = assign_demographics("them", 1, timezone.now())
    assert assign_demographics("them", 1, timezone.now()) == 0
    assert 24 < told < 48  # some stay silent
    born = {
        genre: np.median(
            Demographics.objects.filter(user__username__startswith=genre, birth_year__gt=0).values_list(
                "birth_year"
            )
        )
        for genre in album
    }
    assert born["city"] > born["forest"] > born["sea"]


def test_who_said_nothing_has_no_row():
    assert demographics_of(person().pk, timezone.now()) is None


def test_too_little_to_learn_from_is_written_down(models):
    row = train_now()
    assert not row.current
    assert row.note == "There are 0 ratings; a network needs at least 20."


def test_newcomers_of_two_camps_get_different_first_feeds(models):
    album = pictures(each=8)
    now = camps(album)
    nightly.run_night(job_requests.request_another_night(now))
    assert train_now().current
    feeds = {}
    for name, said in {"young": ("2001", "east_asia"), "old": ("1952", "europe"), "silent": ("", "")}.items():
        who = person(name)
        demographics.store_demographics(who, {"birth_year": said[0], "region": said[1]}, now)
        feeds[name] = recommend.feed_page(who, None, now, size=6)
    genres = {name: slugs(feed) for name, feed in feeds.items()}
    assert feeds["young"].rung == feeds["old"].rung == Impression.Rung.DEMOGRAPHICS
    assert genres["young"].count("sea") > 3
    assert genres["old"].count("forest") > 3
    assert feeds["silent"].rung == Impression.Rung.TRENDING
    _both_count_for_who_picked_and_said(User.objects.get(username="old"), now)
    _who_is_silent_loses_nothing(User.objects.get(username="silent"), now)
    _a_worse_one_stays_on_the_shelf()


def _both_count_for_who_picked_and_said(old, now):
    first_picks.store_picks(old, ["forest"], [], now)
    assert newcomer_ranking(old, now).rung == Impression.Rung.FIRST_PICKS
    client = Client()
    client.force_login(old)
    page = client.get("/for-you/").content.decode()
    assert "Picked by what you chose at the start." in page
    assert "People of your age, gender or region count a little, too." in page


def _who_is_silent_loses_nothing(silent, now):
    first_picks.store_picks(silent, ["forest"], [], now)
    with_network = newcomer_ranking(silent, now)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(artifacts, "current_network", lambda: None)
        without = newcomer_ranking(silent, now)
    np.testing.assert_array_equal(with_network.images, without.images)
    np.testing.assert_array_equal(with_network.scores, without.scores)


def _a_worse_one_stays_on_the_shelf():
    good = artifacts.current_network()
    assert panels.network_panel() == [DemographicsNetwork.objects.get(key="one")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demographics_training, "_fit", lambda likes, now: good)
        losses = iter([2.0, 1.5])
        patch.setattr(demographics_training, "loss_of", lambda *_: next(losses))
        worse = train_now("one")  # the same day again
    assert not worse.current
    assert (worse.loss, worse.loss_before) == (2.0, 1.5)
    assert panels.network_panel() == [DemographicsNetwork.objects.get(key="one", current=True), worse]


def test_a_damaged_network_costs_the_guess_and_not_the_page(models):
    DemographicsNetwork.objects.create(key="gone", current=True, made_at=timezone.now())
    who = person()
    demographics.store_demographics(who, SAID, timezone.now())
    assert artifacts.current_network() is None
    assert newcomer_ranking(who, timezone.now()).rung == Impression.Rung.TRENDING


def test_a_part_of_the_newest_week_is_held_out_and_the_rest_is_learnt_from(models, monkeypatch):
    now = camps(pictures(each=8))
    monkeypatch.setattr(demographics_training, "MIN_HELD_OUT", 1)
    # with 86 likes: chance takes none of 16 once in 35 times
    monkeypatch.setattr(demographics_training, "NEWEST_WEEK", timedelta(days=30))
    taught, held = map(pairs, demographics_training.read_likes(now))
    week = {
        *Rating.objects.filter(updated_at__gt=now - demographics_training.NEWEST_WEEK).values_list(
            "user_id", "image_id"
        )
    }
    assert held
    assert held < week
    assert week & taught
    assert len(taught | held) == 128


def test_after_a_quiet_week_a_part_of_all_likes_is_held_out_the_same_every_night(models):
    now = camps(pictures(each=8))
    taught, held = map(pairs, demographics_training.read_likes(now))  # sixteen of the week are too few
    assert 5 < len(held) < 55
    assert not held & taught
    assert pairs(demographics_training.read_likes(now + timedelta(days=1))[1]) == held


def test_what_was_said_in_a_pause_is_not_read(models):
    now = camps(pictures(each=8))
    who = demographics_training.read_likes(now)[1][0, 0]
    Pause.objects.create(user_id=who, since=now - timedelta(days=100))
    assert who not in np.concatenate(demographics_training.read_likes(now))[:, 0]


def pairs(likes):
    return {*map(tuple, likes.tolist())}


class KnowsNothing:
    """A replacement for a network: all users are the same, and each image has odds of one half."""

    def strangers(self, table):
        self.people = np.zeros((len(table), 1))
        return self

    def predict_all(self, _row):
        return np.full(2, 0.5)


def test_a_loss_by_hand():
    learnt = artifacts.DemographicsModel(IdMap.of(np.array([7, 9])), KnowsNothing(), np.log([1.0, 16.0]))
    # odds of 1 and 4, and of the least likely for an image it never met
    held = np.array([[1, 7], [2, 9], [2, 8]])
    loss = demographics_training.loss_of(learnt, held, timezone.now())
    assert loss == pytest.approx(-np.log([1 / 5, 4 / 5, 1 / 5]).mean())
