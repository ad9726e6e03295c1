import unicodedata

import pytest
from django.contrib.auth.models import AnonymousUser

from gallery.acts import events
from gallery.models import Image, Rating, SearchToken
from gallery.search import index
from gallery.search import query as search
from gallery.search.forms import Query
from gallery.search.words import singular
from tests.factories import NOON, genre, image, keyword, person

pytestmark = pytest.mark.django_db
NOBODY = AnonymousUser()


def titles(words="", user=NOBODY, **more):
    found = search.find_images(Query(words, **more), user).ids(0, 50)
    held = Image.objects.in_bulk(found)
    return [held[pk].title for pk in found]


def indexed(title, **more):
    picture = image(title, **more)
    index.index_images([picture.pk])
    return picture


@pytest.mark.parametrize(
    ("plural", "one"),
    [("boats", "boat"), ("beaches", "beach"), ("cities", "city"), ("horses", "horse"), ("glass", "glass"),
     ("bus", "bus"), ("buses", "bus"), ("foxes", "fox"), ("women", "woman"), ("iris", "iris"),
     ("tomatoes", "tomato")],
)  # fmt: skip
def test_plurals_are_found_as_singulars(plural, one):
    assert singular(plural) == one


def test_a_part_of_a_korean_compound_finds_it():
    indexed("겨울바다")
    assert titles("바다") == titles("겨울") == titles("울바") == ["겨울바다"]
    assert titles("산") == []


def test_decomposed_hangul_is_the_same_word():
    indexed("겨울바다")
    assert titles(unicodedata.normalize("NFD", "바다")) == ["겨울바다"]


def test_a_particle_does_not_stand_in_the_way():
    indexed("겨울바다")
    assert titles("바다를") == ["겨울바다"]


def test_one_syllable_is_found_as_a_word():
    indexed("a field", keywords=("꽃",))
    assert titles("꽃") == ["a field"]


def test_both_languages_find_it():
    picture = image("untitled", genre_slug="sea")
    genre("sea")
    picture.genre.name_ko = "바다"
    picture.genre.save()
    picture.keywords.add(keyword("boat", "배"))
    index.index_images([picture.pk])
    assert titles("바다") == titles("Sea") == titles("boats") == titles("배") == ["untitled"]


def test_an_english_title_is_found_in_korean():
    indexed("Two elephants at a lake", genre_slug="animals")
    assert titles("호수") == ["Two elephants at a lake"]


def test_all_words_must_match():
    indexed("red boat")
    indexed("red house")
    assert titles("red boat") == ["red boat"]
    assert titles("red the boats") == ["red boat"]


def test_a_beginning_completes_only_what_is_no_word_itself():
    indexed("seaweed")
    indexed("see")
    assert titles("seaw") == ["seaweed"]
    assert titles("se") == []
    assert titles("see") == ["see"]


def test_the_title_counts_more_than_a_keyword_and_that_more_than_the_genre():
    indexed("by genre", genre_slug="harbour")
    indexed("by keyword", keywords=("harbour",), genre_slug="sky")
    indexed("harbour", genre_slug="sky")
    assert titles("harbour") == ["harbour", "by keyword", "by genre"]


def test_what_is_of_a_word_counts_more_than_what_is_called_by_it():
    indexed("Sand harbour in the last light", genre_slug="desert", keywords=("dune",))
    indexed("Cold morning", genre_slug="harbour", keywords=("harbour",))
    assert titles("harbour") == ["Cold morning", "Sand harbour in the last light"]


def test_indexing_again_replaces():
    picture = indexed("boat")
    Image.objects.filter(pk=picture.pk).update(title="house")
    index.index_images([picture.pk])
    assert titles("boat") == []
    assert SearchToken.objects.filter(token="house").count() == 1


def test_private_pictures_are_not_found():
    indexed("boat", visibility=Image.Visibility.PRIVATE)
    assert titles("boat") == []


@pytest.mark.parametrize("shape", ["landscape", "portrait", "square"])
def test_orientations(shape):
    for name, (width, height) in {
        "landscape": (1200, 800),
        "portrait": (800, 1200),
        "square": (800, 820),
    }.items():
        image(name, width=width, height=height)
    assert titles(orientation=shape) == [shape]


def test_what_i_rated_can_be_left_out():
    mina, picture = person(), image("rated")
    image("new")
    Rating.objects.create(user=mina, image=picture, value=4, created_at=NOON, updated_at=NOON)
    assert titles(user=mina, unrated=True) == ["new"]


def test_one_five_is_not_better_than_many():
    one, many = image("one"), image("many")
    for stars, picture in [(5, one), *[(4, many), (5, many), (5, many), (5, many)] * 5]:
        events.rate(person(), picture.public_id, stars, "explore", NOON)
    assert titles(sort="best") == ["many", "one"]


def test_words_that_are_none_find_nothing():
    image("boat")
    assert titles("!!! ---") == []
    assert titles("the") == []


@pytest.mark.parametrize(
    ("query", "said"),
    [("q=a%00b", "Null"), ("sort=rank", "filter"), ("genre=none", "filter"), ("orientation=round", "filter"),
     ("stars=9", "filter"), ("since=monday", "filter"), ("q=" + "a" * 101, "at most 100 letters")],
)  # fmt: skip
def test_a_search_that_cannot_be_is_refused_in_words(client, query, said):
    answer = client.get(f"/search/?{query}")
    assert answer.status_code == 400
    assert said in answer.text


@pytest.mark.parametrize("words", ["'; DROP TABLE", "%_\\", "<script>", "a" * 100, "바" * 100, "🌊", "ß İ ﬁ"])
def test_whatever_is_typed_is_answered(client, words):
    image("boat")
    answer = client.get("/search/", {"q": words})
    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode().split("</head>")[1]


def test_the_address_of_a_search_holds_all_of_it(client):
    indexed("boat", width=800, height=1200)
    html = client.get("/search/?q=boat&orientation=portrait&sort=newest").content.decode()
    assert "boat" in html
    assert "orientation=portrait&amp;sort=newest" in html
