"""An account that rates faster than a person gets a sentence; what was accepted stays."""

import pytest
from django.urls import reverse

from gallery.acts import pace
from gallery.models import Rating
from tests.factories import image, person

pytestmark = pytest.mark.django_db
SENTENCE = "You rate faster than we can follow."


@pytest.fixture
def mina(client):
    user = person("mina")
    client.force_login(user)
    return user


def rate(client, picture, value=4, **headers):
    return client.post(reverse("gallery:rate", args=[picture.public_id]), {"value": value}, headers=headers)


def select(client, pictures, value=4):
    ids = " ".join(picture.public_id for picture in pictures)
    return client.post(
        reverse("gallery:rate_selection"), {"images": ids, "value": value}, headers={"HX-Request": "true"}
    )


def test_sixty_requests_a_minute(client, mina):
    picture, other = image(), image()
    assert {rate(client, picture, 1 + n % 5).status_code for n in range(pace.REQUESTS)} == {302}
    for headers in ({}, {"HX-Request": "true"}):
        answer = rate(client, other, **headers)
        assert answer.status_code == 429
        assert SENTENCE in answer.content.decode()
    assert list(Rating.objects.values_list("image", flat=True)) == [picture.pk]


def test_two_pages_at_once_are_fine_and_a_thousand_pictures_are_not(client, mina, monkeypatch):
    pictures = [image() for _ in range(48)]
    for value in (4, 5):
        assert select(client, pictures, value).status_code == 200
    monkeypatch.setattr(pace, "IMAGES", 100)
    assert select(client, pictures, 1).status_code == 429
    assert set(Rating.objects.values_list("value", flat=True)) == {5}


def test_each_account_has_its_own_limit(client, mina, monkeypatch):
    monkeypatch.setattr(pace, "REQUESTS", 1)
    picture = image()
    assert [rate(client, picture).status_code for _ in range(2)] == [302, 429]
    client.force_login(person("joon"))
    assert rate(client, picture).status_code == 302
