"""Checks (`manage.py check`) of the database and the folders of this installation."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from gallery.plumbing import installation

FIXED_SQLITE = (3, 51, 3)
NETWORK_FILESYSTEMS = frozenset(
    ["nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "lustre", "ncpfs", "davfs"]
)


def filesystem_of(path: Path, mounts: str) -> str:
    """The type of the filesystem of `path`, from a table like /proc/mounts; "" if the table does not contain
    it."""
    best, filesystem = -1, ""
    for line in mounts.splitlines():
        _device, point, kind, *_rest = line.split()
        folder = point.replace("\\040", " ")
        # Of nested mounts the innermost counts, of several at one path the last.
        if path.is_relative_to(folder) and len(folder) >= best:
            best, filesystem = len(folder), kind
    return filesystem


def is_network(kind: str) -> bool:
    # A rootless container's own disk is a FUSE mount too, and a local one.
    return kind in NETWORK_FILESYSTEMS or (kind.startswith("fuse.") and kind != "fuse.fuse-overlayfs")


def sqlite_file() -> Path | None:
    """The embedded database's file; None on another database or in memory."""
    database = settings.DATABASES["default"]
    name = str(database["NAME"])
    if database["ENGINE"] != "django.db.backends.sqlite3" or ":memory:" in name or "mode=memory" in name:
        return None
    return Path(name).resolve()


@register(Tags.compatibility)
def sqlite_is_recent(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:
    if sqlite_file() is None or sqlite3.sqlite_version_info >= FIXED_SQLITE:
        return []
    return [
        Warning(
            f"SQLite {sqlite3.sqlite_version} is older than 3.51.3, in which a rare corruption of databases "
            "that several processes write (WAL reset) was fixed.",
            hint="Take a Python with a newer SQLite, or PostgreSQL (DATABASE_URL). Keep backups.",
            id="gallery.W001",
        )
    ]


@register(Tags.security)
def https_ends_somewhere(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:
    if not getattr(settings, "SECURE_SSL_REDIRECT", False) or settings.TRUST_PROXY_SCHEME_IS_SET:
        return []
    return [
        Warning(
            (
                "TRUST_PROXY_SCHEME is not set: behind a proxy that ends https every page redirects to "
                "itself for ever."
            ),
            hint=(
                "Set it to 1 behind such a proxy, which must set X-Forwarded-Proto itself; to 0 if there is "
                "none."
            ),
            id="gallery.W002",
        )
    ]


@register(Tags.compatibility)
def sqlite_is_on_a_local_disk(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:
    path = sqlite_file()
    mounts = Path("/proc/mounts")
    if path is None or not mounts.exists():
        return []
    kind = filesystem_of(path, mounts.read_text())
    if not is_network(kind):
        return []
    return [
        Error(
            (
                f"The database {path} is on a network filesystem ({kind}), where SQLite's write-ahead log "
                "is not safe."
            ),
            hint="Set DATA_DIR to a folder on a local disk, or use PostgreSQL (DATABASE_URL).",
            id="gallery.E001",
        )
    ]


@register(Tags.security)
def a_proxy_names_the_client(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:
    if settings.SECURE_PROXY_SSL_HEADER is None or settings.TRUSTED_PROXIES:
        return []
    return [
        Warning(
            "TRUST_PROXY_SCHEME says that there is a proxy, and TRUSTED_PROXIES that there is none: to the "
            "limits all visitors are one client, so that one visitor's wrong passwords lock out all others.",
            hint=(
                "Set TRUSTED_PROXIES to the number of proxies before the site, each of which sets "
                "X-Forwarded-For."
            ),
            id="gallery.W003",
        )
    ]


@register(Tags.compatibility, deploy=True)
def folders_are_the_installations(
    app_configs: Sequence[AppConfig] | None, **_kwargs: Any
) -> list[CheckMessage]:
    """Only with `check --deploy`, because it queries the database; the web process and the workers check at
    their start."""
    return [Error(sentence, id="gallery.E002") for sentence in installation.foreign_folders()]
