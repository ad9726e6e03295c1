"""The files of a folder that can be imported, and their metadata in a CSV file.

Links are not followed, and only regular files are opened: reading a FIFO would never start, and reading a
device would never end.
"""

import csv
import os
import re
import stat
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gallery.ingest.errors import Refused
from gallery.ingest.metadata import clean, clean_keywords

#: Extensions of other files beside pictures: skipped without a message, unless their bytes are a picture's.
SIDECARS = {".csv", ".md", ".txt", ".json", ".xmp", ".xml", ".aae", ".ini", ".db", ".yaml", ".log"}
#: Files and folders of network storage, operating systems and programs: bins, thumbnails, snapshots.
SYSTEM_NAME = re.compile(
    r"@eadir|#recycle|@recycle|#snapshot|@recently-snapshot|~snapshot|@sharebin|@tmp|\.?@__thumb|synophoto_thumb.*"
    r"|synofile_thumb.*|synoindex_media_info|lost\+found|found\.\d\d\d|\$recycle\.bin|recycler|recycle bin"
    r"|system volume information|(eh)?thumbs(_vista)?\.db(:.*)?|desktop\.ini|__macosx|\.ds_store|\._.*"
    r"|\.appledouble|\.spotlight-v100|\.fseventsd|\.temporaryitems|temporary items|network trash folder"
    r"|\.trashe?s?(-.*)?|icon\r"
    r"|\.thumbnails|\.dtrash|\.picasaoriginals|ipod photo cache|.*\.lrdata|.*\.lrcat-data",
    re.I | re.S,
)
CSV_COLUMNS = {
    "path", "genre", "title", "keywords", "licence", "license", "credit", "source", "source_repository",
    "source_path",
}  # fmt: skip


class BadSource(ValueError):
    """Nothing can be imported from this folder; the message is one sentence for the user."""


def inside(root: Path, text: str) -> Path:
    """The real path of `text`, relative to `root`. Raises BadSource if it is outside, also through a symbolic
    link."""
    if (
        "\0" not in text
        and "\\" not in text
        and not Path(text).is_absolute()
        and ".." not in Path(text).parts
    ):
        path = (root / text).resolve()
        if path.is_relative_to(root.resolve()):
            return path
    raise BadSource(f"{text!r} lies outside the folder {root}.")


@dataclass(frozen=True)
class Facts:
    """The metadata of one picture in the CSV; unknown values are empty. `line` is its line in the CSV, 0
    without one."""

    genre: str = ""
    title: str = ""
    keywords: tuple[str, ...] = ()
    licence: str = ""
    credit: str = ""
    source: str = ""
    line: int = 0


@dataclass(frozen=True)
class Candidate:
    """A file to import: its path relative to the folder, its metadata, and the refusal if it is known
    already."""

    name: str
    path: Path
    facts: Facts
    refused: Refused | None = None


def candidates(
    folder: Path,
    metadata: Path | None,
    genre: str,
    skip: Callable[[str, Refused], None] = lambda name, reason: None,
) -> list[Candidate]:
    """All files below `folder` in order of name, then those that only the CSV contains. Calls `skip` for
    files that by their names are not pictures of the user. Raises BadSource."""
    if not folder.is_dir():
        raise BadSource(f"There is no folder {folder}.")
    table = read_metadata_csv(metadata) if metadata else {}
    found: dict[str, tuple[Path, Refused | None]] = {}
    for path, refused in walk(folder):
        name = path.relative_to(folder).as_posix()
        if metadata and path.exists() and metadata.exists() and path.samefile(metadata):
            continue
        if refused and refused.reason in {"system", "hidden"}:
            skip(name, refused)
        else:
            found[name] = path, refused
    rows = _rows_of_files(table, found)
    todo = []
    for name, (path, refused) in found.items():
        facts = rows.get(name, Facts())
        if refused or facts.line or path.suffix.lower() not in SIDECARS or looks_like_a_picture(path):
            todo.append(Candidate(name, path, with_genre(facts, folder, name, genre), refused))
    used_lines = {facts.line for facts in rows.values()}
    normalised = {unicodedata.normalize("NFC", name) for name in found}
    for name, facts in table.items():
        if facts.line not in used_lines:
            todo.append(Candidate(name, folder / name, facts, _missing_file(name, facts.line, normalised)))
    return todo


def _rows_of_files(table: dict[str, Facts], found: Iterable[str]) -> dict[str, Facts]:
    """The row of each file: the row with exactly its name, else the only row whose name looks the same, if it
    is the only such file. macOS decomposes the letters of names (NFD), and a table may come from another
    system."""
    rows = {name: table[name] for name in found if name in table}
    rows_of_form = Counter(unicodedata.normalize("NFC", name) for name in table if name not in rows)
    facts_of_form = {
        unicodedata.normalize("NFC", name): facts for name, facts in table.items() if name not in rows
    }
    files = {name: unicodedata.normalize("NFC", name) for name in found if name not in rows}
    count = Counter(files.values())
    return rows | {
        name: facts_of_form[form] for name, form in files.items() if rows_of_form[form] == count[form] == 1
    }


def _missing_file(name: str, line: int, normalised: set[str]) -> Refused:
    """The reason why a row of the CSV has no file."""
    reasons = [reason for part in PurePosixPath(name).parts if (reason := not_a_picture(part))]
    if reasons:
        return Refused(reasons[0])
    return Refused("ambiguous" if unicodedata.normalize("NFC", name) in normalised else "missing", line=line)


def not_a_picture(name: str) -> str:
    """The reason why a file or a folder of this name is skipped with its content; empty if it is not
    skipped."""
    if SYSTEM_NAME.fullmatch(name):
        return "system"
    return "hidden" if name.startswith(".") else ""


def walk(folder: Path) -> Iterator[tuple[Path, Refused | None]]:
    """The files below a folder; entries that are not opened come with their refusal."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield folder, Refused("unreadable")
        return
    for entry in entries:
        path = Path(entry.path)
        if reason := not_a_picture(entry.name):
            yield path, Refused(reason)
        elif entry.is_symlink():
            yield path, Refused("link")
        elif entry.is_dir(follow_symlinks=False):
            yield from walk(path)
        else:
            yield path, None if entry.is_file(follow_symlinks=False) else Refused("special")


def open_regular(path: Path) -> int:
    """A descriptor of a regular file; never blocks, and never follows a link at the end of the path. Raises
    Refused."""
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
        return True  # so that the import reports the reason
    with os.fdopen(descriptor, "rb") as handle:
        head = handle.read(12)
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF")) or head[4:8] == b"ftyp"


def with_genre(facts: Facts, folder: Path, name: str, genre: str) -> Facts:
    """The genre that was asked for, else that of the CSV, else the top folder's name, else the name of the
    folder itself."""
    parts = PurePosixPath(name).parts
    named = genre or facts.genre or (parts[0] if len(parts) > 1 else folder.resolve().name)
    return Facts(**{**facts.__dict__, "genre": clean(named.replace("_", " "), 60) or "other"})


def read_metadata_csv(path: Path) -> dict[str, Facts]:
    """The metadata by file name, relative to the folder. Raises BadSource with the line number."""
    table: dict[str, Facts] = {}
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
                        f"{path.name}, line {rows.line_num}: {len(row)} fields where the first line has "
                        f"{len(header)}."
                    )
                name, facts = _facts(dict(zip(header, row, strict=True)), path.name, rows.line_num)
                if name in table:
                    raise BadSource(
                        f"{path.name}, line {rows.line_num}: {name} was already on line {table[name].line}."
                    )
                table[name] = facts
    except OSError as error:
        raise BadSource(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadSource(f"{path.name} is not in UTF-8.") from error
    except csv.Error as error:
        raise BadSource(f"{path.name}, line {rows.line_num}: {error}.") from error
    return table


def _facts(row: dict[str, str], file: str, line: int) -> tuple[str, Facts]:
    name = row["path"].strip()
    parts = PurePosixPath(name).parts
    if not name or "\0" in name or name.startswith("/") or ".." in parts:
        raise BadSource(f"{file}, line {line}: {name!r} is not a path inside the folder.")
    source = row.get("source") or " ".join(
        filter(None, [row.get("source_repository"), row.get("source_path")])
    )
    return "/".join(parts), Facts(
        genre=clean(row.get("genre", ""), 60),
        title=clean(row.get("title", ""), 200),
        keywords=tuple(clean_keywords(row.get("keywords", "").split(";"))),
        licence=clean(row.get("licence") or row.get("license") or "", 200),
        credit=clean(row.get("credit", ""), 200),
        source=clean(source, 300),
        line=line,
    )
