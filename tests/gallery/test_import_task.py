"""The import as a job."""

import os

import pytest

from gallery import tasks
from gallery.models import Image, Job
from gallery.plumbing import jobs
from tests.gallery.ingest.pictures import jpeg

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(settings, tmp_path):
    settings.IMPORT_ROOT, settings.MEDIA_ROOT = tmp_path / "import", tmp_path / "media"
    (settings.IMPORT_ROOT / "pictures").mkdir(parents=True)
    return settings.IMPORT_ROOT


def done(**payload: object) -> Job:
    jobs.request("import", "one", payload)
    tasks.run_import("one")
    return Job.objects.get(kind="import", key="one")


def test_a_folder_comes_in_and_the_row_says_how_it_went(root, admin_user):
    (root / "pictures" / "one.jpg").write_bytes(jpeg())
    (root / "pictures" / "page.jpg").write_bytes(b"<html>")
    job = done(folder="pictures", metadata=None, genre="Sea", user=admin_user.pk)
    assert (job.state, job.rows) == ("done", 1)
    assert job.progress["refused"] == [["page.jpg", "This is not a JPEG, PNG, WebP, GIF or AVIF picture."]]
    assert {name: job.progress[name] for name in ("total", "seen", "imported", "already")} == {
        "total": 2, "seen": 2, "imported": 1, "already": 0,
    }  # fmt: skip
    image = Image.objects.get()
    assert (image.genre.slug, image.uploaded_by) == ("sea", admin_user)


def test_the_row_says_what_was_passed_over(root):
    (root / "pictures" / "@eaDir").mkdir()
    job = done(folder="pictures")
    assert job.progress["passed_over"] == [
        ["@eaDir", "Passed over: a system or a program keeps this for itself."]
    ]
    assert job.progress["total"] == 0


def test_the_metadata_lies_inside_the_folder(root):
    (root / "pictures" / "one.jpg").write_bytes(jpeg())
    (root / "pictures" / "table.csv").write_bytes(b"path,title\none.jpg,High tide\n")
    assert done(folder="pictures", metadata="table.csv").state == "done"
    assert Image.objects.get().title == "High tide"


@pytest.mark.parametrize("folder", ["/etc", "../..", "pictures/../../..", "link"])
def test_nothing_outside_the_import_folder_is_read(root, folder):
    os.symlink("/etc", root / "link")
    assert "lies outside the folder" in done(folder=folder).error


def test_metadata_outside_the_folder_is_not_read(root):
    (root / "table.csv").write_bytes(b"path,title\n")
    assert "lies outside the folder" in done(folder="pictures", metadata="../table.csv").error


def test_what_cannot_be_done_is_on_the_row(root):
    job = done(folder="nowhere")
    assert job.state != "done"
    assert "There is no folder" in job.error


def test_delivered_twice_it_runs_once(root):
    (root / "pictures" / "one.jpg").write_bytes(jpeg())
    job = done(folder="pictures")
    tasks.run_import("one")
    job.refresh_from_db()
    assert job.attempts == 1
