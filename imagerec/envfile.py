"""The file of variables. `manage.py` and all processes read the same file, so they use the same database.

The file is the first of these: the file that IMAGEREC_ENV names, `.env` in the checkout, `/etc/imagerec.env`.
Variables that the environment already has take precedence. The syntax is that of systemd's EnvironmentFile;
lines that systemd would skip are refused.
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


def load_env_file(named: str) -> Path | None:
    """Adds the variables of the file to the environment, unless they are set there.

    Returns the path of the file, or None without a file.
    """
    path = CHECKOUT / named if named else next(filter(_exists, (CHECKOUT / ".env", MACHINE)), None)
    if path is None:
        return None
    try:
        variables = parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ImproperlyConfigured(f"The settings in {path} cannot be read: {error.strerror}.") from None
    except ValueError as error:  # UnicodeDecodeError too
        reason = "it is not UTF-8" if isinstance(error, UnicodeError) else str(error)
        raise ImproperlyConfigured(f"The settings in {path} cannot be read: {reason}.") from None
    for name, value in variables.items():
        if not os.environ.get(name, "").strip():
            os.environ[name] = value
    return path


def parse(text: str) -> dict[str, str]:
    """The variables of a file; ValueError names the line that cannot be understood."""
    text = text.replace("\r\n", "\n")
    variables, position = {}, 0
    while position < len(text):
        if comment := _COMMENT.match(text, position):
            position = comment.end()
            continue
        line = text.count("\n", 0, position) + 1
        name = _ASSIGNMENT.match(text, position)
        if name is None:
            raise ValueError(f"line {line} is not NAME=value")
        quoted = text[name.end() : name.end() + 1] in {"'", '"'}
        value = (_QUOTED if quoted else _BARE).match(text, name.end())
        if value is None:
            raise ValueError(f"in line {line} a quote is not closed or something stands behind it")
        if "\0" in value[0]:
            raise ValueError(f"line {line} holds a zero byte")
        variables[name[1]] = _plain(value, quoted)
        position = value.end()
    return variables


def _plain(value: re.Match[str], quoted: bool) -> str:
    if quoted and value[1] is not None:  # no character is special between single quotes
        return value[1]
    # A backslash at the end of a line joins the next line. Between double quotes it escapes only the
    # characters that are special there.
    text, escaped = (value[2], r'["\\$`]') if quoted else (value[1], r".")
    return re.sub(rf"\\(?:\n|({escaped}))", lambda match: match[1] or "", text)


def _exists(path: Path) -> bool:
    """True also for an unreadable file: the caller reports it, instead of using other settings."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
