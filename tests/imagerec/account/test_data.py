"""Taking everything along, and leaving."""

import csv
import io
import json
import os
import zipfile
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from gallery.acts import erasing, events
from gallery.collections import services as collections
from gallery.models import Collection, Favourite, Image, Job, Rating, View
from imagerec.account import export
from recommender.models import Agents, FirstPicks
from recommender.services import first_picks, job_requests, learn, nightly
from recommender.services.night import cleanup
from recommender.services.night.common import Night
from tests.factories import NOON, image, person, staff
from tests.gallery.admin_people import client_of
from tests.worlds import fans, pictures

pytestmark = pytest.mark.django_db


@pytest.fixture
def settings_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def mina(client, settings_folder):
    """A signed-in user who did a little of everything."""
    mina, wave = person("mina"), image('wave, "großes" 바다')
    events.record_view(mina, wave.public_id, "feed", NOON)
    events.rate(mina, wave.public_id, 5, "feed", NOON)
    events.set_favourite(mina, wave.public_id, True, NOON)
    first_picks.store_picks(mina, ["sea"], [], NOON)
    made = collections.create(mina, "Winter seas", NOON)
    collections.add_to_collection(mina, made.token, wave.public_id, NOON)
    client.force_login(mina)
    return mina


def opened(answer):
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def test_the_zip_holds_each_table_twice(client, mina):
    packed = opened(client.post("/account/download/"))
    assert packed.testzip() is None
    rated = json.loads(packed.read("imagerec/rating.json"))
    assert [(row["value"], row["created_at"]) for row in rated] == [(5, "2026-06-01T12:00:00Z")]
    rows = list(csv.DictReader(io.StringIO(packed.read("imagerec/image.csv").decode())))
    assert rows[0]["title"] == 'wave, "großes" 바다'
    names = {name.rpartition(".")[0].partition("/")[2] for name in packed.namelist()}
    assert names == {name for name, _, _ in export.tables(mina)}


def test_it_holds_nobody_elses(client, mina):
    other = person("neighbour")
    events.rate(other, image("hers").public_id, 1, "feed", NOON)
    packed = opened(client.post("/account/download/"))
    assert not any(
        b"neighbour" in packed.read(name) or b"hers" in packed.read(name) for name in packed.namelist()
    )


def test_it_holds_every_table_that_names_the_person():
    told = {rows.model for _, _, rows in export.tables(person())}
    named = {
        r.related_model
        for r in User._meta.related_objects
        if r.related_model._meta.app_label in {"gallery", "recommender"}
    }
    # arrays and copies of what is told in other tables
    left_out = {"ItemPreference", "Slate", "Feed", "Listing"}
    assert {model.__name__ for model in named - told} <= left_out


def test_what_is_much_is_packed_by_a_worker(client, mina, monkeypatch):
    monkeypatch.setattr(export, "MAX_DIRECT_ROWS", 0)
    assert client.get("/account/download/file/").status_code == 404
    assert client.post("/account/download/").status_code == 302
    assert "being packed" in client.get("/account/download/").content.decode()
    assert export.write_download(mina.pk)
    assert "Download the zip" in client.get("/account/download/").content.decode()
    assert opened(client.get("/account/download/file/")).testzip() is None
    client.force_login(person("neighbour"))
    assert client.get("/account/download/file/").status_code == 404


def by_themselves(client, mina):
    answer = client.post("/account/delete/", {"password": "mina-password"}, follow=True)
    assert answer.redirect_chain == [("/account/farewell/", 302)]
    assert "Your account is gone" in answer.content.decode()


def by_staff(_client, mina):
    curator = client_of(staff())
    answer = curator.post(reverse("admin:auth_user_delete", args=[mina.pk]), {"post": "yes"})
    assert answer.status_code == 302
    curator.logout()


@pytest.mark.parametrize("delete", [by_themselves, by_staff])
def test_leaving_takes_everything(client, mina, settings_folder, django_capture_on_commit_callbacks, delete):
    elsewhere = Client()
    elsewhere.force_login(mina)
    stays = Client()
    stays.force_login(person("other"))
    export.request_download(mina)
    export.write_download(mina.pk)
    wave, number = Image.objects.get(), mina.pk
    with django_capture_on_commit_callbacks(execute=True):
        delete(client, mina)
    assert not User.objects.filter(pk=number).exists()
    for model in (View, Rating, Favourite, Collection, FirstPicks, Agents):
        assert not model.objects.exists(), model
    wave.refresh_from_db()
    assert (wave.view_count, wave.rating_count, wave.rating_sum, wave.favourite_count) == (0, 0, 0, 0)
    assert not Job.objects.filter(key=str(number)).exists()
    assert not list(settings_folder.rglob("*.zip"))
    assert Session.objects.count() == 1
    assert "/login/" in elsewhere.get("/taste/")["Location"]


def test_without_the_password_nothing_goes(client, mina):
    for password in ("", "wrong"):
        answer = client.post("/account/delete/", {"password": password})
        assert answer.status_code == 400
        assert "That is not your password." in answer.content.decode()
    assert client.get("/account/delete/").status_code == 200
    assert User.objects.filter(pk=mina.pk).exists()


def test_passwords_are_not_guessed_here(client, mina):
    answers = [client.post("/account/delete/", {"password": "wrong"}).status_code for _ in range(6)]
    assert answers[-1] == 429
    assert client.post("/account/delete/", {"password": "mina-password"}).status_code == 429


@pytest.mark.parametrize(("choice", "left"), [("keep", {"public"}), ("delete", set())])
def test_uploads_stay_or_go_as_chosen(client, settings_folder, choice, left):
    owner = person("owner")
    image("public", uploaded_by=owner)
    image("private", uploaded_by=owner, visibility="private")
    client.force_login(owner)
    client.post("/account/delete/", {"password": "owner-password", "uploads": choice})
    assert set(Image.objects.values_list("title", flat=True)) == left


def test_the_last_keeper_stays(client, settings_folder):
    keeper = staff("keeper")
    client.force_login(keeper)
    assert (
        "the last who looks after this site"
        in client.post("/account/delete/", {"password": "keeper-password"}).content.decode()
    )
    staff("second")
    client.post("/account/delete/", {"password": "keeper-password"})
    assert not User.objects.filter(username="keeper").exists()


def test_the_next_night_learns_without_the_person(night_files, settings_folder):
    from recommender.data import artifacts

    album = pictures()
    gone = fans(album, each=2)["sea"][0]
    nightly.run_night(job_requests.request_another_night(NOON))
    number = gone.pk
    erasing.erase(User.objects.filter(pk=number))
    nightly.run_night(job_requests.request_another_night(NOON))
    assert number not in artifacts.load_ratings(artifacts.current_version().artifact).users.ids
    assert not learn.learn_user(number)


def test_what_is_ones_own_asks_for_signing_in(client):
    for path in ("/account/download/", "/account/delete/", "/account/download/file/"):
        assert "/login/" in client.get(path)["Location"]


def test_who_still_has_an_account_is_not_told_that_it_is_gone(client, mina):
    assert client.get("/account/farewell/")["Location"] == "/"


def test_a_night_takes_away_what_was_packed_two_days_ago(settings_folder, night_files):
    folder = settings_folder / "exports"
    folder.mkdir()
    for name, hours in (("1.zip", 49), ("1.draft", 49), ("2.zip", 47), ("2.draft", 47)):
        (folder / name).write_bytes(b"the data of a user")
        changed = (NOON - timedelta(hours=hours)).timestamp()
        os.utime(folder / name, (changed, changed))
    cleanup.run(Night("a night", NOON), None)
    assert {path.name for path in folder.iterdir()} == {"2.zip", "2.draft"}
