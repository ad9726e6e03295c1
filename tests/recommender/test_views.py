from datetime import date

import numpy as np
import pytest

from gallery.models import Image
from gallery.plumbing.errors import BadValue
from recommender import charts, taste_charts
from recommender.data.slates import Prediction
from recommender.services import explanation, first_picks, recommend, taste
from recommender.services.explanation import Explanation, ScorePart
from recommender.services.recommend import FeedPage, Recommended
from recommender.services.taste import GenreSeries, Taste, WeightSeries
from recommender.sources import CONTENT, NEIGHBOURS
from tests.factories import genre, image, person
from tests.html import squeezed

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def mina(client):
    mina = person("mina")
    client.force_login(mina)
    return mina


def feed_of(monkeypatch, *titles, rung="hybrid", has_more=True):
    items = [Recommended(image(title), place, place == 1) for place, title in enumerate(titles)]
    monkeypatch.setattr(recommend, "feed_page", lambda *_, **__: FeedPage(items, "next.40", has_more, rung))


@pytest.mark.parametrize(("rung", "words"), [("trending", "Popular now"), ("hybrid", "what you rated")])
def test_the_feed_says_which_rung_answered(client, mina, monkeypatch, rung, words):
    feed_of(monkeypatch, "wave", "dune", rung=rung)
    html = client.get("/for-you/").content.decode()
    assert words in html
    assert html.index("wave") < html.index("dune")
    assert "?cursor=next.40" in html


def test_what_is_explored_is_marked(client, mina, monkeypatch):
    feed_of(monkeypatch, "wave", "dune")
    assert client.get("/for-you/").content.decode().count("Something different</span>") == 1


def test_the_next_page_is_only_cards(client, mina, monkeypatch):
    feed_of(monkeypatch, "wave", has_more=False)
    html = client.get("/for-you/?cursor=a.40", headers=HTMX).content.decode()
    assert "wave" in html
    assert "<html" not in html
    assert "cursor" not in html


def test_a_cursor_that_is_not_known_starts_again(client, mina, monkeypatch):
    def unknown(*_, **__):
        raise recommend.UnknownCursor

    monkeypatch.setattr(recommend, "feed_page", unknown)
    assert client.get("/for-you/?cursor=x")["Location"] == "/for-you/"
    assert "Start again" in client.get("/for-you/?cursor=x", headers=HTMX).content.decode()


def test_the_strip_is_short(client, mina, monkeypatch):
    asked = {}

    def feed_page(user, cursor, now, size, **_):
        asked["size"] = size
        return FeedPage([], "x.0", False, "trending")

    monkeypatch.setattr(recommend, "feed_page", feed_page)
    client.get("/for-you/?rail=1", headers=HTMX)
    assert asked["size"] == 12


def explained(**more):
    neighbours, viewed = NEIGHBOURS.parts["neighbours"], CONTENT.parts["viewed"]
    parts = [
        ScorePart("mean", 3.5),
        ScorePart("neighbours", 0.6, neighbours, "12 of your nearest neighbours gave it 4.6."),
        ScorePart("viewed", 0.3, viewed, "38 % of what you looked at is of the sea."),
    ]
    fields = {"score": 4.4, "parts": parts, "weights": [(NEIGHBOURS, 0.7), (CONTENT, 0.3)], "reason": None,
              "genre": genre(), "pinned": True, "rung": "hybrid", "explored": False}  # fmt: skip
    return Explanation(**(fields | more))


def test_why_is_a_sentence_and_parts_that_add_up(client, mina, monkeypatch):
    monkeypatch.setattr(
        explanation, "explain", lambda *_: explained(reason=image("because of me"), reason_of="viewed")
    )
    html = client.get(f"/i/{image().public_id}/why/", headers=HTMX).content.decode()
    assert "12 of your nearest neighbours gave it 4.6." in html
    assert "38 % of what you looked at" in html
    assert "because of me" in html
    assert "so it comes sooner" in html
    assert all(number in html for number in ("3.50", "+0.60", "+0.30", "4.40"))


def test_why_without_a_score_names_the_rung(client, mina, monkeypatch):
    monkeypatch.setattr(explanation, "explain", lambda *_: explained(score=None, parts=[], rung="trending"))
    html = client.get(f"/i/{image().public_id}/why/").content.decode()
    assert "popular with everybody" in html
    assert "Together" not in html


def test_why_says_when_nothing_is_known(client, mina, monkeypatch):
    monkeypatch.setattr(explanation, "explain", lambda *_: None)
    assert "Nothing has been learnt yet" in client.get(f"/i/{image().public_id}/why/").content.decode()


@pytest.mark.parametrize("page", ["why", "similar"])
def test_a_private_picture_has_no_reasons_and_nothing_similar(client, mina, page):
    private = image(visibility=Image.Visibility.PRIVATE)
    assert client.get(f"/i/{private.public_id}/{page}/").status_code == 404


def test_similar_is_open_to_strangers(client, monkeypatch):
    monkeypatch.setattr(recommend, "similar_images", lambda *_: [image("alike")])
    assert "alike" in client.get(f"/i/{image().public_id}/similar/", headers=HTMX).content.decode()


def test_taste_draws_what_was_learnt_and_says_it_as_a_table(client, mina, monkeypatch):
    learnt = Taste([date(2026, 5, 24), date(2026, 5, 31)], [GenreSeries(genre(), [0.25, 1.0])],
                   [WeightSeries(NEIGHBOURS, [0.5, 0.6]), WeightSeries(CONTENT, [0.5, 0.4])],
                   0.62, [1.0, 0.5], 48, [("Neighbours with your taste", "40")], 50, 90)  # fmt: skip
    monkeypatch.setattr(taste, "taste_of", lambda *_: learnt)
    html = squeezed(client.get("/taste/").content.decode())
    assert "0.00,75.00 300.00,0.00" in html
    assert "<td>25 %</td>" in html
    assert "0.62" in html
    assert "0.00,50.00 300.00,75.00" in html
    assert "First 1.00, now 0.50 stars" in html
    for label in ("24 May", "31 May", "50 %", "0.5", "Ratings with a guess"):  # the axes
        assert f">{label}<" in html


def test_the_first_week_of_a_taste_has_bars_and_says_when_the_lines_begin(client, mina, monkeypatch):
    learnt = Taste([date(2026, 5, 31)], [GenreSeries(genre(), [0.5])], [], None, [], 3, [], 4, 9)
    monkeypatch.setattr(taste, "taste_of", lambda *_: learnt)
    html = squeezed(client.get("/taste/").content.decode())
    assert 'class="bar-one" width="50%"' in html
    assert "With your first rating the lines begin." in html
    assert "The line begins with 11 ratings whose stars were foreseen; 3 are there so far." in html


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [(0, 1, "0 1"), (0, 37, "0 10 20 30"), (10, 11, "10 11"), (10, 60, "10 20 40 60"), (0, 0, "0")],
)
def test_an_axis_has_few_round_numbers(first, last, labels):
    ticks = taste_charts.counted(first, last)
    assert " ".join(tick.label for tick in ticks) == labels
    assert [float(tick.at) for tick in ticks] == sorted(float(tick.at) for tick in ticks)


def test_taste_without_anything_invites(client, mina):
    assert "Nothing learnt yet" in client.get("/taste/").content.decode()


def test_the_welcome_is_handed_on_as_picked(client, mina, monkeypatch):
    picked = []
    monkeypatch.setattr(first_picks, "store_picks", lambda *arguments: picked.append(arguments[1:3]))
    assert client.post("/welcome/", {"genre": ["sea", "sky"], "image": ["a", "b"]})["Location"] == "/for-you/"
    client.post("/welcome/", {"genre": ["sea"], "skip": "1"})
    assert picked == [(["sea", "sky"], ["a", "b"]), ([], [])]


def test_a_welcome_that_cannot_be_is_refused(client, mina, monkeypatch):
    def refuse(*_):
        raise BadValue("One of these is gone.")

    monkeypatch.setattr(first_picks, "store_picks", refuse)
    answer = client.post("/welcome/", {"image": ["gone"]})
    assert answer.status_code == 400
    assert "One of these is gone." in answer.content.decode()


@pytest.mark.parametrize("path", ["/for-you/", "/taste/", "/welcome/"])
def test_what_is_personal_is_kept_by_no_cache(client, mina, path):
    image()
    assert "no-store" in client.get(path)["Cache-Control"]


def test_a_waterfall_ends_at_the_sum():
    steps = charts.waterfall([3.0, 1.0, -0.5])
    assert [(step.start, step.width, step.falls) for step in steps] == [
        (0, 60, False),
        (60, 20, False),
        (70, 10, True),
    ]


def test_one_value_is_a_level_line():
    assert charts.curve([0.5]).points == "0.00,50.00 300.00,50.00"
    assert charts.curve([]).last == 0


@pytest.mark.parametrize(
    ("neighbours", "words"), [(0, "fewer than 3"), (2, "fewer than 3"), (3, "<dd>3</dd>")]
)
def test_taste_counts_neighbours_from_three_on(client, mina, monkeypatch, neighbours, words):
    prediction = Prediction(np.zeros(0), figures={"people": neighbours})
    learnt = Taste([], [], [], None, [], 0, NEIGHBOURS.figures(prediction), 50, 90)
    monkeypatch.setattr(taste, "taste_of", lambda *_: learnt)
    assert words in client.get("/taste/").content.decode()
