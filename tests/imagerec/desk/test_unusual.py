"""Unusual accounts on the dashboard: what they push, and the button of staff."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from gallery.acts import events
from gallery.models import AccountWeight, Listing
from imagerec.desk import unusual
from tests.factories import NOON, image, person, staff
from tests.gallery.admin_people import client_of, four_clients, staff_with
from tests.html import squeezed

pytestmark = pytest.mark.django_db
DECIDE = "admin:gallery_accountweight_decide"


@pytest.fixture
def group():
    pushed, other = image("Pushed"), image("Other")
    users = [person(f"fake{n}") for n in range(6)]
    for user in users:
        AccountWeight.objects.create(user=user, weight=0.01, reason="group", cluster=users[0].pk, at=NOON)
        events.rate(user, pushed.public_id, 5, "explore", NOON)
        events.rate(user, other.public_id, 3, "explore", NOON)
    return users


def page(client):
    return squeezed(client.get(reverse("admin:index")).content.decode())


def test_a_group_is_described(group):
    (one,) = unusual.unusual_accounts()
    assert (one.people, one.group, one.counts, one.decided) == (6, True, True, None)
    assert [picture.title for picture in one.images] == ["Pushed"]
    assert one.since == min(user.date_joined for user in group)


def test_nothing_unusual_is_not_mentioned():
    assert "Unusual accounts" not in page(client_of(staff()))


def test_staff_take_the_weight_away_and_give_it_back(group):
    curator = staff()
    client = client_of(curator)
    shown = page(client)
    assert "6 accounts that rate much the same pictures" in shown
    assert "fake0, fake1" in shown
    for counts, button, weight in (
        ("0", "Give their weight back", 0.0),
        ("1", "Take their weight away", 1.0),
    ):
        answer = client.post(reverse(DECIDE), {"cluster": group[0].pk, "counts": counts})
        assert answer.url == reverse("admin:index")
        assert set(AccountWeight.objects.values_list("weight", "set_by")) == {(weight, curator.pk)}
        assert button in page(client)
    assert LogEntry.objects.filter(user=curator, object_id=str(group[3].pk)).count() == 2
    best = Listing.objects.get(image__title="Pushed").best
    assert best == pytest.approx(45 / 11)


def test_odd_numbers_are_refused(group):
    client = client_of(staff())
    assert client.post(reverse(DECIDE), {"cluster": "x", "counts": "0"}).status_code == 400
    assert client.post(reverse(DECIDE), {"cluster": "999999", "counts": "0"}).status_code == 404
    assert client.post(reverse(DECIDE), {"cluster": group[0].pk}).status_code == 400
    assert client.get(reverse(DECIDE)).status_code == 405


def test_who_may_decide(group):
    fields = {"cluster": group[0].pk, "counts": "0"}
    may = client_of(staff_with("gallery.change_accountweight"))
    others = [client for who, client in four_clients().items() if who != "superuser"]
    for client in (*others, client_of(staff_with("gallery.view_accountweight"))):
        assert client.post(reverse(DECIDE), fields).status_code in {302, 403}
        assert not AccountWeight.objects.filter(decided_at__isnull=False).exists()
    assert may.post(reverse(DECIDE), fields).status_code == 302
    assert AccountWeight.objects.filter(weight=0).count() == 6


def test_who_only_looks_has_no_button(group):
    viewer = staff_with("recommender.view_version")
    assert "Take their weight away" not in page(client_of(viewer))
