"""The one file of variables: what `manage.py` and every process read,
so that none of them talks to another database.

It is the first of these: the file that IMAGEREC_ENV names, `.env` in the checkout, `/etc/imagerec.env`. What
the environment says already wins. The syntax is that of systemd's EnvironmentFile;
what systemd would pass over is refused.
"""

import os
import re
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

CHECKOUT = Path(__file__).resolve().parent.parent
MACHINE = Path("/etc/imagerec.env")

_ASSIGNMENT = re.compile(r"[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*")
_COMMENT = re.compile(r"[ \t]*(?:[#;][^\n]*)?(?:\n|\Z)")
_QUOTED = re.compile(r"""(?:'([^']*)'|"((?:[^"\\]|\\.)*)")[ \t]*(?:\n|\Z)""", re.DOTALL)
_BARE = re.compile(r"((?:[^\\\n]|\\.|\\\n|\\\Z)*?)[ \t]*(?:\n|\Z)")


def load(named: str) -> Path | None:
    """Puts what the file says into the environment, where that says nothing; gives the file,
    or None without one."""
    path = CHECKOUT / named if named else next(filter(_is_there, (CHECKOUT / ".env", MACHINE)), None)
    if path is None:
        return None
    try:
        said = parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ImproperlyConfigured(f"The settings in {path} cannot be read: {error.strerror}.") from None
    except ValueError as error:  # UnicodeDecodeError too
        reason = "it is not UTF-8" if isinstance(error, UnicodeError) else str(error)
        raise ImproperlyConfigured(f"The settings in {path} cannot be read: {reason}.") from None
    for name, value in said.items():
        if not os.environ.get(name, "").strip():
            os.environ[name] = value
    return path


def parse(text: str) -> dict[str, str]:
    """The variables of a file; ValueError names the line that cannot be understood."""
    text = text.replace("\r\n", "\n")
    found, at = {}, 0
    while at < len(text):
        if comment := _COMMENT.match(text, at):
            at = comment.end()
            continue
        line = text.count("\n", 0, at) + 1
        name = _ASSIGNMENT.match(text, at)
        if name is None:
            raise ValueError(f"line {line} is not NAME=value")
        quoted = text[name.end() : name.end() + 1] in {"'", '"'}
        value = (_QUOTED if quoted else _BARE).match(text, name.end())
        if value is None:
            raise ValueError(f"in line {line} a quote is not closed or something stands behind it")
        if "\0" in value[0]:
            raise ValueError(f"line {line} holds a zero byte")
        found[name[1]] = _plain(value, quoted)
        at = value.end()
    return found


def _plain(value: re.Match[str], quoted: bool) -> str:
    if quoted and value[1] is not None:  # nothing is special between single quotes
        return value[1]
    # A backslash at the end of a line joins it to the next; between double quotes it hides only what is
    # special there.
    text, hidden = (value[2], r'["\\$`]') if quoted else (value[1], r".")
    return re.sub(rf"\\(?:\n|({hidden}))", lambda found: found[1] or "", text)


def _is_there(path: Path) -> bool:
    """Also where it cannot be read: that is said, instead of going on with other settings."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
