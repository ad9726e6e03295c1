"""Staff see on every page that an image is not public; other users do not see such images."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gallery.acts import events
from gallery.browse.cards import pictures_for
from gallery.catalogue import editing
from tests.factories import NOON, image, person, staff
from tests.gallery.admin.test_admin import change_page
from tests.gallery.admin_people import client_of, staff_with
from tests.gallery.test_language import korean  # noqa: F401  # a fixture

pytestmark = pytest.mark.django_db
BACK = {
    "hidden": ({"visibility": "hidden"}, "Hidden from visitors", "방문자에게 숨김"),
    "private": ({"visibility": "private"}, "Private", "비공개"),
    "later": ({"published_at": timezone.now() + timedelta(days=9)}, "Not yet published", "아직 공개 전"),
}
BADGE = 'class="badge hidden-reason" title="{}"'


@pytest.fixture(params=BACK)
def hidden_reason(request):
    """An image of each kind, and its label in both languages."""
    more, *said = BACK[request.param]
    return image("Gossip column", genre_slug="scandal", **more), *said


def page_of(client, address, language="en"):
    return client.get(address, headers={"Accept-Language": language}).content.decode()


@pytest.mark.parametrize("address", ["/genre/scandal/", "/search/?q=", "/search/?sort=newest", "/i/{}/card/"])
def test_a_card_says_so_to_staff(hidden_reason, address):
    picture, english, _ = hidden_reason
    assert BADGE.format(english) in page_of(client_of(staff()), address.format(picture.public_id))


def test_so_does_the_picture_itself_in_both_languages(hidden_reason, korean):  # noqa: F811
    picture, english, in_korean = hidden_reason
    client = client_of(staff())
    page = page_of(client, picture.get_absolute_url())
    assert 'class="hidden-reason-note"' in page
    assert english in page
    assert f'href="{change_page(picture)}"' in page
    assert in_korean in page_of(client, picture.get_absolute_url(), "ko")
    sheet = client.get(f"/i/{picture.public_id}/actions/", headers={"HX-Request": "true"}).content.decode()
    assert english in sheet


def test_who_may_not_look_into_the_desk_is_not_led_there(hidden_reason):
    picture = hidden_reason[0]
    page = page_of(client_of(staff_with()), picture.get_absolute_url())
    assert 'class="hidden-reason-note"' in page
    assert change_page(picture) not in page


def test_what_everybody_sees_says_nothing(client):
    image("Boat")
    page = page_of(client_of(staff()), "/genre/sea/")
    assert "Boat" in page
    assert "hidden-reason" not in page


def test_a_card_that_was_kept_follows_what_a_curator_decides():
    boat, client = image("Boat"), client_of(staff())
    for visibility, said in (
        ("public", ""),
        ("hidden", "Hidden from visitors"),
        ("private", "Private"),
        ("public", ""),
    ):
        editing.change([boat.pk], visibility=visibility)
        page = page_of(client, "/genre/sea/")
        assert page.count("badge hidden-reason") == bool(said)
        assert not said or BADGE.format(said) in page


def test_ones_own_private_picture_says_so_without_a_way_to_the_desk():
    mina = person()
    picture = image("Boat", visibility="private", uploaded_by=mina)
    client = client_of(mina)
    assert BADGE.format("Private") in page_of(client, "/genre/sea/")
    page = page_of(client, picture.get_absolute_url())
    assert "You and the curators alone see this picture." in page
    assert "/admin/" not in page


def test_the_feeds_pictures_know_it_too(hidden_reason):
    picture = hidden_reason[0]
    assert pictures_for(staff(), [picture.pk])[picture.pk].hidden_reason == picture.hidden_reason != ""
    boat = image()
    assert pictures_for(person(), [boat.pk])[boat.pk].hidden_reason == boat.hidden_reason == ""


def test_a_history_says_it(hidden_reason):
    picture, english, _ = hidden_reason
    curator = staff()
    events.record_view(curator, picture.public_id, "direct", NOON)
    assert BADGE.format(english) in page_of(client_of(curator), "/history/")
