"""After every action of a curator, lists and searches agree with the images, and hidden images reveal no
words."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils import timezone

from gallery.catalogue import editing
from gallery.models import Genre, Image, Keyword, Listing, Report, SearchToken, Swatch
from gallery.search import index as search_index
from gallery.search import query
from gallery.search.forms import Query
from gallery.search.suggestions import suggestions
from tests.factories import NOON, genre, image, keyword, person, staff
from tests.gallery.admin.test_admin import change_page, form_of
from tests.gallery.admin_people import client_of

pytestmark = pytest.mark.django_db
NOBODY = AnonymousUser()
COPIED = ("public_id", "visibility", "published_at", "uploaded_by_id", "genre_id")


def indexed(title, **more):
    picture = image(title, **more)
    search_index.index_images([picture.pk])
    return picture


def copies():
    tokens = SearchToken.objects.order_by("image", "token").values_list("image", "token", "weight")
    swatches = Swatch.objects.order_by("image", "cell", "lightness").values_list("image", "cell")
    return list(Listing.objects.order_by("pk").values()), list(tokens), list(swatches)


def assert_agreement():
    """The listing, tokens and swatches of each image are those that would be written now."""
    for picture in Image.objects.all():
        told = Listing.objects.get(pk=picture.pk)
        assert [getattr(told, name) for name in COPIED] == [getattr(picture, name) for name in COPIED]
    kept = copies()
    Listing.objects.all().delete()
    search_index.index_images(Image.objects.values_list("pk", flat=True))
    assert kept == copies()


def facts():
    """The editable data of images, so that a test sees that its action changed something."""
    said = ("title", "visibility", "licence", "published_at", "genre__name", "uploaded_by")
    return list(Image.objects.values_list(*said)), list(
        Keyword.objects.values_list("name", "name_ko", "images")
    )


def chosen(action, *rows, **data):
    return {"action": action, "_selected_action": [row.pk for row in rows]} | data


def bulk(finch, **fields):
    sent = chosen("edit_chosen", finch, apply="1", chosen=str(finch.pk))
    return client_of(staff()).post(reverse("admin:gallery_image_changelist"), sent | fields)


def report_upheld(finch):
    report = Report.objects.create(user=person(), image=finch, reason="rights", at=NOON)
    client_of(staff()).post(reverse("admin:gallery_report_changelist"), chosen("hide_pictures", report))
    finch.refresh_from_db()
    assert finch.visibility == "hidden"


def deleted(word):
    name = f"admin:{word._meta.app_label}_{word._meta.model_name}_delete"
    client_of(staff()).post(reverse(name, args=[word.pk]), {"post": "yes"})
    assert not type(word).objects.filter(pk=word.pk).exists()


ACTIONS = {
    "a report is upheld": report_upheld,
    "hidden in bulk": lambda finch: bulk(finch, visibility="hidden"),
    "private in bulk": lambda finch: bulk(finch, visibility="private"),
    "another genre in bulk": lambda finch: bulk(finch, genre=genre("harbour").pk),
    "another licence in bulk": lambda finch: bulk(finch, licence="CC0"),
    "keywords added in bulk": lambda finch: bulk(finch, add_keywords=[keyword("beak").pk]),
    "keywords taken off in bulk": lambda finch: bulk(finch, remove_keywords=[keyword("zebrafinch").pk]),
    "its page is saved": lambda finch: client_of(staff()).post(
        change_page(finch),
        form_of(
            finch,
            title="Sparrow",
            visibility="private",
            genre=genre("harbour").pk,
            keywords=[keyword("beak").pk],
        ),
    ),
    "published later": lambda finch: client_of(staff()).post(
        change_page(finch), form_of(finch, published_at_0="2099-01-01")
    ),
    "its genre is renamed": lambda finch: client_of(staff()).post(
        change_page(finch.genre), {"name": "Ocean", "name_ko": "바다", "slug": "ocean"}
    ),
    "its keyword is renamed": lambda finch: client_of(staff()).post(
        change_page(keyword("zebrafinch")), {"name": "taeniopygia", "name_ko": "금화조"}
    ),
    "its keyword is deleted": lambda finch: deleted(keyword("zebrafinch")),
    "it is deleted": deleted,
    "it is deleted in the list": lambda finch: client_of(staff()).post(
        reverse("admin:gallery_image_changelist"), chosen("delete_selected", finch, post="yes")
    ),
    "who uploaded it is deleted": lambda finch: deleted(finch.uploaded_by),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_after_a_curators_action_the_copies_agree(action):
    finch = indexed("Finch", genre_slug="scandal", keywords=("zebrafinch",), uploaded_by=person())
    indexed("Boat", keywords=("zebrafinch", "wave"))
    assert_agreement()
    before = facts()
    ACTIONS[action](finch)
    assert_agreement()
    assert facts() != before


def test_a_bulk_change_that_fails_half_way_changes_nothing(monkeypatch):
    pictures = [indexed(f"Boat {number}") for number in range(3)]
    monkeypatch.setattr(editing, "_BATCH", 2)
    written, index = [], search_index.index_images

    def once(ids):
        if written:
            raise RuntimeError
        written.append(index(ids))

    monkeypatch.setattr(search_index, "index_images", once)
    with pytest.raises(RuntimeError):
        editing.change([picture.pk for picture in pictures], visibility="hidden")
    assert set(Image.objects.values_list("visibility", flat=True)) == {"public"}
    assert set(Listing.objects.values_list("visibility", flat=True)) == {"public"}


def test_only_what_a_curator_says_can_be_changed():
    with pytest.raises(ValueError, match="rating_count"):
        editing.change([image().pk], rating_count=5)


def in_the_admin(finch):
    address = reverse("admin:gallery_image_delete", args=[finch.pk])
    assert client_of(staff()).post(address, {"post": "yes"}).status_code == 302


def in_the_admins_list(finch):
    data = {"action": "delete_selected", "_selected_action": [finch.pk], "post": "yes"}
    assert client_of(staff()).post(reverse("admin:gallery_image_changelist"), data).status_code == 302


@pytest.mark.parametrize(
    "delete",
    [
        lambda finch: editing.delete_images(Image.objects.filter(pk=finch.pk)),
        in_the_admin,
        in_the_admins_list,
    ],
)
def test_files_go_with_an_image_that_is_deleted(media, django_capture_on_commit_callbacks, delete):
    finch = image(file="originals/ab/finch.jpg")
    path = media / finch.file.name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"pixels")
    with django_capture_on_commit_callbacks() as callbacks:
        delete(finch)
    assert path.exists()  # until the deletion of the row is committed
    for callback in callbacks:
        callback()
    assert not path.exists()
    assert not Image.objects.exists()
    assert not Listing.objects.exists()


# --- Hidden images reveal no words.
HIDING = {
    "hidden after a report": report_upheld,
    "hidden in bulk": lambda finch: bulk(finch, visibility="hidden"),
    "private": lambda finch: bulk(finch, visibility="private"),
    "not yet published": lambda finch: editing.change(
        [finch.pk], published_at=timezone.now() + timedelta(days=2)
    ),
}


@pytest.fixture(params=HIDING)
def finch(request):
    """An image that became invisible, with words that no other image has."""
    finch = indexed("Gossip column", genre_slug="scandal", keywords=("zebrafinch",))
    indexed("Boat", keywords=("wave",))
    HIDING[request.param](finch)
    return finch


@pytest.fixture(params=["a stranger", "a member"])
def visitor(request, client):
    if request.param == "a member":
        client.force_login(person())
    return client


def test_nothing_of_it_is_counted_found_or_offered(finch, visitor):
    for words in ("zebrafinch", "zebraf", "gossip", "scandal", "column"):
        page = visitor.get("/search/", {"q": words}).content.decode()
        assert "0 pictures" in page
        assert "Gossip" not in page
    for typed in ("zeb", "zebrafinch", "sca", "scandal", "gos"):
        assert visitor.get("/search/suggest/", {"q": typed}).content.decode().strip() == ""


@pytest.mark.parametrize(
    "address", ["/", "/?sort=newest", "/search/", "/search/?sort=newest", "/search/?q=boat"]
)
def test_no_list_names_its_genre(finch, visitor, address):
    page = visitor.get(address).content.decode()
    assert "Boat" in page
    assert "Scandal" not in page


def test_its_genre_answers_as_one_that_never_was(finch, visitor):
    for address in ("/genre/{}/", "/search/?genre={}"):
        answers = [visitor.get(address.format(slug)) for slug in ("scandal", "nonesuch")]
        assert answers[0].status_code == answers[1].status_code != 200
        assert "Scandal" not in answers[0].content.decode()


def test_a_curator_still_finds_it(finch):
    client = client_of(staff("another"))
    assert "Gossip column" in client.get("/search/?q=zebrafinch").content.decode()
    assert "Gossip column" in client.get("/genre/scandal/").content.decode()
    assert client.get("/search/suggest/?q=zeb").content.decode().strip()


def test_a_word_of_a_hidden_picture_does_not_stand_before_what_can_be_seen():
    """An invisible image has exactly this word with its particle: the search matches the word without it, as
    if that image did not exist."""
    seen, hidden = indexed("바다"), indexed("바다를 건너는 배", visibility="hidden")
    assert query.find_images(Query("바다를"), NOBODY).ids(0, 9) == [seen.pk]
    assert query.find_images(Query("바다를"), staff()).ids(0, 9) == [hidden.pk]
    indexed("Sunse", visibility="private")
    sunset = indexed("Sunset")
    assert query.find_images(Query("sunse"), NOBODY).ids(0, 9) == [sunset.pk]


def test_a_genre_without_any_picture_is_offered_to_nobody():
    Genre.objects.create(slug="empty", name="Emptiness")
    indexed("Boat")
    assert not suggestions("emp", NOBODY)


def test_rows_that_are_wrong_already_are_repaired():
    """As left by a version that hid reported images without updating the listing."""
    finch, boat = indexed("Finch"), indexed("Boat", uploaded_by=person())
    Image.objects.filter(pk=finch.pk).update(visibility="hidden")
    Listing.objects.filter(pk=boat.pk).update(
        genre=genre("harbour"), uploaded_by=None, published_at=timezone.now()
    )
    indexed("Right", uploaded_by=person())
    import_module("gallery.migrations.0007_listings_agree").agree(apps, None)
    assert_agreement()
