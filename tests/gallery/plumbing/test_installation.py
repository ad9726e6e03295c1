"""Folders that belong to the database, and foreign folders."""

import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from gallery.models import Installation
from gallery.plumbing import installation
from gallery.plumbing.installation import MARK
from tests.installation import COMMANDS, ROOT
from tests.installation import Installation as Site
from tests.servers import another_database

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"
    return settings.MEDIA_ROOT, settings.DATA_DIR


@pytest.fixture
def server(monkeypatch):
    """As on PostgreSQL: a database that several machines may have."""
    monkeypatch.setattr(installation, "_embedded", lambda: False)


def prepare(*words):
    with patch("gallery.management.commands.prepare.call_command"):
        call_command("prepare", "--no-demo", *words)


def marks(folders):
    return [path.read_text() for folder in folders if (path := folder / MARK).exists()]


@pytest.fixture
def elsewhere(settings, tmp_path, request):
    """After `prepare`, a setting that points to another folder; gives its name."""
    prepare()
    setattr(settings, request.param, tmp_path / "elsewhere")
    return request.param


each_folder = pytest.mark.parametrize("elsewhere", ["MEDIA_ROOT", "DATA_DIR"], indirect=True)


def test_a_site_that_was_prepared_knows_its_folders(folders, server) -> None:
    prepare()
    first = marks(folders)
    prepare()
    assert first == marks(folders) == [f"{Installation.objects.get().token}\n"] * 2
    assert installation.foreign_folders() == []
    installation.exit_unless_marked()


def test_before_it_was_prepared_nothing_is_wrong(server) -> None:
    assert installation.foreign_folders() == []


@each_folder
def test_a_folder_of_another_machine_is_told_in_one_sentence(elsewhere, server, settings) -> None:
    (sentence,) = installation.foreign_folders()
    assert sentence.startswith(f"{elsewhere} ({getattr(settings, elsewhere)}) is not the folder")
    with pytest.raises(SystemExit) as end:
        installation.exit_unless_marked()
    assert end.value.code == sentence
    assert [
        error.msg for error in run_checks(include_deployment_checks=True) if error.id == "gallery.E002"
    ] == [sentence]


@each_folder
def test_an_empty_folder_is_not_taken_for_ours_unless_it_is_said(elsewhere, server, folders) -> None:
    with pytest.raises(CommandError, match=rf"^{elsewhere} .* prepare --adopt"):
        prepare()
    assert installation.foreign_folders()
    prepare("--adopt")
    assert installation.foreign_folders() == []


@each_folder
@pytest.mark.parametrize("text", ["0" * 32, "", "\xff not a mark \x00" * 99])
def test_a_folder_of_another_installation_is_not_taken_for_ours(elsewhere, server, settings, text) -> None:
    folder = getattr(settings, elsewhere)
    folder.mkdir()
    (folder / MARK).write_text(text)
    with pytest.raises(CommandError, match=rf"^{elsewhere} .* is not the folder"):
        prepare()
    assert (folder / MARK).read_text() == text


@each_folder
def test_what_a_backup_brought_along_is_ours(elsewhere, server, settings, tmp_path) -> None:
    before = tmp_path / ("media" if elsewhere == "MEDIA_ROOT" else "data")
    before.rename(getattr(settings, elsewhere))
    prepare()
    assert installation.foreign_folders() == []


@pytest.mark.parametrize("embedded", [False, True])
def test_folders_keep_their_mark_under_a_database_that_has_none(folders, monkeypatch, embedded) -> None:
    monkeypatch.setattr(installation, "_embedded", lambda: embedded)
    prepare()
    before = marks(folders)
    Installation.objects.all().delete()
    prepare()
    assert marks(folders) == before


def test_the_folders_of_two_installations_are_not_mixed(folders, server) -> None:
    for folder, digit in zip(folders, "ab", strict=True):
        folder.mkdir()
        (folder / MARK).write_text(digit * 32)
    with pytest.raises(CommandError, match=r"^DATA_DIR"):
        prepare()


def test_the_embedded_database_takes_new_folders(settings, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(installation, "_embedded", lambda: True)
    prepare()
    settings.DATA_DIR = tmp_path / "a new disk"
    assert installation.foreign_folders() == []
    settings.MEDIA_ROOT = tmp_path / "another"
    assert len(installation.foreign_folders()) == 1
    prepare()
    assert installation.foreign_folders() == []


def test_a_database_that_does_not_answer_says_nothing(monkeypatch) -> None:
    prepare()
    monkeypatch.setattr(
        Installation.objects, "values_list", lambda *_, **__: (_ for _ in ()).throw(DatabaseError)
    )
    assert installation.foreign_folders() == []


def test_a_folder_that_cannot_be_written_is_one_sentence(settings, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    settings.MEDIA_ROOT = tmp_path / "file"
    with pytest.raises(CommandError, match=r"^MEDIA_ROOT \(.*\) cannot be written: "):
        prepare()


@pytest.mark.parametrize(
    "command", [("nightly",), ("import_images", "."), ("demo", "--remove")], ids=lambda it: it[0]
)
@pytest.mark.parametrize("elsewhere", ["MEDIA_ROOT"], indirect=True)
def test_commands_that_use_the_folders_refuse_others(elsewhere, server, command, capsys) -> None:
    with pytest.raises(SystemExit) as end:
        call_command(*command)
    assert end.value.code not in (0, None)
    assert "MEDIA_ROOT" in f"{end.value.code} {capsys.readouterr().err}"


@pytest.mark.services
@pytest.mark.timeout(300)
def test_a_second_machine_needs_the_folders_of_the_first(new_site, postgres_url, redis_url, tmp_path) -> None:
    shared = {"DATABASE_URL": another_database(postgres_url, "machines"), "REDIS_URL": f"{redis_url}/3"}
    first: Site = new_site("first", **shared)
    own = first.env | {"DATA_DIR": str(tmp_path / "data"), "MEDIA_ROOT": str(tmp_path / "media")}

    def on_the_second(
        command: str, env: dict[str, str], seconds: float = 60
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["timeout", str(seconds), "bash", "-c", command],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
        )

    python = Path(sys.executable)
    for command in (
        f"{python} manage.py prepare --no-demo",
        f"{python} manage.py check --deploy",
        *processes(),
    ):
        done = on_the_second(command, own)
        assert done.returncode not in (0, 124), command
        said = done.stdout + done.stderr
        assert "MEDIA_ROOT (" in said, command
        assert "Traceback" not in said, said
    mounted = own | {"MEDIA_ROOT": str(first.media), "DATA_DIR": str(first.data)}
    assert on_the_second(f"{python} manage.py prepare --no-demo", mounted).returncode == 0
    assert on_the_second(processes()[1], mounted, 15).returncode == 124, "it works until it is ended"
    assert not list((tmp_path / "media").iterdir()), "nothing was written into a folder that is not its own"


def processes() -> list[str]:
    return [COMMANDS[name] for name in ("web", "learn", "night", "upkeep")]
