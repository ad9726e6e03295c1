"""Which folders belong to this database: a file in each folder and a row of the database contain the same
token.

A second machine on the same database with other folders would show pictures that it does not have, and learn
from missing files; this check reports that at the start. `manage.py prepare` writes the files.
"""

import re
import secrets
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from gallery.models import Installation

MARK = "installation.id"
ONLY = 1  # primary key of the only row


class WrongFolder(Exception):
    """A folder does not belong to this installation; the message is one sentence for the operator."""


def exit_unless_marked() -> None:
    """Ends the process, with one sentence for each folder that does not belong to this installation."""
    if errors := foreign_folders():
        raise SystemExit("\n".join(errors))


def foreign_folders() -> list[str]:
    """One sentence for each folder that does not belong to this installation; none before the first
    `prepare`, or while the database does not answer."""
    try:
        token = Installation.objects.values_list("token", flat=True).first()
    except DatabaseError:
        return []
    folders = _folders()
    if _embedded():
        del folders["DATA_DIR"]  # the database itself is there
    return [
        _sentence(name, folder) for name, folder in folders.items() if token and _mark_of(folder) != token
    ]


def mark(adopt: bool = False) -> None:
    """Marks the folders of a new installation. Raises WrongFolder if a folder belongs to another installation
    or has no mark; `adopt` accepts it anyway. With the embedded database, which serves one machine, every
    folder is accepted."""
    folders = _folders()
    marks = {name: _mark_of(folder) for name, folder in folders.items()}
    token = next(filter(None, marks.values()), None) or secrets.token_hex(16)
    installation, is_new = Installation.objects.get_or_create(pk=ONLY, defaults={"token": token})
    for name, folder in folders.items():
        if marks[name] == installation.token:
            continue
        if not (adopt or _embedded() or (is_new and marks[name] is None)):
            raise WrongFolder(_sentence(name, folder))
        try:
            _write(folder, installation.token)
        except OSError as error:
            raise WrongFolder(f"{name} ({folder}) cannot be written: {error.strerror}.") from error


def _folders() -> dict[str, Path]:
    return {"MEDIA_ROOT": Path(settings.MEDIA_ROOT), "DATA_DIR": Path(settings.DATA_DIR)}


def _embedded() -> bool:
    return connection.vendor == "sqlite"


def _mark_of(folder: Path) -> str | None:
    try:
        text = (folder / MARK).read_text(errors="replace").strip()
    except OSError:
        return None
    return text if re.fullmatch("[0-9a-f]{32}", text) else None


def _write(folder: Path, token: str) -> None:
    """Atomically: a machine that starts meanwhile must not read half of the file."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{MARK}.{secrets.token_hex(4)}"
    draft.write_text(f"{token}\n")
    draft.replace(folder / MARK)


def _sentence(name: str, folder: Path) -> str:
    return (
        f"{name} ({folder}) is not the folder of the installation in this database: mount the one that its "
        "other machines use, or, where it is meant to be new (a restored backup, a move), run `manage.py "
        "prepare --adopt`."
    )
