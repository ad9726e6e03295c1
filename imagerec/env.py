"""Reads the environment. A wrong value stops the start with one clear sentence; it is never ignored."""

import importlib.util
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host

from imagerec import envfile
from imagerec.envfile import CHECKOUT

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}
# A supervisor requests /health/ from the same machine.
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
# In an address these characters are percent-encoded; error messages show the operator how.
NUMBERS = "write / : @ # ? % in names and passwords as %2F %3A %40 %23 %3F %25"
HOST_NAME = re.compile(r"[a-z0-9.-]+|[a-f0-9]*:[a-f0-9.:]+")  # the host names that Django accepts
SMTP, CONSOLE = (f"django.core.mail.backends.{name}.EmailBackend" for name in ("smtp", "console"))
# Backends that send no mail to users.
NO_RECIPIENT = re.compile(r"django\.core\.mail\.backends\.(console|dummy|locmem|filebased)\.")


def file(name: str) -> Path | None:
    """Reads the file of variables (`envfile`) and returns its path, or None without a file.

    The variable `name` may name the file. Call this before all other functions of this module.
    """
    return envfile.load_env_file(os.environ.get(name, "").strip())


def text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"Set the environment variable {name}.")
    return default


def flag(name: str, default: bool) -> bool:
    value = text(name, "1" if default else "0").lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")
    return value in TRUE


def integer(name: str, default: int, low: int, high: int) -> int:
    value = text(name, str(default))
    if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
        raise ImproperlyConfigured(f"{name} must be a whole number from {low} to {high}, not {value!r}.")
    return int(value)


def words(name: str, default: str) -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def folder(name: str, default: str, written: bool = True) -> Path:
    """A folder, which is created if it is missing. A relative path starts at the checkout."""
    path = (CHECKOUT / text(name, default)).resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name} is {path}, which cannot be made: {error.strerror}.") from None
    if not os.access(path, os.R_OK | os.X_OK | (os.W_OK if written else 0)):
        raise ImproperlyConfigured(
            f"{name} is {path}, which this user cannot {'write to' if written else 'read'}."
        )
    return path


def refuse_root(data: Path) -> None:
    """Raises ImproperlyConfigured if root uses the data folder of another user.

    The processes of the other user could not write to files that root creates there, and would stop.
    """
    owner = data.stat().st_uid
    if os.geteuid() == 0 and owner != 0:
        raise ImproperlyConfigured(
            f"DATA_DIR {data} belongs to user {owner}: run this as that user (sudo -u), not as root."
        )


def _split(address: str) -> SplitResult | None:
    """The parts of an address; None for an invalid address or port."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.hostname else None


def site_url(name: str, default: str) -> str:
    """The address of the site: scheme, host and port, without a path."""
    value = text(name, default).rstrip("/").lower()
    parts = _split(value)
    if not parts or parts.scheme not in {"http", "https"} or not HOST_NAME.fullmatch(str(parts.hostname)):
        raise ImproperlyConfigured(f"{name} must be an address like https://images.example, not {value!r}.")
    bare = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    if value != bare:
        raise ImproperlyConfigured(f"{name} must be {bare} alone: the site does not work below a path.")
    return value


def hosts(name: str, site: str) -> list[str]:
    """The host names that the site accepts: the given names or the site's host, and always the loopback."""
    host = str(urlsplit(site).hostname)
    own = f"[{host}]" if ":" in host else host
    named = words(name, own)
    for word in named:
        if "/" in word or re.search(r"[^:]:\d+\Z", word):
            raise ImproperlyConfigured(f"{name} takes host names without scheme, port or path, not {word!r}.")
    if not validate_host(own, [*named, *LOOPBACK]):
        raise ImproperlyConfigured(f"{name} must name {own}, the host of the site's address, or be left out.")
    return list(dict.fromkeys([*named, *LOOPBACK]))


def database(name: str, default: str) -> dict[str, Any]:
    """The settings of the database for Django. No message repeats the address, which contains a password."""
    try:
        config: dict[str, Any] = {**dj_database_url.parse(text(name, default))}
    except ValueError:
        config = {"ENGINE": ""}
    if config["ENGINE"] not in {"django.db.backends.postgresql", "django.db.backends.sqlite3"}:
        raise ImproperlyConfigured(
            f"{name} must be postgres://user:password@host:5432/name or sqlite:////absolute/path; {NUMBERS}."
        )
    if config["NAME"] in {"", ":memory:"}:
        raise ImproperlyConfigured(
            f"{name} names no database: its name, or the path of its file, stands at the end."
        )
    if config["ENGINE"].endswith("sqlite3"):
        config["NAME"] = str(CHECKOUT / config["NAME"])
    return config


def database_in_words(config: Mapping[str, Any]) -> str:
    if config["ENGINE"].endswith("sqlite3"):
        return f"SQLite database {config['NAME']}"
    port = f":{config['PORT']}" if config.get("PORT") else ""
    return f"PostgreSQL database {config['NAME']} on {config.get('HOST') or 'this machine'}{port}"


def redis(name: str) -> str:
    """The address of Redis, or "" without one."""
    address = text(name, "")
    parts = _split(address)
    if address and (
        not parts or parts.scheme not in {"redis", "rediss"} or not re.fullmatch(r"(/\d*)?", parts.path)
    ):
        raise ImproperlyConfigured(f"{name} must be redis://:password@host:6379/0; {NUMBERS}.")
    return address


def mail(name: str, host: str, production: bool) -> str:
    """The class that sends mail, or "" if the setting is "none"."""
    backend = text(name, SMTP if host else "" if production else CONSOLE)
    if backend == "none":
        return ""
    if not backend or (production and NO_RECIPIENT.match(backend)):
        raise ImproperlyConfigured(
            f"Say how mail is sent: EMAIL_HOST is the name of a mail server, {name}=none a site that sends "
            "no mail."
        )
    try:
        known = importlib.util.find_spec(backend.rpartition(".")[0])
    except (ImportError, ValueError):
        known = None
    if known is None:
        raise ImproperlyConfigured(f"{name} must be none or a class that sends mail, not {backend!r}.")
    return backend


def stored_secret(path: Path) -> str:
    """A random secret: generated at the first start, and stored in a file that only its owner can read."""
    try:
        return _stored_secret(path)
    except OSError as error:
        raise ImproperlyConfigured(f"The secret key {path} cannot be used: {error.strerror}.") from None


def _stored_secret(path: Path) -> str:
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)  # atomic: of two processes that start together, one writes the file
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    secret = path.read_text().strip()
    if len(secret) < 50:
        raise ImproperlyConfigured(f"{path} holds no secret key; delete it and start again.")
    return secret
