"""The settings file: the two profiles, and wrong values refused in one sentence."""

import os
import runpy
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from imagerec import env
from recommender.engine.fingerprint import ENGINE, code_fingerprint
from tests.installation import ROOT

KEY = "k3y-of-letters-and-digits-0123456789-abcdefghijklmnop"
GOOD = {
    "IMAGEREC_PROFILE": "production",
    "SECRET_KEY": KEY,
    "SITE_URL": "https://images.example",
    "HOSTS": "images.example",
    "DATABASE_URL": "postgres://imagerec@127.0.0.1/imagerec",
    "EMAIL_HOST": "mail.example",
}


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Reads the settings file anew with exactly these variables set."""

    def read(**variables: str) -> dict[str, Any]:
        for name in (
            "REDIS_URL",
            "DATABASE_URL",
            "MEDIA_ROOT",
            "DEBUG",
            "EMAIL_BACKEND",
            "TRUST_PROXY_SCHEME",
            *GOOD,
        ):
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
        ({"HOSTS": "other.example"}, "HOSTS must name images.example"),
        ({"EMAIL_HOST": ""}, "Say how mail is sent"),
        *(
            ({"EMAIL_BACKEND": f"django.core.mail.backends.{name}.EmailBackend"}, "Say how mail is sent")
            for name in ("console", "dummy", "locmem", "filebased")
        ),
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
        ({"HOSTS": "https://images.example"}, "HOSTS takes host names without scheme"),
        ({"HOSTS": "images.example:443"}, "HOSTS takes host names without scheme, port"),
        (
            {"SITE_URL": "https://images.example/gallery"},
            "must be https://images.example alone.*below a path",
        ),
        ({"SITE_URL": "https://images.example?a=b"}, "must be https://images.example alone"),
        ({"SITE_URL": "images.example"}, "must be an address like https://images.example"),
        ({"SITE_URL": "ftp://images.example"}, "must be an address like"),
        ({"SITE_URL": "https://"}, "must be an address like"),
        ({"SITE_URL": "https://images_example"}, "must be an address like"),
        ({"SITE_URL": "https://images.example:port"}, "must be an address like"),
        ({"DATABASE_URL": "mysql://user:hush@db.example/name"}, "DATABASE_URL must be postgres://"),
        ({"DATABASE_URL": "imagerec"}, "DATABASE_URL must be postgres://"),
        ({"DATABASE_URL": "postgres://user:hu#sh@db.example/name"}, "DATABASE_URL must be postgres://.*%23"),
        ({"DATABASE_URL": "postgres://user:hush@db.example:name/x"}, "DATABASE_URL must be postgres://"),
        ({"DATABASE_URL": "postgres://user:hush@db.example"}, "DATABASE_URL names no database"),
        ({"DATABASE_URL": "sqlite://"}, "DATABASE_URL names no database"),
        ({"REDIS_URL": "foo"}, "REDIS_URL must be redis://"),
        ({"REDIS_URL": "http://cache.example/1"}, "REDIS_URL must be redis://"),
        ({"REDIS_URL": "redis://:hush@cache.example:port/1"}, "REDIS_URL must be redis://"),
        ({"REDIS_URL": "redis://:hush@cache.example/one"}, "REDIS_URL must be redis://"),
        ({"EMAIL_BACKEND": "smtp"}, "EMAIL_BACKEND must be none or a class"),
        (
            {"EMAIL_BACKEND": "django.core.mail.backends.smpt.EmailBackend"},
            "EMAIL_BACKEND must be none or a class",
        ),
    ],
)
def test_wrong_values_are_refused(load: Any, variables: dict[str, str], sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=sentence) as refusal:
        load(**variables)
    assert "hu" not in str(refusal.value)  # no password is repeated


def test_the_site_answers_to_its_own_name_and_to_a_supervisor(load: Any) -> None:
    loopback = ["127.0.0.1", "localhost", "[::1]"]
    assert load(**(GOOD | {"HOSTS": ""}))["ALLOWED_HOSTS"] == ["images.example", *loopback]
    assert load(**(GOOD | {"HOSTS": ".example"}))["ALLOWED_HOSTS"] == [".example", *loopback]
    assert load()["ALLOWED_HOSTS"] == loopback
    assert load(SITE_URL="http://[::1]:8000")["ALLOWED_HOSTS"] == ["[::1]", "127.0.0.1", "localhost"]
    assert load(SITE_URL="http://Pictures.Local:8000/")["CSRF_TRUSTED_ORIGINS"] == [
        "http://pictures.local:8000"
    ]


def test_mail_goes_where_it_is_said(load: Any) -> None:
    assert load(**GOOD)["EMAIL_BACKEND"].endswith("smtp.EmailBackend")
    none = load(**(GOOD | {"EMAIL_HOST": "", "EMAIL_BACKEND": "none"}))
    assert (none["SENDS_MAIL"], none["EMAIL_BACKEND"].split(".")[-2]) == (False, "dummy")
    local = load()
    assert (local["SENDS_MAIL"], local["EMAIL_BACKEND"].split(".")[-2]) == (True, "console")


def test_what_is_compiled_lies_below_the_data(
    load: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    monkeypatch.setenv("MPLCONFIGDIR", "/elsewhere")
    load()
    folder = Path(os.environ["NUMBA_CACHE_DIR"])
    assert folder == tmp_path / "compiled" / f"kernels-{code_fingerprint(ENGINE)}"
    assert os.environ["MPLCONFIGDIR"] == "/elsewhere"


def test_relative_paths_count_from_the_checkout(
    load: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load(DATABASE_URL="sqlite:///var/other.sqlite3", MEDIA_ROOT="media")
    assert settings["DATABASES"]["default"]["NAME"] == str(ROOT / "var" / "other.sqlite3")
    assert settings["MEDIA_ROOT"] == ROOT / "media"


@pytest.mark.parametrize("name", ["DATA_DIR", "MEDIA_ROOT", "IMPORT_ROOT"])
def test_a_folder_that_cannot_be_used_is_named(load: Any, name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path, sentence in (
        ("/proc/none", "cannot be made: No such file"),
        (tmp_path / "file", "cannot be made: "),
    ):
        with pytest.raises(ImproperlyConfigured, match=f"{name} is {path}, which {sentence}"):
            load(**{name: str(path)})


def test_folders_are_written_to_or_only_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FOLDER", str(tmp_path))
    monkeypatch.setattr(os, "access", lambda _path, mode: not mode & os.W_OK)
    assert env.folder("FOLDER", "unused", written=False) == tmp_path
    with pytest.raises(ImproperlyConfigured, match=r"FOLDER is .* which this user cannot write to"):
        env.folder("FOLDER", "unused")


def test_root_does_not_write_into_the_folder_of_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(Path, "stat", lambda _: os.stat_result((0,) * 4 + (1234,) + (0,) * 5))
    with pytest.raises(ImproperlyConfigured, match="belongs to user 1234: run this as that user"):
        env.refuse_root(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    env.refuse_root(tmp_path)


def test_the_kept_secret_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: env.stored_secret(path), range(8)))
    assert len(secrets) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["secret_key"]


def test_a_damaged_secret_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("short")
    with pytest.raises(ImproperlyConfigured, match="holds no secret key"):
        env.stored_secret(tmp_path / "secret_key")


@pytest.mark.parametrize("value", ["-1", "1.5", "one", "101", "１"])
def test_a_whole_number_is_one_in_its_range(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("NUMBER", value)
    with pytest.raises(ImproperlyConfigured, match="NUMBER must be a whole number from 0 to 100"):
        env.integer("NUMBER", 5, 0, 100)
