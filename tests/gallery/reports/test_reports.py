"""Reports: a user's report of an image, and a curator's decision."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from gallery.models import Image, Report
from gallery.plumbing.errors import BadValue
from gallery.reports import services as reports
from tests.factories import NOON, image, person
from tests.gallery.admin_people import client_of, staff_with

pytestmark = pytest.mark.django_db
QUEUE = reverse("admin:gallery_report_changelist")


def reported(picture, **more):
    return Report.objects.create(user=person(), image=picture, reason="rights", at=NOON, **more)


def decide(curator, action, *rows):
    chosen = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client_of(curator).post(f"{QUEUE}?state=all", chosen, follow=True)


def test_a_report_waits_for_a_curator(client):
    mina, picture = person(), image()
    client.force_login(mina)
    answer = client.post(
        f"/i/{picture.public_id}/report/", {"reason": "rights", "note": " Mine. "}, follow=True
    )
    assert "A curator will look at it" in answer.content.decode()
    assert list(Report.objects.values_list("user", "image", "reason", "note", "state")) == [
        (mina.pk, picture.pk, "rights", "Mine.", "open")
    ]


def test_saying_it_again_changes_the_report_that_is_open():
    mina, picture = person(), image()
    reports.report(mina, picture.public_id, "rights", "", NOON)
    reports.report(mina, picture.public_id, "broken", "half grey", NOON)
    assert Report.objects.get().reason == "broken"


def test_the_form_is_a_sheet_or_a_page_for_members_alone(client):
    address = f"/i/{image().public_id}/report/"
    assert "/login/" in client.get(address)["Location"]
    client.force_login(person())
    assert "<html" in client.get(address).content.decode()
    assert "<html" not in client.get(address, headers={"HX-Request": "true"}).content.decode()


def test_a_reason_is_one_of_the_list(client):
    client.force_login(person())
    assert client.post(f"/i/{image().public_id}/report/", {"reason": "boring"}).status_code == 400
    assert not Report.objects.exists()


def test_what_a_person_may_not_see_cannot_be_reported(client):
    client.force_login(person())
    secret = image(visibility=Image.Visibility.PRIVATE)
    assert client.post(f"/i/{secret.public_id}/report/", {"reason": "rights"}).status_code == 404


def test_one_person_does_not_fill_the_queue(monkeypatch):
    monkeypatch.setattr(reports, "MOST_OPEN", 1)
    mina, first = person(), image()
    reports.report(mina, first.public_id, "rights", "", NOON)
    reports.report(mina, first.public_id, "other", "", NOON)
    with pytest.raises(BadValue, match="many pictures already"):
        reports.report(mina, image().public_id, "rights", "", NOON)


def test_upholding_hides_the_picture_and_answers_everybody():
    picture, curator = image(), staff_with("gallery.view_report", "gallery.change_image")
    mine, other = reported(picture), reported(picture)
    decide(curator, "hide_pictures", mine)
    picture.refresh_from_db()
    assert picture.visibility == Image.Visibility.HIDDEN
    assert set(Report.objects.values_list("pk", "state", "decided_by")) == {
        (mine.pk, "upheld", curator.pk),
        (other.pk, "upheld", curator.pk),
    }
    assert LogEntry.objects.get().object_repr == picture.title


def test_dismissing_leaves_the_picture_and_what_was_decided_before():
    picture, curator = image(), staff_with("gallery.view_report", "gallery.change_image")
    waiting, decided = reported(picture), reported(picture, state=Report.State.UPHELD)
    decide(curator, "dismiss", waiting, decided)
    picture.refresh_from_db()
    assert picture.visibility == Image.Visibility.PUBLIC
    assert dict(Report.objects.values_list("pk", "state")) == {waiting.pk: "dismissed", decided.pk: "upheld"}


def test_who_may_only_look_decides_nothing():
    waiting = reported(image())
    decide(staff_with("gallery.view_report"), "dismiss", waiting)
    assert Report.objects.get().state == Report.State.OPEN


def test_the_queue_shows_what_waits():
    reported(image("waiting picture"))
    reported(image("settled picture"), state=Report.State.DISMISSED)
    client = client_of(staff_with("gallery.view_report"))
    assert "settled picture" not in client.get(QUEUE).content.decode()
    assert "settled picture" in client.get(f"{QUEUE}?state=dismissed").content.decode()
