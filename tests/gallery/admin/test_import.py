"""Importing a folder from the admin: allowed folders, permissions, and the page of the progress."""

import pytest
from celery import current_app
from django.urls import reverse

from gallery.admin.imports import ImportForm, folders
from gallery.models import Job
from gallery.plumbing import jobs
from tests.factories import staff
from tests.gallery.admin_people import client_of, four_clients, staff_with, who_may_open

pytestmark = pytest.mark.django_db
PAGE = "admin:gallery_image_import_folder"


@pytest.fixture
def root(settings, tmp_path):
    """An import folder with a folder in it, and beside it files that must not be accessible."""
    settings.IMPORT_ROOT = tmp_path / "import"
    (settings.IMPORT_ROOT / "summer" / "sea").mkdir(parents=True)
    (settings.IMPORT_ROOT / "summer" / "metadata.csv").write_text("path,genre\n")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "metadata.csv").write_text("path,genre\n")
    return settings.IMPORT_ROOT


@pytest.fixture
def sent(monkeypatch):
    keys = []
    monkeypatch.setattr(jobs, "nudge", lambda kind, key: keys.append(key))
    return keys


def test_the_page_opens_for_those_who_may_add_images(root):
    assert who_may_open(reverse(PAGE)) == {
        "anonymous": "sign in",
        "person": 403,
        "staff": 403,
        "superuser": 200,
    }
    assert client_of(staff_with("gallery.add_image")).get(reverse(PAGE)).status_code == 200


def test_nobody_else_starts_an_import(root):
    for client in list(four_clients().values())[:3]:
        assert client.post(reverse(PAGE), {"folder": "summer"}, follow=True).status_code in {200, 403}
    assert not Job.objects.exists()


def test_a_folder_becomes_a_job_and_a_message(root, sent, django_capture_on_commit_callbacks):
    curator = staff_with("gallery.add_image")
    with django_capture_on_commit_callbacks(execute=True):
        answer = client_of(curator).post(
            reverse(PAGE), {"folder": "summer", "metadata": "metadata.csv", "genre": "Sea"}
        )
    job = Job.objects.get()
    assert answer.url == reverse("admin:gallery_image_import_progress", args=[job.key])
    assert sent == [job.key]
    assert job.payload == {"folder": "summer", "metadata": "metadata.csv", "genre": "Sea", "user": curator.pk}


def test_a_broker_that_does_not_answer_loses_no_import(root, monkeypatch, django_capture_on_commit_callbacks):
    def down(*_args, **_more):
        raise ConnectionError

    monkeypatch.setattr(current_app, "send_task", down)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client_of(staff()).post(reverse(PAGE), {"folder": "summer"})
    assert answer.status_code == 302
    assert Job.objects.get().state == "due"


@pytest.mark.parametrize(
    "folder",
    [
        "../secret",
        "summer/../../secret",
        "/etc",
        "~/../../etc",
        "summer\\..\\..",
        "summer\0",
        "..",
        "a" * 300,
    ],
)
def test_a_folder_outside_is_refused_in_one_sentence(root, folder):
    form = ImportForm({"folder": folder})
    assert not form.is_valid()
    assert len(form.errors["folder"]) == 1


def test_a_link_that_leads_out_is_refused(root):
    (root / "door").symlink_to(root.parent / "secret")
    (root / "summer" / "door").symlink_to(root.parent)
    for folder in ("door", "summer/door/secret"):
        assert ImportForm({"folder": folder}).errors == {
            "folder": ["Choose a folder inside the import folder."]
        }


def test_a_folder_that_is_not_there_is_refused(root):
    assert ImportForm({"folder": "winter"}).errors == {"folder": ["There is no such folder."]}


@pytest.mark.parametrize(
    "metadata", ["../../secret/metadata.csv", "/etc/passwd", "other.csv", "sea", "notes.txt"]
)
def test_metadata_that_is_no_table_inside_the_folder_is_refused(root, metadata):
    (root / "summer" / "notes.txt").write_text("")
    form = ImportForm({"folder": "summer", "metadata": metadata})
    assert form.errors == {"metadata": ["There is no such CSV file inside the folder."]}


def test_folders_inside_are_offered_and_links_are_not(root):
    (root / "door").symlink_to(root.parent / "secret")
    for name in (".hidden", "@eaDir", "summer/@eaDir", "@eaDir/one.jpg"):
        (root / name).mkdir()
    assert folders() == ["summer", "summer/sea"]


def progress_page(client, job):
    return client.get(reverse("admin:gallery_image_import_progress", args=[job.key]))


def an_import(state, **more):
    key = "0b8f6a52-7d0e-4a36-9a3e-1f0f6a4f8f11"
    return Job.objects.create(kind="import", key=key, state=state, payload={"folder": "summer"}, **more)


def test_a_running_import_asks_again_and_a_finished_one_does_not(root):
    job = an_import("running", progress={"total": 9, "seen": 4, "imported": 3, "already": 1})
    client = client_of(staff())
    assert 'hx-trigger="every 2s"' in progress_page(client, job).text
    Job.objects.update(state="done")
    assert "every 2s" not in progress_page(client, job).text


def test_the_page_lists_what_was_refused_and_why(root):
    refused = [["sea/<b>.jpg", "The file is damaged."]]
    page = progress_page(client_of(staff()), an_import("done", progress={"refused": refused})).text
    assert "sea/&lt;b&gt;.jpg" in page
    assert "The file is damaged." in page


def test_the_page_lists_what_was_passed_over(root):
    passed = [["sea/@eaDir", "A system keeps this."]]
    page = progress_page(client_of(staff()), an_import("done", progress={"passed_over": passed})).text
    assert "sea/@eaDir" in page
    assert "A system keeps this." in page


def test_htmx_gets_the_changing_part_alone(root):
    job = an_import("running")
    address = reverse("admin:gallery_image_import_progress", args=[job.key])
    answer = client_of(staff()).get(address, headers={"HX-Request": "true"})
    assert answer.text.lstrip().startswith("<section")


def test_another_kind_of_job_is_no_import(root):
    job = an_import("done")
    Job.objects.update(kind="nightly")
    assert progress_page(client_of(staff()), job).status_code == 404


def test_an_import_runs_again_by_post_alone(root, sent, django_capture_on_commit_callbacks):
    job, client = an_import("failed", attempts=3, error="Broken."), client_of(staff())
    address = reverse("admin:gallery_image_import_again", args=[job.key])
    assert client.get(address).status_code == 405
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address)
    assert Job.objects.get().state == "due"
    assert sent == [job.key]


def test_the_import_pages_are_closed_to_staff_without_the_right(root):
    job, client = an_import("done"), client_of(staff_with("gallery.change_image"))
    assert progress_page(client, job).status_code == 403
    assert client.post(reverse("admin:gallery_image_import_again", args=[job.key])).status_code == 403


@pytest.mark.parametrize(
    ("folder", "table"), [("summer", "metadata.csv"), ("summer/sea", None), ("../secret", None)]
)
def test_clicking_a_folder_fills_in_its_table_where_there_is_one(root, folder, table):
    form = client_of(staff()).get(reverse(PAGE), {"folder": folder}).context["form"]
    assert form.initial.get("metadata") == table
