"""A compiled query returns the same rows as Django's, for all values."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from gallery.browse.cards import pictures_for
from gallery.models import Image
from gallery.plumbing.compiled_query import LONG_AGO, CompiledQuery
from tests.factories import image, person

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_numbers_texts_and_moments_take_their_own_places():
    early, late = (
        image(title=title, published_at=NOON + timedelta(days=day)) for day, title in enumerate("ab")
    )
    ask = CompiledQuery(
        lambda title, now, *ids: Image.objects.filter(
            title=title, published_at__lte=now, pk__in=ids, visibility="public"
        ).values_list("pk")
    )
    both = early.pk, late.pk
    assert ask("a", NOON, *both) == [(early.pk,)]
    assert ask("b", NOON, *both) == []
    assert ask("b", NOON + timedelta(days=1), *both) == [(late.pk,)]
    assert ask("b", NOON + timedelta(days=1), early.pk) == []
    # a text of the question itself, and what stands for a moment
    assert ask("public", LONG_AGO, late.pk) == []


def test_pictures_for_cards_are_those_that_a_person_may_see(django_assert_num_queries):
    mina, other = person(), person()
    public, hidden = image(), image(visibility="hidden")
    coming = image(published_at=timezone.now() + timedelta(days=1))
    mine, theirs = (image(visibility="private", uploaded_by=owner) for owner in (mina, other))
    ids = [picture.pk for picture in (public, hidden, coming, mine, theirs)]
    with django_assert_num_queries(1):
        found = pictures_for(mina, ids)
        shown = {
            pk: (one.title, one.width, list(one.rendition_widths), one.placeholder)
            for pk, one in found.items()
        }
    expected = Image.objects.visible(mina).filter(pk__in=ids)
    assert shown == {
        one.pk: (one.title, one.width, one.rendition_widths, one.placeholder) for one in expected
    }
    assert set(shown) == {public.pk, mine.pk}
    assert set(pictures_for(person(is_staff=True), ids)) == set(ids)
    assert pictures_for(mina, []) == {}
