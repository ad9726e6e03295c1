import pytest
from django.utils import timezone

from gallery.browse import paging
from gallery.models import Favourite, Hide, Image
from tests.factories import genre, image, person

pytestmark = pytest.mark.django_db


def test_a_stranger_sees_the_popular_first(client):
    image("quiet", trending=0.1)
    image("loud", trending=0.9)
    html = client.get("/").content.decode()
    assert html.index("loud") < html.index("quiet")


def test_what_is_not_public_is_not_explored(client):
    image("secret", visibility=Image.Visibility.PRIVATE)
    image("gone", visibility=Image.Visibility.HIDDEN)
    image("tomorrow", published_at=timezone.now() + timezone.timedelta(days=1))
    html = client.get("/").content.decode()
    assert not any(word in html for word in ("secret", "gone", "tomorrow"))


LISTS = ("/", "/genre/sea/", "/search/", "/favourites/", "/history/", "/history/ratings/")


@pytest.mark.parametrize("path", LISTS)
def test_past_the_end_there_is_no_page(client, path):
    image("only one")
    client.force_login(person())
    assert client.get(path).status_code == 200
    assert client.get(path, {"page": 2}).status_code == 404


@pytest.mark.parametrize("path", LISTS[:4])
def test_a_grid_whose_list_has_shrunk_meanwhile_ends(client, path):
    image("only one")
    client.force_login(person())
    answer = client.get(path, {"page": 2}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert not any(part in answer.text for part in ("<html", 'class="card', 'class="more'))


def test_a_hidden_picture_does_not_come_back(client):
    mina, picture = person(), image("never again")
    Hide.objects.create(user=mina, image=picture, at=timezone.now())
    client.force_login(mina)
    for path in ("/", "/genre/sea/", "/search/"):
        assert "never again" not in client.get(path).content.decode()


def test_pages_follow_each_other_without_repeating(client, monkeypatch):
    monkeypatch.setattr(paging, "PAGE_SIZE", 2)
    for number in range(5):
        image(f"number {number}")
    pages = [client.get(f"/?page={page}").context["page"] for page in (1, 2, 3)]
    assert [len(page.cards) for page in pages] == [2, 2, 1]
    assert [page.next for page in pages] == [2, 3, None]


def test_the_next_page_is_only_cards_for_a_grid_that_is_there(client):
    image()
    html = client.get("/?page=1", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in html
    assert '<li class="card' in html


@pytest.mark.parametrize("page", ["0", "-1", "x", "1.5", "9999", "٣", ""])
def test_a_page_that_cannot_be_is_refused(client, page):
    assert client.get("/", {"page": page}).status_code == 400


def test_a_genre_shows_its_own(client):
    genre("sky")
    image("a wave")
    assert "a wave" in client.get("/genre/sea/").content.decode()
    assert "a wave" not in client.get("/genre/sky/").content.decode()
    assert client.get("/genre/none/").status_code == 404


def test_favourites_are_ones_own_the_last_first(client):
    mina, other = person(), person()
    for title, owner in (("first", mina), ("second", mina), ("foreign", other)):
        Favourite.objects.create(user=owner, image=image(title), at=timezone.now())
    client.force_login(mina)
    html = client.get("/favourites/").content.decode()
    assert html.index("second") < html.index("first")
    assert "foreign" not in html


@pytest.mark.parametrize("path", ["/", "/genre/sea/", "/search/?q=wave", "/favourites/"])
def test_a_page_takes_the_same_few_queries_however_many_pictures(client, django_assert_max_num_queries, path):
    mina = person()
    for _ in range(12):
        Favourite.objects.create(user=mina, image=image("wave"), at=timezone.now())
    client.force_login(mina)
    with django_assert_max_num_queries(9):
        client.get(path)


def test_the_theme_is_kept_in_a_cookie(client):
    answer = client.post("/theme/", {"theme": "dark"}, headers={"referer": "http://testserver/search/"})
    assert (answer["Location"], answer.cookies["theme"].value) == ("/search/", "dark")
    assert 'data-theme="dark"' in client.get("/").content.decode()


def test_a_theme_that_is_none_is_refused(client):
    assert client.post("/theme/", {"theme": "pink"}).status_code == 400
    assert client.get("/theme/").status_code == 405
