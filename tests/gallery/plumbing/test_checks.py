"""The checks of the embedded database in `manage.py check`."""

import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest

from gallery.plumbing import checks

MOUNTS = """\
/dev/vda / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/vdb /home/local xfs rw 0 0
//nas/pics /mnt/my\\040nas cifs rw 0 0
host /srv/over fuse.sshfs rw 0 0
tmpfs /home tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/imagerec/db.sqlite3", "ext4"),
        ("/home/ann/db.sqlite3", "tmpfs"),
        ("/home/local/db.sqlite3", "xfs"),
        ("/homestead/db.sqlite3", "ext4"),
        ("/mnt/my nas/db.sqlite3", "cifs"),
        ("/srv/over/db.sqlite3", "fuse.sshfs"),
    ],
)
def test_the_innermost_mount_counts(path: str, kind: str) -> None:
    assert checks.filesystem_of(Path(path), MOUNTS) == kind


@pytest.mark.parametrize(
    ("kind", "network"),
    [("nfs4", True), ("cifs", True), ("fuse.sshfs", True), ("ext4", False), ("overlay", False), ("", False)],
)
def test_network_filesystems_are_known(kind: str, network: bool) -> None:
    assert checks.is_network(kind) is network


def on_database(monkeypatch, engine: str, name: str) -> None:
    databases = {"default": {"ENGINE": f"django.db.backends.{engine}", "NAME": name}}
    monkeypatch.setattr(checks, "settings", SimpleNamespace(DATABASES=databases))


@pytest.mark.parametrize(
    ("redirects", "said", "warns"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_a_proxy_that_nobody_spoke_of_is_a_warning(
    settings, redirects: bool, said: bool, warns: bool
) -> None:
    settings.SECURE_SSL_REDIRECT, settings.TRUST_PROXY_SCHEME_IS_SET = redirects, said
    assert [warning.id for warning in checks.https_ends_somewhere(None)] == ["gallery.W002"] * warns


def test_a_database_on_a_network_filesystem_is_an_error(monkeypatch) -> None:
    on_database(monkeypatch, "sqlite3", "/home/ann/db.sqlite3")
    monkeypatch.setattr(checks, "filesystem_of", lambda *_: "nfs4")
    (error,) = checks.sqlite_is_on_a_local_disk(None)
    assert error.id == "gallery.E001"
    assert "nfs4" in error.msg
    assert error.is_serious()


def test_an_old_sqlite_is_a_warning(monkeypatch) -> None:
    on_database(monkeypatch, "sqlite3", "/srv/db.sqlite3")
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 2))
    (warning,) = checks.sqlite_is_recent(None)
    assert warning.id == "gallery.W001"
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 3))
    assert checks.sqlite_is_recent(None) == []


@pytest.mark.parametrize(("engine", "name"), [("postgresql", "imagerec"), ("sqlite3", ":memory:")])
def test_other_databases_are_not_its_business(monkeypatch, engine: str, name: str) -> None:
    on_database(monkeypatch, engine, name)
    assert checks.sqlite_is_recent(None) == checks.sqlite_is_on_a_local_disk(None) == []


@pytest.mark.parametrize(
    ("scheme", "proxies", "warnings"),
    [(None, 0, 0), (("HTTP_X_FORWARDED_PROTO", "https"), 1, 0), (("HTTP_X_FORWARDED_PROTO", "https"), 0, 1)],
)
def test_a_proxy_that_names_nobody_is_warned_about(settings, scheme, proxies, warnings):
    settings.SECURE_PROXY_SSL_HEADER, settings.TRUSTED_PROXIES = scheme, proxies
    assert len(checks.a_proxy_names_the_client(None)) == warnings
