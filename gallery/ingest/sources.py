"""What there is to import: the files of a folder, and what a metadata CSV says of them.

Links are not followed, and nothing but regular files is opened: a FIFO would hang an import,
a device never end.
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

#: What lies beside pictures and is none: passed over without a word, unless its bytes are a picture's.
SIDECARS = {".csv", ".md", ".txt", ".json", ".xmp", ".xml", ".aae", ".ini", ".db", ".yaml", ".log"}
#: What network storage, operating systems and programs put among pictures for themselves: bins, thumbnails,
#: snapshots.
SYSTEM_NAME = re.compile(
    r"@eadir|#recycle|@recycle|#snapshot|@recently-snapshot|~snapshot|@sharebin|@tmp|\.?@__thumb|synophoto_thumb.*"
    r"|synofile_thumb.*|synoindex_media_info|lost\+found|found\.\d\d\d|\$recycle\.bin|recycler|recycle bin"
    r"|system volume information|(eh)?thumbs(_vista)?\.db(:.*)?|desktop\.ini|__macosx|\.ds_store|\._.*"
    r"|\.appledouble|\.spotlight-v100|\.fseventsd|\.temporaryitems|temporary items|network trash folder"
    r"|\.trashe?s?(-.*)?|icon\r"
    r"|\.thumbnails|\.dtrash|\.picasaoriginals|ipod photo cache|.*\.lrdata|.*\.lrcat-data",
    re.I | re.S,
)
COLUMNS = {
    "path", "genre", "title", "keywords", "licence", "license", "credit", "source", "source_repository",
    "source_path",
}  # fmt: skip


class BadSource(ValueError):
    """Nothing can be imported from here; the message is one sentence for a person."""


def inside(root: Path, text: str) -> Path:
    """The real path of `text`, which is relative to `root`. Raises BadSource where it lies outside, also
    where only a symbolic link leads there."""
    if (
        "\0" not in text
        and "\\" not in text
        and not Path(text).is_absolute()
        and ".." not in Path(text).parts
    ):
        found = (root / text).resolve()
        if found.is_relative_to(root.resolve()):
            return found
    raise BadSource(f"{text!r} lies outside the folder {root}.")


@dataclass(frozen=True)
class Facts:
    """What the curator says of one picture; empty where nothing is said. `line` is its line in the CSV,
    0 without."""

    genre: str = ""
    title: str = ""
    keywords: tuple[str, ...] = ()
    licence: str = ""
    credit: str = ""
    source: str = ""
    line: int = 0


@dataclass(frozen=True)
class Candidate:
    """A file to import: its path relative to the folder, what is said of it, and why not,
    if that is plain already."""

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
    """All files below `folder` in order of name, then those that only the CSV knows. `skip` is told of
    whatever is no picture of the person's by its name. Raises BadSource."""
    if not folder.is_dir():
        raise BadSource(f"There is no folder {folder}.")
    told = read_metadata_csv(metadata) if metadata else {}
    found: dict[str, tuple[Path, Refused | None]] = {}
    for path, refused in walk(folder):
        name = path.relative_to(folder).as_posix()
        if metadata and path.exists() and metadata.exists() and path.samefile(metadata):
            continue
        if refused and refused.reason in {"system", "hidden"}:
            skip(name, refused)
        else:
            found[name] = path, refused
    rows = _meet(told, found)
    todo = []
    for name, (path, refused) in found.items():
        facts = rows.get(name, Facts())
        if refused or facts.line or path.suffix.lower() not in SIDECARS or looks_like_a_picture(path):
            todo.append(Candidate(name, path, with_genre(facts, folder, name, genre), refused))
    met = {facts.line for facts in rows.values()}
    alike = {unicodedata.normalize("NFC", name) for name in found}
    for name, facts in told.items():
        if facts.line not in met:
            todo.append(Candidate(name, folder / name, facts, _unmet(name, facts.line, alike)))
    return todo


def _meet(told: dict[str, Facts], found: Iterable[str]) -> dict[str, Facts]:
    """The row of each file: the one of its very name, else the only one whose name looks like it, if it is
    the only such file. A Mac takes the letters of a name apart, and a table may be from elsewhere."""
    rows = {name: told[name] for name in found if name in told}
    left = Counter(unicodedata.normalize("NFC", name) for name in told if name not in rows)
    alike = {unicodedata.normalize("NFC", name): facts for name, facts in told.items() if name not in rows}
    files = {name: unicodedata.normalize("NFC", name) for name in found if name not in rows}
    count = Counter(files.values())
    return rows | {name: alike[form] for name, form in files.items() if left[form] == count[form] == 1}


def _unmet(name: str, line: int, alike: set[str]) -> Refused:
    """Why a row of the CSV has no file."""
    reasons = [reason for part in PurePosixPath(name).parts if (reason := not_a_picture(part))]
    if reasons:
        return Refused(reasons[0])
    return Refused("ambiguous" if unicodedata.normalize("NFC", name) in alike else "missing", line=line)


def not_a_picture(name: str) -> str:
    """Why what has this name, file or folder, is passed over with all that is in it;
    empty where it is not."""
    if SYSTEM_NAME.fullmatch(name):
        return "system"
    return "hidden" if name.startswith(".") else ""


def walk(folder: Path) -> Iterator[tuple[Path, Refused | None]]:
    """The files below a folder; what is not to be opened, and is not looked into, with its refusal."""
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
    """The facts by file name, relative to the folder. Raises BadSource with the line number."""
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
                        f"{path.name}, line {rows.line_num}: {len(row)} fields where the first line has "
                        f"{len(header)}."
                    )
                name, facts = _facts(dict(zip(header, row, strict=True)), path.name, rows.line_num)
                if name in told:
                    raise BadSource(
                        f"{path.name}, line {rows.line_num}: {name} was already on line {told[name].line}."
                    )
                told[name] = facts
    except OSError as error:
        raise BadSource(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadSource(f"{path.name} is not in UTF-8.") from error
    except csv.Error as error:
        raise BadSource(f"{path.name}, line {rows.line_num}: {error}.") from error
    return told


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
