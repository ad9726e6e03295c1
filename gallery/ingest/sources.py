"""What there is to import: the files of a folder, and what a metadata CSV says of them.

Links are not followed, and nothing but regular files is opened: a FIFO would hang an import, a device never end.
"""

import csv
import os
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gallery.ingest.errors import Refused
from gallery.ingest.metadata import clean, clean_keywords

#: What lies beside pictures and is none: passed over without a word, unless its bytes are a picture's.
SIDECARS = {".csv", ".md", ".txt", ".json", ".xmp", ".xml", ".aae", ".ini", ".db", ".yaml", ".log"}
COLUMNS = {
    "path", "genre", "title", "keywords", "licence", "license", "credit", "source", "source_repository", "source_path",
}  # fmt: skip


class BadSource(ValueError):
    """Nothing can be imported from here; the message is one sentence for a person."""


@dataclass(frozen=True)
class Facts:
    """What the curator says of one picture; empty where nothing is said. `line` is its line in the CSV, 0 without."""

    genre: str = ""
    title: str = ""
    keywords: tuple[str, ...] = ()
    licence: str = ""
    credit: str = ""
    source: str = ""
    line: int = 0


@dataclass(frozen=True)
class Candidate:
    """A file to import: its path relative to the folder, what is said of it, and why not, if that is plain already."""

    name: str
    path: Path
    facts: Facts
    refused: Refused | None = None


def candidates(folder: Path, metadata: Path | None, genre: str) -> list[Candidate]:
    """All files below `folder` in order of name, then those that only the CSV knows. Raises BadSource."""
    if not folder.is_dir():
        raise BadSource(f"There is no folder {folder}.")
    told = read_metadata_csv(metadata) if metadata else {}
    found: dict[str, Candidate] = {}
    for path, refused in walk(folder):
        if metadata and path.exists() and metadata.exists() and path.samefile(metadata):
            continue
        name = path.relative_to(folder).as_posix()
        facts = told.get(unicodedata.normalize("NFC", name), Facts())
        if refused is None and not facts.line and path.suffix.lower() in SIDECARS and not looks_like_a_picture(path):
            continue
        found[unicodedata.normalize("NFC", name)] = Candidate(
            name, path, with_genre(facts, folder, name, genre), refused
        )
    for name, facts in told.items():
        if name not in found:
            found[name] = Candidate(name, folder / name, facts, Refused("missing", line=facts.line))
    return list(found.values())


def walk(folder: Path) -> Iterator[tuple[Path, Refused | None]]:
    """The files below a folder, without hidden ones; a link, FIFO, device or closed folder with its refusal."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield folder, Refused("unreadable")
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith("."):
            continue
        if entry.is_symlink():
            yield path, Refused("link")
        elif entry.is_dir(follow_symlinks=False):
            yield from walk(path)
        else:
            yield path, None if entry.is_file(follow_symlinks=False) else Refused("special")


def open_regular(path: Path) -> int:
    """A descriptor of a regular file; never waits, never follows a link at the end. Raises Refused."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise Refused("changed") from error
    except OSError as error:
        raise Refused("unreadable") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Refused("special")
    return descriptor


def looks_like_a_picture(path: Path) -> bool:
    try:
        descriptor = open_regular(path)
    except Refused:
        return True  # so that the reason is told
    with os.fdopen(descriptor, "rb") as handle:
        head = handle.read(12)
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF")) or head[4:8] == b"ftyp"


def with_genre(facts: Facts, folder: Path, name: str, genre: str) -> Facts:
    """The genre asked for, else the CSV's, else the top folder's, else that of the folder itself."""
    parts = PurePosixPath(name).parts
    named = genre or facts.genre or (parts[0] if len(parts) > 1 else folder.resolve().name)
    return Facts(**{**facts.__dict__, "genre": clean(named.replace("_", " "), 60) or "other"})


def read_metadata_csv(path: Path) -> dict[str, Facts]:
    """The facts by file name (NFC, relative to the folder). Raises BadSource with the line number."""
    told: dict[str, Facts] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = csv.reader(handle, strict=True)
            header = [column.strip().lower() for column in next(rows, [])]
            if "path" not in header:
                raise BadSource(f"{path.name}, line 1: there is no column named path.")
            for row in rows:
                if not row:
                    continue
                if len(row) != len(header):
                    raise BadSource(
                        f"{path.name}, line {rows.line_num}: {len(row)} fields where the first line has {len(header)}."
                    )
                name, facts = _facts(dict(zip(header, row, strict=True)), path.name, rows.line_num)
                if name in told:
                    raise BadSource(f"{path.name}, line {rows.line_num}: {name} was already on line {told[name].line}.")
                told[name] = facts
    except OSError as error:
        raise BadSource(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadSource(f"{path.name} is not in UTF-8.") from error
    except csv.Error as error:
        raise BadSource(f"{path.name}, line {rows.line_num}: {error}.") from error
    return told


def _facts(row: dict[str, str], file: str, line: int) -> tuple[str, Facts]:
    name = unicodedata.normalize("NFC", row["path"].strip())
    parts = PurePosixPath(name).parts
    if not name or "\0" in name or name.startswith("/") or ".." in parts:
        raise BadSource(f"{file}, line {line}: {name!r} is not a path inside the folder.")
    source = row.get("source") or " ".join(filter(None, [row.get("source_repository"), row.get("source_path")]))
    return "/".join(parts), Facts(
        genre=clean(row.get("genre", ""), 60),
        title=clean(row.get("title", ""), 200),
        keywords=tuple(clean_keywords(row.get("keywords", "").split(";"))),
        licence=clean(row.get("licence") or row.get("license") or "", 200),
        credit=clean(row.get("credit", ""), 200),
        source=clean(source, 300),
        line=line,
    )
