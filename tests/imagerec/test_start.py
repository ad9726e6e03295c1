"""How the site starts, or says in one sentence why it does not, by whichever program it is started."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.installation import COMMANDS, ROOT
from tests.sandbox import bare
from tests.servers import free_port

pytestmark = pytest.mark.services
WRONG = {
    "a folder": ({"DATA_DIR": "/proc/none"}, "DATA_DIR is /proc/none, which cannot be made"),
    "a database": ({"DATABASE_URL": "mysql://user:hush@here/name"}, "DATABASE_URL must be postgres://"),
    "an env file": (
        {"IMAGEREC_ENV": "/proc/none"},
        "The settings in /proc/none cannot be read: No such file",
    ),
    "a path": (
        {"SITE_URL": "https://images.example/gallery"},
        "SITE_URL must be https://images.example alone",
    ),
}


def run(command: list[str], folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    own = {"IMAGEREC_ENV": "/dev/null", "DATA_DIR": str(folder / "data"), "MEDIA_ROOT": str(folder / "media")}
    environment = bare(**(own | {"PORT": str(free_port())} | variables))
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


def manage(folder: Path, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return run([sys.executable, "manage.py", *words], folder, **variables)


@pytest.mark.parametrize(
    ("program", "wrong"),
    [(name, "a folder") for name in ("prepare", *sorted(set(COMMANDS) - {"fill"}))]
    + [("check", name) for name in WRONG],
)
def test_what_is_wrong_is_one_sentence_and_status_1(program: str, wrong: str, tmp_path: Path) -> None:
    variables, sentence = WRONG[wrong]
    if program in COMMANDS:
        done = run(["bash", "-c", COMMANDS[program]], tmp_path, **variables)
    else:
        done = manage(tmp_path, program, **variables)
    said = [line for line in done.stderr.splitlines() if line.startswith("ImageRec: ")]
    assert done.returncode == 1
    assert {line.removeprefix("ImageRec: ")[: len(sentence)] for line in said} == {sentence}
    assert "Traceback" not in done.stderr + done.stdout
    assert "hush" not in done.stderr + done.stdout


@pytest.mark.parametrize("command", ["prepare --no-demo", "migrate", "nightly", "createsuperuser --noinput"])
def test_a_database_that_does_not_answer_is_one_sentence(command: str, tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    environment = {
        "DATABASE_URL": f"postgres://someone:hush@{address}/pictures",
        "DJANGO_SUPERUSER_PASSWORD": "x" * 12,
    }
    environment |= {"DJANGO_SUPERUSER_USERNAME": "me", "DJANGO_SUPERUSER_EMAIL": "me@here.example"}
    done = manage(tmp_path, *command.split(), **environment)
    assert done.returncode == 1
    assert f"ImageRec: PostgreSQL database pictures on {address}: connection failed" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hush" not in done.stderr


def test_a_stranger_to_the_database_is_told_so(tmp_path: Path, postgres_url: str) -> None:
    done = manage(
        tmp_path, "prepare", "--no-demo", DATABASE_URL=postgres_url.replace("//imagerec@", "//ann:hush@")
    )
    assert done.returncode == 1
    assert 'role "ann" does not exist' in done.stderr
    assert "Has manage.py prepare been run?" not in done.stderr
    assert "Traceback" not in done.stderr


def test_prepare_wants_the_redis_that_was_named(tmp_path: Path, redis_url: str) -> None:
    closed, other_password = (
        f"redis://:hush@127.0.0.1:{free_port()}/0",
        redis_url.replace("//", "//ann:hush@"),
    )
    for address, reason in (
        (closed, "Connection refused"),
        (other_password, "invalid username-password pair"),
    ):
        done = manage(tmp_path, "prepare", "--no-demo", REDIS_URL=address)
        assert done.returncode == 1
        assert "Redis does not answer at REDIS_URL: " in done.stderr
        assert reason in done.stderr
        assert "Traceback" not in done.stderr
        assert "hush" not in done.stderr


def test_a_database_without_tables_asks_for_prepare(tmp_path: Path, postgres_url: str) -> None:
    for database in (f"sqlite:///{tmp_path / 'new.sqlite3'}", postgres_url):
        done = manage(tmp_path, "nightly", DATABASE_URL=database)
        assert done.returncode == 1
        assert "Has manage.py prepare been run?" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_command_that_changes_something_says_where(tmp_path: Path) -> None:
    path = tmp_path / "site.env"
    path.write_text(
        f"DATABASE_URL=sqlite:///{tmp_path / 'its.sqlite3'}\nDATA_DIR={tmp_path}\nMEDIA_ROOT={tmp_path}\n"
    )
    environment = bare(IMAGEREC_ENV=str(path))
    for words, says in ((["migrate"], True), (["migrate", "--help"], False), (["check"], False)):
        command = [sys.executable, str(ROOT / "manage.py"), *words]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
        line = f"ImageRec: local profile, SQLite database {tmp_path / 'its.sqlite3'}, settings from {path}.\n"
        assert (done.returncode, line in done.stderr) == (0, says)
    assert (tmp_path / "its.sqlite3").exists()
