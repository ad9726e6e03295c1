"""A source that is added to SOURCES appears everywhere and needs no other file."""

import io
import json
import zipfile
from datetime import timedelta

import numpy as np
import pytest
from django.core.management import call_command
from django.urls import reverse

from gallery.acts import events
from gallery.models import Image
from imagerec.account import export
from imagerec.desk import panels
from recommender import sources
from recommender.data.slates import current_slate
from recommender.models import AgentMove, Agents, Impression
from recommender.services import job_requests, learn, nightly
from recommender.services.recommend import feed_page
from recommender.sources.base import PartText, Prediction, Source
from tests.factories import NOON, person, staff
from tests.gallery.admin_people import client_of
from tests.worlds import fans, pictures

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


class Popular(Source):
    """A source for the test: the share of each image in the views of the last week."""

    name = "popular"
    label = "What is looked at lately"
    short = "popular lately"
    tone = "fourth"
    parts = {
        "popular": PartText(
            "Looked at lately", "fourth", "Many looked at it lately.", "Few looked at it lately."
        )
    }

    def fit(self, night):
        columns, known = night.content.rows_of(night.views.images)
        return {
            "views": np.bincount(columns, night.views.this_week[known], minlength=len(night.content.images))
        }

    def predict(self, loaded, person):
        share = loaded["views"] / max(loaded["views"].max(), 1)
        return Prediction(np.clip(person.base + 4 * share - 2, 1, 5))


@pytest.fixture
def site(night_files, monkeypatch):
    """All users view the last image of the sea many times; one user rates four others."""
    monkeypatch.setattr(sources, "SOURCES", (*sources.SOURCES, Popular()))
    album = pictures(8)
    fans(album, each=2)
    loved = album["sea"][7]
    for looker in (person(f"looker{number}") for number in range(3)):
        for minute in range(9):
            events.record_view(looker, loved.public_id, "feed", NOON - timedelta(minutes=20 * minute + 1))
    nightly.run_night(job_requests.request_another_night(NOON))
    user = person("rater")
    for number in range(4):
        events.rate(user, album["city"][number].public_id, 5 - number, "feed", LATER)
    learn.learn_user(user.pk)
    return user, Image.objects.get(pk=loved.pk)


def test_the_feed_and_the_agents_know_it(site):
    user, loved = site
    slate = current_slate(user.pk)
    popular = slate.predictions["popular"].values
    assert popular[slate.images == loved.pk] == popular.max()
    feed_page(user, None, LATER, size=20)
    shown = Impression.objects.filter(user=user, explored=False)
    assert all("popular" in one.predicted for one in shown)
    moves = AgentMove.objects.filter(step__user=user, source="popular")
    assert moves.filter(predicted__isnull=False).count() == moves.count() == 4


def test_reasons_and_my_taste_name_it(site, client):
    user, loved = site
    agents = Agents.objects.get(user=user)
    agents.memory["states"] = [0, 0, 0, 10]
    agents.save()
    client.force_login(user)
    why = client.get(f"/i/{loved.public_id}/why/").content.decode()
    assert "Many looked at it lately." in why
    assert "Looked at lately" in why
    assert "What is looked at lately" in client.get("/taste/").content.decode()


def test_the_dashboard_and_the_admin_name_it(site, monkeypatch):
    monkeypatch.setattr(
        panels, "days_until", lambda now: [LATER.date() - timedelta(days=d) for d in range(29, -1, -1)]
    )
    admin = client_of(staff())
    page = admin.get(reverse("admin:index")).content.decode()
    assert "popular lately alone" in page
    for name in ("agents", "agentstep", "impression"):
        assert admin.get(reverse(f"admin:recommender_{name}_changelist")).status_code == 200
    assert "popular lately 0." in admin.get(reverse("admin:recommender_agents_changelist")).content.decode()


def test_the_export_and_the_lab_know_it(site, tmp_path):
    user, _ = site
    packed = zipfile.ZipFile(io.BytesIO(b"".join(export.stream(user))))
    moves = json.loads(packed.read("imagerec/agentmove.json"))
    states = packed.read("imagerec/agents.csv").decode().splitlines()[1].partition('"')[2].partition('"')[0]
    assert len(json.loads(states)) == 4
    assert "popular" in {move["source"] for move in moves}
    call_command("lab", "run", "live", "--data", "site", "--out", str(tmp_path))
    rows = {row["method"] for row in json.loads((tmp_path / "report.json").read_text())["rows"]}
    assert {"popular alone", "neighbours alone"} <= rows
