import pytest

from gallery.models import Image, View
from tests.factories import image, person, staff

pytestmark = pytest.mark.django_db


def test_opening_a_picture_counts_a_view_with_where_it_came_from(client):
    client.force_login(person())
    picture = image()
    client.get(f"/i/{picture.public_id}/?from=search")
    client.get(f"/i/{picture.public_id}/?from=feed")
    assert View.objects.get().source == "search"


def test_an_unknown_source_counts_as_direct(client):
    client.force_login(person())
    client.get(f"/i/{image().public_id}/?from=<script>")
    assert View.objects.get().source == "direct"


@pytest.mark.parametrize("headers", [{"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}])
def test_loading_ahead_is_not_looking(client, headers):
    client.force_login(person())
    assert client.get(f"/i/{image().public_id}/", headers=headers).status_code == 200
    assert not View.objects.exists()


def test_a_head_request_counts_nothing(client):
    client.force_login(person())
    client.head(f"/i/{image().public_id}/")
    assert not View.objects.exists()


def test_a_stranger_looks_without_being_counted(client):
    assert client.get(f"/i/{image().public_id}/").status_code == 200
    assert not View.objects.exists()


def test_who_may_see_a_private_picture(client):
    owner = person()
    picture = image("mine", visibility=Image.Visibility.PRIVATE, uploaded_by=owner)
    seen = []
    for who in (None, person(), owner, staff()):
        client.logout()
        if who:
            client.force_login(who)
        seen.append(client.get(f"/i/{picture.public_id}/").status_code)
    assert seen == [404, 404, 200, 200]


def test_the_facts_are_told_in_order_with_their_units(client):
    picture = image(camera={"iso": 100, "aperture": 2.8, "exposure": "1/250", "serial": "12345"})
    html = client.get(f"/i/{picture.public_id}/").content.decode()
    assert html.index("1/250 s") < html.index("f/2.8")
    assert "12345" not in html


def test_what_people_wrote_is_shown_as_text(client):
    html = client.get(f"/i/{image('<script>alert(1)</script>').public_id}/").content.decode()
    assert "<script>alert" not in html


def test_the_sheet_is_a_fragment_or_a_page(client):
    address = f"/i/{image().public_id}/actions/"
    assert "<html" in client.get(address).content.decode()
    assert "<html" not in client.get(address, headers={"HX-Request": "true"}).content.decode()


def test_what_fewer_than_three_people_gave_is_not_told(client):
    for people, told in ((1, False), (2, False), (3, True)):
        picture = image(rating_count=people, rating_sum=4 * people)
        for who in (None, person()):
            client.logout()
            if who:
                client.force_login(who)
            html = client.get(f"/i/{picture.public_id}/").content.decode()
            assert ("4.0 of 5, by" in html) is told
