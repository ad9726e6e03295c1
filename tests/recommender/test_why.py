"""Why a picture is here: by what placed it, the largest part alone, in numbers that add up,
telling another user's rating."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from gallery.acts import events
from gallery.models import Image
from recommender import explanation_text
from recommender.models import GenreStance, Impression
from recommender.services import explanation, first_picks, learn, newcomers, ranking
from recommender.services.explanation import Aside, Explanation, ScorePart
from recommender.services.recommend import feed_page
from recommender.sources import SOURCES
from recommender.sources.base import ImageContext
from recommender.sources.content import CHOSEN
from tests.factories import NOON, genre, image, person

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
AFTER = LATER + timedelta(minutes=5)


def told(user, picture, now=AFTER):
    return explanation.explain(user, Image.objects.get(pk=picture.pk), now)


def sentence(user, picture, now=AFTER):
    return explanation_text.panel(told(user, picture, now)).sentence


def shown(user, now=LATER, size=40):
    return [item.image for item in feed_page(user, None, now, size=size).items]


def opened(user, picture, now=AFTER):
    events.record_view(user, picture.public_id, "feed", now)


def rater(album):
    user = person("rater")
    for number in range(4):
        events.rate(user, album["sea"][number].public_id, 5, "feed", LATER)
        events.rate(user, album["city"][number].public_id, 1, "feed", LATER)
    learn.learn_user(user.pk)
    return user


@pytest.mark.parametrize("now", [LATER, AFTER])
@pytest.mark.parametrize("picked", ["genre", "picture", "genre and picture"])
def test_an_opened_picture_keeps_its_reason(album, picked, now):
    user = person("new")
    pictures = [album["forest"][0].public_id] if "picture" in picked else []
    first_picks.store_picks(user, ["forest"] if "genre" in picked else [], pictures, NOON)
    for picture in shown(user, size=6):
        before = told(user, picture)
        opened(user, picture, now)
        assert told(user, picture) == before
        assert before.rung == Impression.Rung.FIRST_PICKS
        assert explanation_text.panel(before).sentence.startswith("It fits what you chose at the start")
        assert before.by_genre == ("genre" in picked)
        assert before.reason == (None if before.by_genre else album["forest"][0])


def test_what_was_opened_later_did_not_place_a_picture(album):
    user = person("new")
    first_picks.store_picks(user, [], [album["forest"][0].public_id], NOON)
    first, *others = shown(user, size=6)
    for picture in others:
        opened(user, picture)
    assert told(user, first).reason == album["forest"][0]


def test_of_what_was_picked_and_looked_at_the_one_is_named_that_counted(album):
    user = person("new")
    first_picks.store_picks(user, [], [album["forest"][0].public_id], NOON)
    opened(user, album["sea"][0], NOON)
    assert sentence(user, album["forest"][1]) == "It fits what you chose at the start."
    assert sentence(user, album["sea"][1]) == "It fits what you looked at."
    assert told(user, album["sea"][1]).reason == album["sea"][0]


def test_a_picture_that_was_opened_from_elsewhere_does_not_speak_for_itself(album):
    user = person("new")
    opened(user, album["sea"][0], LATER)
    assert told(user, album["sea"][0]).rung == Impression.Rung.TRENDING
    opened(user, album["sea"][1], LATER)
    assert told(user, album["sea"][0]).reason == album["sea"][1]


def test_what_was_popular_when_it_came_is_said_to_have_been(album):
    user = person("new")
    loved, looked_at, by_one, forgotten = (
        image(name) for name in ("loved", "looked at", "by one", "forgotten")
    )
    Image.objects.filter(pk__in=[loved.pk, looked_at.pk, by_one.pk]).update(trending=0.5)
    Image.objects.filter(pk=loved.pk).update(rating_count=3, rating_sum=15)
    Image.objects.filter(pk=by_one.pk).update(rating_count=1, rating_sum=5)
    for _ in range(3):
        opened(person(), looked_at, NOON)
        opened(user, by_one, LATER - timedelta(days=2))
    shown(user)
    for picture in (loved, looked_at, by_one, forgotten):
        opened(user, picture)
    assert sentence(user, loved) == sentence(user, looked_at) == "It is popular with everybody now."
    assert sentence(user, by_one) == sentence(user, forgotten)
    assert sentence(user, forgotten).startswith("Nothing is known of your taste yet")


def test_what_a_person_knew_comes_last_and_is_said_to(album):
    user = person("new")
    first_picks.store_picks(user, ["forest"], [album["forest"][0].public_id], NOON)
    opened(user, album["forest"][1], NOON)
    assert told(user, album["forest"][0]).aside == Aside.CHOSEN  # not shown yet
    shown(user)
    assert told(user, album["forest"][0]).aside == Aside.CHOSEN
    assert told(user, album["forest"][1]).aside == Aside.OPENED
    assert told(user, album["city"][0]).aside == Aside.REST
    assert "You chose it yourself at the start" in sentence(user, album["forest"][0])


def test_an_explored_picture_is_explained_as_such_before_any_rating(album, monkeypatch, client):
    monkeypatch.setattr(ranking, "POOL", 10)
    user = person("new")
    first_picks.store_picks(user, ["forest", "city"], [album["forest"][0].public_id], NOON)
    items = feed_page(user, None, LATER, size=10).items
    explored = [item.image for item in items if item.explored]
    assert explored
    for picture in explored:
        opened(user, picture)
        why = told(user, picture)
        assert (why.explored, why.reason) == (True, None)
        assert explanation_text.panel(why).sentence.startswith("It is here to find out whether you like it")
    assert all(not told(user, item.image).explored for item in items if not item.explored)
    client.force_login(user)
    assert (
        escape(str(explanation_text.EXPLORATION_SENTENCE))
        in client.get(f"/i/{explored[0].public_id}/why/").content.decode()
    )


def test_an_explored_picture_is_explained_as_such_beside_ratings(album, monkeypatch):
    monkeypatch.setattr(ranking, "POOL", 12)
    user = rater(album)
    (picture,) = [item.image for item in feed_page(user, None, LATER, size=10).items if item.explored]
    panel = explanation_text.panel(told(user, picture))
    assert panel.sentence == str(explanation_text.EXPLORATION_SENTENCE)
    assert panel.because is None
    assert sum(row.value for row in panel.rows) == panel.total
    events.rate(user, picture.public_id, 4, "feed", AFTER)
    learn.learn_user(user.pk)
    assert sentence(user, picture) == str(explanation_text.EXPLORATION_SENTENCE)


def test_it_is_the_last_time_that_counts_whether_it_was_explored(album, monkeypatch):
    monkeypatch.setattr(ranking, "POOL", 12)
    user = rater(album)
    (picture,) = [item.image for item in feed_page(user, None, LATER, size=10).items if item.explored]
    monkeypatch.setattr(ranking, "POOL", 240)
    assert picture.pk in [one.pk for one in shown(user, AFTER)]
    assert not told(user, picture).explored


def test_a_rated_picture_is_not_said_to_wait_for_ratings(album):
    user = rater(album)
    assert told(user, album["sea"][0]).aside == Aside.RATED
    assert "You have rated it yourself" in sentence(user, album["sea"][0])


def test_what_fitted_before_is_said_to_have_fitted_then(album):
    user = rater(album)
    picture = shown(user, size=1)[0]
    genre_of = Image.objects.get(pk=picture.pk).genre
    GenreStance.objects.create(user=user, genre=genre_of, stance="muted")
    learn.learn_user(user.pk)
    events.rate(user, album["forest"][0].public_id, 3, "feed", AFTER)
    learn.learn_user(user.pk)
    assert told(user, picture).aside == Aside.FORMER


def test_every_panel_of_a_feed_adds_up_and_is_ordered(album):
    user = rater(album)
    for picture in shown(user):
        why = told(user, picture)
        panel = explanation_text.panel(why)
        assert sum(row.value for row in panel.rows) == panel.total
        kinds = [part.kind for part in why.parts]
        assert (kinds[0], kinds[-1]) == ("mean", "limit")
        sizes = [abs(part.value) for part in why.parts[1:-1]]
        assert sizes == sorted(sizes, reverse=True)


def test_the_parts_of_a_first_ranking_add_up(album):
    user = person("new")
    first_picks.store_picks(user, ["forest"], [album["sea"][0].public_id], NOON)
    ranking = newcomers.newcomer_ranking(user, LATER)
    assert ranking.parts.sum(axis=0) == pytest.approx(ranking.scores)


def part(kind, value, neighbours=12, neighbour_mean=4.6):
    """A part with the texts of its source; 57 % of the user's views are of the sea."""
    source = next(source for source in SOURCES if kind in source.parts)
    fact = source.fact(
        kind,
        value,
        {"neighbours": neighbours, "neighbour_mean": neighbour_mean},
        ImageContext("Sea", genre_share=0.57),
    )
    return ScorePart(kind, value, source.parts[kind], fact)


def explained(*parts, **more):
    rows = [ScorePart("mean", 3.5), *(part(*one) for one in parts), part("limit", 0.0)]
    fields = {"score": sum(one.value for one in rows), "parts": rows, "reason": None, "genre": genre(),
              "pinned": False, "rung": "hybrid", "explored": False}  # fmt: skip
    return Explanation(**(fields | more))


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([("neighbours", 0.3), ("viewed", 0.2)], "12 of your nearest neighbours gave it 4.6."),
        ([("neighbours", 0.3), ("viewed", 0.31)], "57 % of what you looked at in the last two weeks is Sea."),
        ([("neighbours", -0.3), ("viewed", 0.2)], "12 of your nearest neighbours gave it 4.6."),
        ([("viewed", -0.2)], "You look at little that is like it."),
        ([("rated", 0.2)], "You gave similar pictures more stars than you usually give."),
        ([("rated", -0.2)], "You gave similar pictures fewer stars than you usually give."),
        ([("demographics", 0.2)], "People of your age, gender or region like it."),
        ([("demographics", -0.2)], "People of your age, gender or region like it less than other pictures."),
        ([("neighbours", 0.004), ("viewed", -0.004)], str(explanation_text.NOTHING_COUNTS)),
        ([], str(explanation_text.NOTHING_COUNTS)),
    ],
)
def test_the_sentence_is_about_the_largest_part_alone(parts, words):
    assert explanation_text.panel(explained(*parts)).sentence == words


@pytest.mark.parametrize("picked", ["genre", "pictures"])
def test_what_was_chosen_goes_on_being_named_beside_ratings(album, picked):
    user = person("new")
    pictures = [picture.public_id for picture in album["forest"][5:]] if picked == "pictures" else []
    first_picks.store_picks(user, ["forest"] if picked == "genre" else [], pictures, NOON)
    events.rate(user, album["sea"][0].public_id, 4, "feed", LATER)
    learn.learn_user(user.pk)
    assert sentence(user, album["forest"][2]) == str(CHOSEN)
    assert sentence(user, album["city"][2]) != str(CHOSEN)


def test_a_pin_is_named_first_where_it_moved_the_picture_most():
    pinned = explained(("viewed", 0.3), pinned=True, pin_leads=True)
    assert explanation_text.panel(pinned).sentence.startswith("You pinned Sea, so it comes sooner. 57 %")
    assert explanation_text.panel(explained(pinned=True)).sentence == "You pinned Sea, so it comes sooner."


def test_facts_stand_at_the_parts_that_they_are_of():
    because = image("Tulip")
    why = explained(
        ("neighbours", 0.3), ("rated", 0.04), ("viewed", 0.001), reason=because, reason_of="rated"
    )
    panel = explanation_text.panel(why)
    assert panel.because is None
    assert {row.kind: (row.fact, row.because) for row in panel.rows} == {
        "mean": ("", None),
        "neighbours": ("", None),  # said already
        "rated": ("", because),
    }, "and nothing that counts +0.00"
    assert (
        explanation_text.panel(explained(("rated", 0.04), reason=because, reason_of="rated")).because
        == because
    )


@pytest.mark.parametrize("people", [1, 2])
@pytest.mark.parametrize("parts", [[("neighbours", 0.6)], [("viewed", 0.9), ("neighbours", 0.6)]])
def test_what_fewer_than_three_people_gave_is_not_told(client, monkeypatch, people, parts):
    why = explained(*[(*one, people, 4.7) for one in parts])
    monkeypatch.setattr(explanation, "explain", lambda *_: why)
    client.force_login(person())
    html = client.get(f"/i/{image().public_id}/why/").content.decode()
    assert "nearest neighbours" not in html
    assert "4.7" not in html
    if len(parts) == 1:
        assert "too few of them have rated it" in html


@given(st.lists(st.floats(-2, 2), min_size=4, max_size=4), st.floats(1, 5))
def test_the_figure_above_and_the_sum_below_are_of_the_same_rows(values, mean):
    kinds = ("neighbours", "viewed", "rated", "limit")
    parts = [ScorePart("mean", mean), *map(part, kinds, values)]
    why = explained(parts=parts, score=mean + sum(values), genre=None)
    panel = explanation_text.panel(why)
    assert sum((row.value for row in panel.rows), Decimal(0)) == panel.total
    assert abs(float(panel.total) - why.score) < 0.005 + 1e-9
    assert all(row.value for row in panel.rows if row.kind == "limit")
    lead = why.leading()
    assert lead is None or abs(lead.value) >= max(map(abs, values[:3])) - 0.01
