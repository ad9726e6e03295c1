"""Which folders belong to this database: a file in each says so, and a row says the same.

A second machine on the same database with folders of its own would show pictures that are not there, and
learn from files that it has not; here that is told at the start. `manage.py prepare` writes the files.
"""

import re
import secrets
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from gallery.models import Installation

MARK = "installation.id"
ONLY = 1  # the key of the only row


class WrongFolder(Exception):
    """A folder is not this installation's; the message is one sentence for who runs it."""


def exit_unless_marked() -> None:
    """Ends the process, with one sentence a folder, where one is not this installation's."""
    if wrong := foreign_folders():
        raise SystemExit("\n".join(wrong))


def foreign_folders() -> list[str]:
    """One sentence for each folder that is not this installation's. Nothing is known before it was prepared,
    and while the database does not answer."""
    try:
        ours = Installation.objects.values_list("token", flat=True).first()
    except DatabaseError:
        return []
    folders = _folders()
    if _embedded():
        del folders["DATA_DIR"]  # the database itself lies there
    return [_sentence(name, folder) for name, folder in folders.items() if ours and _mark_of(folder) != ours]


def mark(adopt: bool = False) -> None:
    """Marks the folders of an installation that has no mark yet. Raises WrongFolder where a folder is another
    one's, or unknown; `adopt` takes it nevertheless, and so does the embedded database,
    which serves one machine."""
    folders = _folders()
    marks = {name: _mark_of(folder) for name, folder in folders.items()}
    token = next(filter(None, marks.values()), None) or secrets.token_hex(16)
    ours, is_new = Installation.objects.get_or_create(pk=ONLY, defaults={"token": token})
    for name, folder in folders.items():
        if marks[name] == ours.token:
            continue
        if not (adopt or _embedded() or (is_new and marks[name] is None)):
            raise WrongFolder(_sentence(name, folder))
        try:
            _write(folder, ours.token)
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
    """Whole or not at all: a machine that starts meanwhile must not read half of it."""
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
