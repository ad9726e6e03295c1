"""Cached parts of pages: their keys name everything that they depend on. CHECK_FRAGMENTS compares each
hit."""

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.template import Context, Template

from gallery.browse.cards import Card
from gallery.models import Image
from gallery.plumbing import fragment_cache
from tests.factories import image, person
from tests.html import squeezed


def test_a_key_that_leaves_something_out_is_named_with_the_first_difference():
    page = Template('{% load cached %}{% cached "greeting" %}<p>Good day, {{ name }}</p>{% endcached %}')
    page.render(Context({"name": "Mina"}))
    page.render(Context({"name": "Mina"}))
    with pytest.raises(fragment_cache.WrongKey, match=r"'greeting'.*character 13.*Mina</p>.*Noor</p>"):
        page.render(Context({"name": "Noor"}))


def test_a_visit_does_not_pay_for_the_check(settings):
    settings.CHECK_FRAGMENTS = False
    page = Template('{% load cached %}{% cached "greeting" %}{{ name }}{% endcached %}')
    assert [page.render(Context({"name": name})) for name in ("Mina", "Noor")] == ["Mina", "Mina"]


@pytest.mark.django_db
def test_the_bar_of_somebody_who_becomes_a_curator_has_the_way_to_the_desk(client):
    mina = person()
    client.force_login(mina)
    assert "/admin/" not in client.get("/").content.decode()
    User.objects.filter(pk=mina.pk).update(is_staff=True)
    assert "/admin/" in client.get("/").content.decode()


@pytest.mark.django_db
def test_the_bar_says_which_theme_was_chosen(client):
    for theme in ("light", "dark"):
        client.cookies["theme"] = theme
        assert f'value="{theme}" aria-pressed="true"' in squeezed(client.get("/").content.decode())


@pytest.mark.django_db
def test_the_bar_is_this_persons_on_this_page(client):
    image("A harbour")
    for name in ("mina", "noor"):
        client.force_login(person(name))
        for path in ("/", "/?sort=newest", "/search/?q=sea"):
            page = client.get(path).content.decode()
            assert name in page
            assert f'name="next" value="{path}"' in page


@pytest.mark.django_db
def test_one_picture_in_two_lists_says_in_each_where_it_was_found(client):
    hung = image("A harbour")
    for path, source in (("/", "explore"), ("/search/", "search")):
        page = client.get(path).content.decode()
        assert f'href="/i/{hung.public_id}/?from={source}"' in page
        assert f'<input type="hidden" name="from" value="{source}">' in page


def test_a_card_is_of_its_reader_its_rating_and_its_list():
    hung = Image(public_id="abc", title="A harbour", width=900, height=600, rendition_widths=[320])
    cards = [Card(hung), Card(hung, 4), Card(hung, 4, favourite=True), Card(hung, 4, True, source="search")]
    grid = Template("{% load cards %}{% grid_cards cards %}")
    for user in (AnonymousUser(), User(pk=1, username="mina")):
        seen = [grid.render(Context({"cards": [card], "user": user})) for card in cards]
        assert len(set(seen)) == 4
