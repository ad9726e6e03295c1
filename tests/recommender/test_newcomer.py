"""A new site with photographs and one night, and no other users: the first feed stays personal."""

import csv
from datetime import timedelta
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from django.utils import timezone
from PIL import Image as Picture

from gallery.acts import events
from gallery.ingest.descriptor import SIDE, describe
from gallery.models import Genre, Image
from recommender.models import FirstPicks, GenreStance
from recommender.services import job_requests, learn, nightly
from recommender.services.recommend import feed_page
from tests.factories import NOON, image, person, slugs

pytestmark = pytest.mark.django_db
PHOTOGRAPHS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "photos"
EACH = 60  # pictures of a genre, at most


def photographs() -> list[tuple[str, str, bytes]]:
    """(genre, subject, descriptor) of real photographs where they lie beside the repository,
    else of painted planes."""
    table = PHOTOGRAPHS / "metadata.csv"
    if not table.exists():
        return painted()
    found, taken = [], dict.fromkeys(("flowers", "vehicles", "animals", "sky", "food", "objects"), 0)
    for row in csv.DictReader(table.open(encoding="utf-8")):
        if taken.get(row["genre"], EACH) < EACH:
            taken[row["genre"]] += 1
            with Picture.open(PHOTOGRAPHS / row["path"]) as opened:
                small = opened.convert("RGB").resize((SIDE, SIDE), Picture.Resampling.BOX)
            found.append((row["genre"], Path(row["path"]).name.split("-")[0], describe(small)))
    return found


def painted() -> list[tuple[str, str, bytes]]:
    """Six genres of two subjects each: a hue with stripes of its own, and noise."""
    found = []
    for number, genre in enumerate(("flowers", "vehicles", "animals", "sky", "food", "objects")):
        for n in range(EACH):
            rng = np.random.default_rng([number, n])
            subject = n % 2
            plane = rng.normal(rng.uniform(60, 200, 3), 25, (SIDE, SIDE, 3))
            plane[:: 2 + number + 3 * subject] += 60
            small = Picture.fromarray(np.clip(plane, 0, 255).astype(np.uint8))
            found.append((genre, f"{genre}{subject}", describe(small)))
    return found


class Story:
    """A user of the site, and the clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOON + timedelta(hours=1)
        self.user = person()
        monkeypatch.setattr(timezone, "now", lambda: self.now)

    def choose(self, genre: str) -> None:
        FirstPicks.objects.create(user=self.user, at=self.now).genres.set(Genre.objects.filter(slug=genre))

    def rate(self, picture: Image, value: int) -> None:
        self.now += timedelta(minutes=1)
        events.record_view(self.user, picture.public_id, "feed", self.now)
        events.rate(self.user, picture.public_id, value, "feed", self.now)
        learn.learn_user(self.user.pk)

    def first_page(self) -> list[str]:
        return slugs(feed_page(self.user, None, self.now))


@pytest.fixture(scope="module")
def library() -> list[tuple[str, str, bytes]]:
    return photographs()


@pytest.fixture
def subjects(library: list[tuple[str, str, bytes]], night_files: Path) -> dict[str, list[Image]]:
    """The pictures by subject, after the night that an import asks for; no title or keyword says anything."""
    by_subject: dict[str, list[Image]] = {}
    for number, (genre, subject, descriptor) in zip(count(), library, strict=False):
        made = image(f"IMG {number:04d}", genre_slug=genre, descriptor=descriptor)
        by_subject.setdefault(subject, []).append(made)
    nightly.run_night(job_requests.request_another_night(NOON))
    return by_subject


@pytest.fixture
def story(subjects: dict[str, list[Image]], monkeypatch: pytest.MonkeyPatch) -> Story:
    return Story(monkeypatch)


def of_genre(subjects: dict[str, list[Image]], genre: str) -> list[list[Image]]:
    """The subjects of a genre, the one with the most pictures first."""
    found = [pictures for pictures in subjects.values() if pictures[0].genre.slug == genre]
    return sorted(found, key=len, reverse=True)


@pytest.mark.parametrize("genre", ["flowers", "vehicles"])
def test_ratings_that_agree_leave_the_chosen_genre_where_it_is(subjects, story, genre):
    story.choose(genre)
    assert story.first_page().count(genre) == 40
    for number, picture in enumerate(of_genre(subjects, genre)[0][:6], 1):
        story.rate(picture, 5)
        if number in (1, 2, 3, 6):
            page = story.first_page()
            assert page.count(genre) >= 36, number
            assert set(page[:6]) == {genre}, number


def test_ten_fives_and_ten_ones_are_what_the_page_shows(subjects, story):
    story.choose("flowers")
    liked = of_genre(subjects, "flowers")[0]
    disliked = [picture for pictures in of_genre(subjects, "vehicles") for picture in pictures]
    for good, bad in zip(liked[:10], disliked[:10], strict=True):
        story.rate(good, 5)
        story.rate(bad, 1)
    page = story.first_page()
    assert page.count("flowers") >= 34
    assert page.count("vehicles") == 0


def test_a_few_dissenting_stars_do_not_turn_a_clear_taste(subjects, story):
    story.choose("flowers")
    flowers, others = of_genre(subjects, "flowers")[0], of_genre(subjects, "animals")[0]
    for picture in flowers[:10]:
        story.rate(picture, 5)
    before = story.first_page().count("flowers")
    for picture, value in [
        (flowers[10], 3),
        (flowers[11], 1),
        (flowers[12], 2),
        *zip(others[:3], (4, 4, 5), strict=True),
    ]:
        story.rate(picture, value)
    assert story.first_page().count("flowers") >= before - 4


def test_ratings_that_disagree_outweigh_what_was_chosen(subjects, story):
    story.choose("flowers")
    for loved, chosen in zip(
        of_genre(subjects, "sky")[0][:8], of_genre(subjects, "flowers")[0][:8], strict=True
    ):
        story.rate(loved, 5)
        story.rate(chosen, 1)
    page = story.first_page()
    assert page.count("sky") > 20
    assert page.count("flowers") <= 4


def test_what_was_opened_goes_on_counting_beside_a_first_rating(subjects, story):
    for picture in of_genre(subjects, "flowers")[0][:5]:
        events.record_view(story.user, picture.public_id, "explore", story.now)
    story.rate(of_genre(subjects, "vehicles")[0][0], 4)
    assert story.first_page().count("flowers") >= 10


def test_a_pinned_genre_is_like_a_chosen_one(subjects, story):
    GenreStance.objects.create(
        user=story.user, genre=Genre.objects.get(slug="sky"), stance=GenreStance.Stance.PINNED
    )
    assert story.first_page().count("sky") >= 36
    story.rate(of_genre(subjects, "sky")[0][0], 5)
    assert story.first_page().count("sky") >= 36


def test_chosen_pictures_go_on_counting_like_chosen_genres(subjects, story):
    chosen = FirstPicks.objects.create(user=story.user, at=story.now)
    chosen.images.set(of_genre(subjects, "flowers")[0][-5:])
    for picture in of_genre(subjects, "flowers")[0][:2]:
        story.rate(picture, 5)
    assert story.first_page().count("flowers") >= 36


def test_on_a_new_site_nobody_is_asked_who_is_not_there(subjects, story):
    """Agents that trust people who do not exist would leave a page without an order."""
    story.choose("flowers")
    for loved, chosen in zip(
        of_genre(subjects, "sky")[0][:5], of_genre(subjects, "flowers")[0][:5], strict=True
    ):
        story.rate(loved, 5)
        story.rate(chosen, 2)
        page = story.first_page()
        assert page.count("sky") + page.count("flowers") >= 30
