"""The admin of the gallery: permissions, number of queries, and that logs cannot be changed."""

import re

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from gallery.acts import events
from gallery.models import Genre, Image, Job, Keyword, Rating, SearchToken, View
from gallery.search import index
from tests.factories import NOON, genre, image, keyword, person, staff
from tests.gallery.admin_people import client_of, staff_with, who_may_open

pytestmark = pytest.mark.django_db
LISTS = sorted(f"admin:{m._meta.app_label}_{m._meta.model_name}_changelist" for m in admin.site._registry)
SUPERUSER_ALONE = {"anonymous": "sign in", "person": 403, "staff": 403, "superuser": 200}
LOGS = ["view", "rating", "ratingchange", "favourite", "hide", "job"]


def change_page(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def form_of(picture, **changes):
    return {
        "title": picture.title,
        "alt_text": "",
        "genre": picture.genre_id,
        "keywords": [word.pk for word in picture.keywords.all()],
        "visibility": "public",
        "published_at_0": "2026-06-01",
        "published_at_1": "12:00:00",
        "licence": "",
        "credit": "",
        "source": "",
    } | changes


@pytest.mark.parametrize("name", LISTS)
def test_a_list_opens_for_those_with_the_right_alone(name):
    assert who_may_open(reverse(name)) == SUPERUSER_ALONE


def test_an_image_page_opens_for_those_with_the_right_alone():
    assert who_may_open(change_page(image())) == SUPERUSER_ALONE


def test_the_admin_signs_in_where_everybody_does():
    answer = client_of(None).get(reverse("admin:login"), {"next": "/admin/gallery/image/"})
    assert answer.status_code == 302
    assert answer.url == "/accounts/login/?next=%2Fadmin%2Fgallery%2Fimage%2F"


def test_the_list_of_images_shows_pictures_ratings_and_views():
    dune = image("Dune", rating_count=3, rating_sum=13, view_count=41)
    page = client_of(staff()).get(reverse("admin:gallery_image_changelist")).text
    assert f"/media/{dune.public_id}/320.jpg" in page
    assert "4.33" in page
    assert "41" in page


def test_a_longer_list_of_images_asks_no_more_queries(django_assert_max_num_queries):
    client = client_of(staff())
    for number in range(30):
        image(genre_slug=f"genre{number % 7}", keywords=("sea",))
    client.get(reverse("admin:gallery_image_changelist"))
    with django_assert_max_num_queries(14):
        client.get(reverse("admin:gallery_image_changelist"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=lighthouse", "Rocks"),
        ("rated=yes", "Rated"),
        ("visibility__exact=hidden", "Hidden"),
        ("demo__exact=1", "Demo"),
    ],
)
def test_images_are_found_and_filtered(query, found):
    image("Rocks", keywords=("lighthouse",))
    image("Rated", rating_count=1, rating_sum=5)
    image("Hidden", visibility="hidden")
    image("Demo", demo=True)
    listed = (
        client_of(staff())
        .get(reverse("admin:gallery_image_changelist") + f"?{query}")
        .context["cl"]
        .result_list
    )
    assert [picture.title for picture in listed] == [found]


def test_no_image_is_added_past_the_import():
    assert client_of(staff()).get(reverse("admin:gallery_image_add")).status_code == 403


def test_the_image_page_shows_the_file_and_lets_nobody_edit_it():
    dune = image("Dune", camera={"make": "Pinhole"})
    client = client_of(staff())
    page = client.get(change_page(dune)).text
    assert dune.sha256 in page
    assert "Pinhole" in page
    assert "#336699" in page
    client.post(change_page(dune), form_of(dune, sha256="0" * 64, rating_sum=5))
    assert Image.objects.get().sha256 == dune.sha256


def test_saving_an_image_makes_it_found_by_its_new_words():
    dune = image("Dune")
    answer = client_of(staff()).post(
        change_page(dune), form_of(dune, title="Windmill", keywords=[keyword("grain").pk])
    )
    assert answer.status_code == 302
    tokens = set(SearchToken.objects.filter(image_id=dune.pk).values_list("token", flat=True))
    assert {"windmill", "grain"} <= tokens
    assert "dune" not in tokens


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model._meta.label)
def test_no_column_of_a_list_is_named_like_a_relation(model):
    """A list takes the relation of many to many, and shows `gallery.Image.None`."""
    relations = {field.name for field in model._meta.get_fields() if field.many_to_many}
    assert not relations & set(admin.site._registry[model].list_display)


@pytest.mark.parametrize("make", [genre, keyword])
def test_a_list_of_words_says_how_many_images_carry_them_and_leads_there(make):
    for title in ("Dune", "Wave"):
        image(title, genre_slug="sea", keywords=("sea",))
    image("Windmill", genre_slug="field", keywords=("grain",))
    make("unused")
    client, name = client_of(staff()), make("sea")._meta.model_name
    page = client.get(reverse(f"admin:gallery_{name}_changelist") + "?o=-1").text
    assert ".None" not in page
    column = re.findall(r'class="[^"]*field-carrying[^"]*"[^>]*>\s*(.*?)\s*</td>', page, re.DOTALL)
    assert sorted(re.sub("<.*?>", "", cell).strip() for cell in column) == ["0", "1", "2"]
    address = re.search(rf'href="([^"]*__id__exact={make("sea").pk})"', page)[1]
    listed = client.get(address).context["cl"].result_list
    assert {picture.title for picture in listed} == {"Dune", "Wave"}


@pytest.mark.parametrize(("make", "model"), [(genre, Genre), (keyword, Keyword)])
def test_renaming_a_word_indexes_the_images_that_carry_it(make, model):
    dune = image("Dune", genre_slug="sea", keywords=("sea",))
    index.index_images([dune.pk])
    word = make("sea")
    answer = client_of(staff()).post(change_page(word), {"name": "Ocean", "name_ko": "바다", "slug": "sea"})
    assert answer.status_code == 302
    assert set(SearchToken.objects.filter(token__in=["ocean", "바다"]).values_list("token", flat=True)) == {
        "ocean",
        "바다",
    }


def test_an_image_is_not_found_by_a_deleted_keyword():
    dune = image("Dune", keywords=("grain",))
    index.index_images([dune.pk])
    word = Keyword.objects.get()
    client_of(staff()).post(reverse("admin:gallery_keyword_delete", args=[word.pk]), {"post": "yes"})
    assert not Keyword.objects.exists()
    assert not SearchToken.objects.filter(token="grain").exists()


def test_a_genre_with_images_is_not_deleted():
    dune = image()
    client_of(staff()).post(reverse("admin:gallery_genre_delete", args=[dune.genre_id]), {"post": "yes"})
    assert Genre.objects.count() == 1


@pytest.mark.parametrize("name", LOGS)
def test_nobody_adds_to_a_log(name):
    assert client_of(staff()).get(reverse(f"admin:gallery_{name}_add")).status_code == 403


def test_nobody_changes_or_deletes_a_row_of_a_log():
    events.record_view(person("owner"), image().public_id, "feed", NOON)
    row, client = View.objects.get(), client_of(staff())
    assert client.get(change_page(row)).status_code == 200
    assert client.post(change_page(row), {"source": "search"}).status_code == 403
    assert (
        client.post(reverse("admin:gallery_view_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    )
    assert View.objects.get().source == "feed"


def test_deleting_a_person_takes_what_they_did_out_of_the_sums():
    owner, neighbour, dune = person("owner"), person("neighbour"), image()
    for who, value in ((owner, 5), (neighbour, 2)):
        events.record_view(who, dune.public_id, "feed", NOON)
        events.rate(who, dune.public_id, value, "feed", NOON)
        events.set_favourite(who, dune.public_id, True, NOON)
    answer = client_of(staff()).post(reverse("admin:auth_user_delete", args=[owner.pk]), {"post": "yes"})
    assert answer.status_code == 302
    dune.refresh_from_db()
    assert (dune.view_count, dune.rating_count, dune.rating_sum, dune.favourite_count) == (1, 1, 2, 1)
    assert Rating.objects.get().user == neighbour


def test_staff_who_edit_people_cannot_promote_themselves():
    helper = staff_with("auth.change_user", "auth.view_user")
    client_of(helper).post(
        change_page(helper), {"username": helper.username, "is_active": "on", "is_superuser": "on"}
    )
    helper.refresh_from_db()
    assert not helper.is_superuser


def test_staff_who_edit_people_cannot_touch_a_superuser():
    helper, chief = staff_with("auth.change_user", "auth.view_user"), staff("chief")
    answer = client_of(helper).post(change_page(chief), {"username": "taken", "is_active": "on"})
    assert answer.status_code == 403
    password_page = reverse("admin:auth_user_password_change", args=[chief.pk])
    assert client_of(helper).get(password_page).status_code == 403


def run_again(client, *jobs):
    data = {"action": "run_again", "_selected_action": [job.pk for job in jobs], "index": 0}
    return client.post(reverse("admin:gallery_job_changelist"), data, follow=True)


def test_a_failed_job_is_due_again():
    job = Job.objects.create(
        kind="learn", key="7", state="failed", attempts=3, error="Broken.", due_at=timezone.now()
    )
    run_again(client_of(staff()), job)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error, job.generation) == ("due", 0, "", 2)


def test_a_step_takes_its_night_with_it():
    night = Job.objects.create(kind="nightly", key="2026-06-01", state="done")
    step = Job.objects.create(kind="nightly.slates", key="2026-06-01", state="done")
    run_again(client_of(staff()), step)
    assert set(Job.objects.filter(pk__in=[night.pk, step.pk]).values_list("state", flat=True)) == {"due"}


def test_looking_at_jobs_is_not_running_them():
    job = Job.objects.create(kind="learn", key="7", state="failed")
    run_again(client_of(staff_with("gallery.view_job")), job)
    assert Job.objects.get().state == "failed"


def test_the_admin_alone_may_compile_expressions():
    client = client_of(staff())
    inside = client.get(reverse("admin:index"))["Content-Security-Policy"]
    outside = client.get(reverse("gallery:search"))["Content-Security-Policy"]
    assert "'unsafe-eval'" in inside
    assert "unsafe" not in outside
    assert "object-src 'none'" in inside


def bulk(client, images, **fields):
    data = {"action": "edit_chosen", "_selected_action": [images[0].pk], "apply": "1"}
    data |= {"chosen": ",".join(str(picture.pk) for picture in images)} | fields
    return client.post(reverse("admin:gallery_image_changelist"), data)


def test_choosing_images_leads_to_the_form():
    pictures = [image(), image()]
    data = {"action": "edit_chosen", "_selected_action": [picture.pk for picture in pictures], "index": 0}
    answer = client_of(staff()).post(reverse("admin:gallery_image_changelist"), data)
    assert answer.context["count"] == 2
    assert answer.context["chosen"] == f"{pictures[1].pk},{pictures[0].pk}"


def test_all_images_of_a_long_list_are_carried_to_the_form():
    for _ in range(45):
        image()
    data = {
        "action": "edit_chosen",
        "_selected_action": [Image.objects.first().pk],
        "select_across": 1,
        "index": 0,
    }
    assert client_of(staff()).post(reverse("admin:gallery_image_changelist"), data).context["count"] == 45


def test_a_bulk_edit_changes_every_field_of_the_chosen_alone():
    chosen, other = [image(keywords=("old", "both")), image(keywords=("old",))], image(keywords=("old",))
    fields = {
        "genre": genre("sky").pk,
        "add_keywords": [keyword("new").pk, keyword("both").pk],
        "remove_keywords": [keyword("old").pk],
        "licence": "CC0",
        "visibility": "hidden",
    }
    assert bulk(client_of(staff()), chosen, **fields).status_code == 302
    for picture in chosen:
        picture.refresh_from_db()
        assert (picture.genre.slug, picture.licence, picture.visibility) == ("sky", "CC0", "hidden")
        assert set(picture.keywords.values_list("name", flat=True)) == {"new", "both"}
        assert SearchToken.objects.filter(image_id=picture.pk, token__in=["new", "sky"]).count() == 2
    other.refresh_from_db()
    assert (other.genre.slug, other.visibility) == ("sea", "public")


def test_an_empty_field_of_a_bulk_edit_changes_nothing():
    dune = image(licence="CC0", keywords=("old",))
    bulk(client_of(staff()), [dune], visibility="private")
    dune.refresh_from_db()
    assert (dune.licence, dune.genre.slug, dune.keywords.get().name, dune.visibility) == (
        "CC0",
        "sea",
        "old",
        "private",
    )


def test_a_bulk_edit_writes_the_history():
    pictures = [image(), image()]
    bulk(client_of(staff()), pictures, licence="CC0")
    assert set(LogEntry.objects.values_list("object_id", flat=True)) == {
        str(picture.pk) for picture in pictures
    }


def test_a_bulk_edit_is_all_or_nothing(monkeypatch):
    pictures = [image(), image()]

    def broken(ids):
        raise RuntimeError("no index")

    monkeypatch.setattr(index, "index_images", broken)
    with pytest.raises(RuntimeError, match="no index"):
        bulk(client_of(staff()), pictures, licence="CC0")
    assert not Image.objects.filter(licence="CC0").exists()


@pytest.mark.parametrize("fields", [{}, {"visibility": "secret"}, {"genre": "999"}, {"licence": "x" * 201}])
def test_a_bulk_edit_with_nothing_or_nonsense_is_refused(fields):
    answer = bulk(client_of(staff()), [image()], **fields)
    assert answer.status_code == 200
    assert answer.context["form"].errors


def test_a_keyword_is_not_added_and_removed_at_once():
    word = keyword("sea").pk
    answer = bulk(client_of(staff()), [image()], add_keywords=[word], remove_keywords=[word])
    assert answer.context["form"].non_field_errors() == ["A keyword cannot be added and removed at once."]


def test_looking_at_images_is_not_editing_them():
    dune = image()
    bulk(client_of(staff_with("gallery.view_image")), [dune], licence="CC0")
    dune.refresh_from_db()
    assert dune.licence == ""
