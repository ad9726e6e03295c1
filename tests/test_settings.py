"""The settings file: the two profiles, and wrong values refused in one sentence."""

import os
import runpy
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from imagerec import env
from tests.installation import ROOT

KEY = "k3y-of-letters-and-digits-0123456789-abcdefghijklmnop"
GOOD = {
    "IMAGEREC_PROFILE": "production",
    "SECRET_KEY": KEY,
    "SITE_URL": "https://images.example",
    "HOSTS": "images.example",
    "DATABASE_URL": "postgres://imagerec@127.0.0.1/imagerec",
}


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Reads the settings file anew with exactly these variables set."""

    def read(**variables: str) -> dict[str, Any]:
        for name in ("REDIS_URL", "DATABASE_URL", "MEDIA_ROOT", "DEBUG", *GOOD):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("DATA_DIR", str(tmp_path))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "imagerec" / "settings.py"))

    return read


def test_the_embedded_default_needs_nothing(load: Any, tmp_path: Path) -> None:
    settings = load()
    assert settings["DATABASES"]["default"]["NAME"] == str(tmp_path / "db.sqlite3")
    assert settings["CELERY_BROKER_URL"].startswith("files://")
    assert settings["DEBUG"] is False
    assert len(settings["SECRET_KEY"]) >= 50


def test_sqlite_queues_writers_and_keeps_what_it_acknowledged(load: Any) -> None:
    options = load()["DATABASES"]["default"]["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert options["timeout"] == 20
    assert "journal_mode=WAL" in options["init_command"]
    assert "synchronous=FULL" in options["init_command"]


def test_postgresql_and_redis_by_their_addresses(load: Any) -> None:
    settings = load(
        DATABASE_URL="postgres://someone:word@db.example:5433/pictures", REDIS_URL="redis://cache.example/2"
    )
    database = settings["DATABASES"]["default"]
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example", 5433, "pictures")
    assert settings["CELERY_BROKER_URL"] == "redis://cache.example/2"
    assert settings["CACHES"]["default"]["LOCATION"] == "redis://cache.example/2"


def test_production_starts_when_all_is_said(load: Any) -> None:
    settings = load(**GOOD)
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["SECURE_SSL_REDIRECT"]
    assert settings["SESSION_COOKIE_NAME"].startswith("__Host-")


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "at least 50 random characters"),
        ({"SECRET_KEY": "a" * 60}, "at least 50 random characters"),
        ({"SECRET_KEY": "django-insecure-" + KEY}, "at least 50 random characters"),
        ({"DEBUG": "1"}, "DEBUG must be off"),
        ({"HOSTS": "*"}, "HOSTS must name"),
        ({"HOSTS": "images.example,*"}, "HOSTS must name"),
        ({"SITE_URL": "http://images.example"}, "https://"),
        ({"SITE_URL": ""}, "https://"),
    ],
)
def test_production_refuses_what_is_unsafe(load: Any, variables: dict[str, str], sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=sentence):
        load(**(GOOD | variables))


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"IMAGEREC_PROFILE": "prod"}, "IMAGEREC_PROFILE must be one of local, production"),
        ({"DEBUG": "maybe"}, "DEBUG must be 1 or 0"),
    ],
)
def test_wrong_values_are_refused(load: Any, variables: dict[str, str], sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=sentence):
        load(**variables)


def test_the_kept_secret_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: env.kept_secret(path), range(8)))
    assert len(secrets) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["secret_key"]


def test_a_damaged_secret_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("short")
    with pytest.raises(ImproperlyConfigured, match="holds no secret key"):
        env.kept_secret(tmp_path / "secret_key")


@pytest.mark.parametrize("value", ["-1", "1.5", "one", "101", "１"])
def test_a_whole_number_is_one_in_its_range(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("NUMBER", value)
    with pytest.raises(ImproperlyConfigured, match="NUMBER must be a whole number from 0 to 100"):
        env.integer("NUMBER", 5, 0, 100)
