from collections import OrderedDict
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.utils import timezone, translation
from hypothesis import given, settings
from hypothesis import strategies as st

from gallery.browse.cards import EAGER, Card, cards_for
from gallery.models import Favourite, Image, Rating
from gallery.plumbing import fragment_cache
from tests.factories import image, person


@pytest.mark.django_db
def test_cards_know_what_the_person_did_with_one_query(django_assert_num_queries):
    mina, now = person(), timezone.now()
    pictures = [image() for _ in range(5)]
    Rating.objects.create(user=mina, image=pictures[1], value=4, created_at=now, updated_at=now)
    Favourite.objects.create(user=mina, image=pictures[2], at=now)
    with django_assert_num_queries(1):
        cards = cards_for(pictures, mina, "explore")
    assert [card.rating for card in cards] == [None, 4, None, None, None]
    assert [card.favourite for card in cards] == [False, False, True, False, False]


@given(st.integers(1, 60000), st.integers(1, 60000))
def test_every_shape_has_its_rules_in_the_stylesheet(width, height):
    card = Card(Image(width=width, height=height))
    with open(finders.find("css/ratios.css"), encoding="utf-8") as file:
        rules = file.read()
    assert f".{card.ratio_class}{{" in rules
    assert f".{card.width_class}{{" in rules


def test_the_browser_is_offered_every_width():
    card = Card(Image(public_id="abc", width=1500, height=1000, rendition_widths=[320, 640]))
    assert card.webp == "/media/abc/320.webp 320w, /media/abc/640.webp 640w"
    assert card.ratio_class == "r-150"


@pytest.mark.django_db
def test_a_card_that_was_kept_follows_its_image_and_its_person(client):
    hung, mina = image(title="A quiet harbour"), person()
    assert "A quiet harbour" in client.get("/").content.decode()
    Image.objects.filter(pk=hung.pk).update(title="A loud harbour")
    assert "A quiet harbour" not in client.get("/").content.decode()
    client.force_login(mina)
    assert f"/i/{hung.public_id}/hide/" in client.get("/").content.decode()
    client.logout()
    page = client.get("/").content.decode()
    assert f"/i/{hung.public_id}/hide/" not in page
    assert mina.username not in page
    assert fragment_cache.TOKEN not in page


@pytest.mark.django_db
def test_no_address_fills_the_memory(client, monkeypatch):
    monkeypatch.setattr(fragment_cache, "_cache", OrderedDict())
    client.get("/")
    pieces = len(fragment_cache._cache)
    assert client.get("/", {"x": "'" * 20_000}).status_code == 200
    assert len(fragment_cache._cache) == pieces


def test_what_was_asked_for_last_is_kept_longest(monkeypatch):
    monkeypatch.setattr(fragment_cache, "_cache", OrderedDict())
    monkeypatch.setattr(fragment_cache, "MAX_ENTRIES", 2)
    for name in ("often", "once"):
        fragment_cache.cached(Context(), (name,), lambda _: "<p>")
    assert fragment_cache.get(("often",))
    fragment_cache.cached(Context(), ("new",), lambda _: "<p>")
    assert (fragment_cache.get(("often",)), fragment_cache.get(("once",))) == ("<p>", None)


def test_what_hangs_on_the_place_of_a_card_is_put_in_where_it_stands():
    hung = Image(public_id="abc", title='</a> loading="lazy"', width=900, height=600, rendition_widths=[320])
    cards = [Card(hung, position=0), Card(hung, position=2), Card(hung, position=9, explored=True)]
    context = Context({"cards": cards, "user": AnonymousUser()})
    first, soon, exploring = (
        Template("{% load cards %}{% grid_cards cards %}").render(context).split("<li")[1:]
    )
    assert ('fetchpriority="high"' in first, 'loading="lazy"' in first) == (True, False)
    assert 'loading="lazy"' not in soon
    assert "fetchpriority" not in soon
    assert 'loading="lazy"' in exploring
    assert exploring.count('class="badge exploring"') == 1
    assert 'class="badge exploring"' not in first + soon


@given(
    title=st.text(max_size=30),
    alt_text=st.text(max_size=30),
    size=st.tuples(st.integers(1, 60_000), st.integers(1, 60_000)),
    widths=st.lists(st.sampled_from([320, 640, 1280, 2560]), unique=True).map(sorted),
    rating=st.none() | st.integers(1, 5),
    favourite=st.booleans(),
    source=st.sampled_from(["", "feed", "search"]),
    person_=st.sampled_from([AnonymousUser(), User(pk=1, username="mina")]),
    language=st.sampled_from(["en", "ko"]),
    visibility=st.sampled_from(Image.Visibility.values),
    days=st.sampled_from([-1, 1]),
)
@settings(deadline=None, max_examples=60)
def test_a_card_that_is_filled_in_is_the_one_that_its_template_makes(
    title, alt_text, size, widths, rating, favourite, source, person_, language, visibility, days
):
    hung = Image(
        public_id="abc",
        title=title,
        alt_text=alt_text,
        width=size[0],
        height=size[1],
        rendition_widths=widths,
    )
    hung.visibility, hung.published_at = visibility, timezone.now() + timedelta(days=days)
    hung.placeholder = "data:image/webp;base64,UklGRj+/A=="
    card = Card(hung, rating, favourite, position=EAGER, source=source)
    with translation.override(language):
        context = {"card": card, "cards": [card], "user": person_, "csrf_token": "of-this-visit"}
        filled = Template("{% load cards %}{% grid_cards cards %}").render(Context(context))
        rendered = Template('{% include "gallery/_card.html" %}').render(Context(context))
    assert filled == rendered
