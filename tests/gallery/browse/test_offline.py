"""The service worker and the manifest, and the separation of fragments and private pages."""

import re

import pytest
from django.contrib.staticfiles import finders

from tests.factories import image, person

pytestmark = pytest.mark.django_db


def test_the_service_worker_is_served_from_the_root_and_asked_for_again(client):
    answer = client.get("/sw.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert "no-cache" in answer["Cache-Control"]
    files = re.findall(r'"/static/([^"]+)"', answer.content.decode())
    assert files
    assert all(finders.find(name) for name in files)


def test_the_worker_keeps_every_stylesheet_of_a_page(client):
    worker = client.get("/sw.js").content.decode()
    styles = re.findall(r'href="(/static/css/[^"]+)"', client.get("/").content.decode())
    assert styles
    assert all(f'"{name}"' in worker for name in styles)


def test_the_manifest_names_icons_that_are_there(client):
    manifest = client.get("/manifest.webmanifest").json()
    assert manifest["start_url"] == manifest["scope"] == "/"
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}
    assert all(finders.find(icon["src"].removeprefix("/static/")) for icon in manifest["icons"])


def test_the_policy_lets_the_worker_in(client):
    assert "worker-src 'self'" in client.get("/")["Content-Security-Policy"]


def test_a_fragment_is_never_taken_for_the_page(client):
    for path in ("/", f"/i/{image().public_id}/"):
        assert "HX-Request" in client.get(path)["Vary"]


def test_a_picture_of_the_overlay_is_the_inside_of_its_page(client):
    client.force_login(person())
    path = f"/i/{image('a wave').public_id}/"
    inside = client.get(path, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in inside
    assert 'data-title="a wave' in inside


def test_a_card_is_made_anew_or_gone(client):
    client.force_login(person())
    path = f"/i/{image('a wave').public_id}"
    assert "a wave" in client.get(f"{path}/card/").content.decode()
    client.post(f"{path}/hide/", {"reason": "taste"})
    assert 'class="gone"' in client.get(f"{path}/card/").content.decode()


def test_without_a_connection_nobody_is_taken_for_a_stranger(client):
    html = client.get("/offline/").content.decode()
    assert '<a class="button" href="">Try again</a>' in html
    assert "Sign in" not in html
    assert "Create an account" not in html
    assert '<a class="brand"' in html
