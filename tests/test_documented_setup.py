"""`docs/operations.md` line by line: the env example, the units and the commands,
on a machine that is read-only.

What belongs to another machine's root (packages, users, systemd itself) is in ELSEWHERE; all other lines run.
"""

import configparser
import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from honcho.environ import parse_procfile
from PIL import Image

from tests.installation import KERNELS, ROOT
from tests.sandbox import bare, sandboxed
from tests.servers import free_port, postgres, redis_server, wait_until

pytestmark = pytest.mark.services
PAGE = (ROOT / "docs" / "operations.md").read_text()
UNITS = {
    path.stem.removeprefix("imagerec-"): path for path in (ROOT / "deploy" / "systemd").glob("*.service")
}
ELSEWHERE = r"(apt-get|useradd|install|git|cd|make|systemctl) "
HOST = "gallery.example.org"
PATIENCE = 120  # seconds; a worker of a new installation compiles


def unit(name: str) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(UNITS[name])
    return parser["Service"]


def lines(*sections: str) -> list[str]:
    """The commands in these sections of the page."""
    found = []
    for part in re.split(r"^## ", PAGE, flags=re.MULTILINE):
        if part.splitlines()[0] in sections:
            found += [line.strip() for line in part.splitlines() if line.startswith("    ")]
    return found


class Server:
    """The documented machine: its names stand for folders, ports and programs of the test's own."""

    def __init__(self, folder: Path, database: str, redis: str, **changed: str) -> None:
        self.folder, self.port = folder, free_port()
        self.env_file = folder / "imagerec.env"
        self.names = {
            "/etc/imagerec.env": str(self.env_file),
            "/srv/imagerec/.venv/bin/": f"{Path(sys.executable).parent}/",
            ".venv/bin/": f"{Path(sys.executable).parent}/",
            "/srv/imagerec-data": str(folder / "data"),
            "/srv/imagerec-media": str(folder / "media"),
            "/srv/imagerec": str(ROOT),
            "/backup": str(folder / "backup"),
            "--port 8000": f"--port {self.port}",
            "127.0.0.1:8000": f"127.0.0.1:{self.port}",
        }
        for name in ("data", "media", "backup/media", "pictures"):
            (folder / name).mkdir(parents=True)
        Image.effect_noise((640, 480), 60).save(folder / "pictures" / "noise.jpg")
        filled = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "DATABASE_URL": database,
            "REDIS_URL": redis,
        } | changed
        example = self.here((ROOT / "deploy" / "imagerec.env.example").read_text())
        for name, value in filled.items():
            example, changes = re.subn(
                rf"^{name}=.*$", f"{name}={value}" if value else "", example, flags=re.MULTILINE
            )
            assert changes == 1, name
        self.env_file.write_text(example)
        self.environment = bare(
            IMAGEREC_ENV=str(self.env_file), REPOSITORY="", FOLDER=str(folder / "pictures")
        )
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def here(self, text: str) -> str:
        """The same, with this machine's names; the longest first, as one is the beginning of another."""
        pattern = "|".join(map(re.escape, sorted(self.names, key=len, reverse=True)))
        return re.sub(rf"(?<!\w)(?:{pattern})", lambda found: self.names[found[0]], text)

    def run(self, line: str, **more: str) -> str:
        """A line of the page, by a user who reads all and writes to these folders alone;
        gives what it said."""
        writable = [self.folder / name for name in ("data", "media", "backup")]
        command = sandboxed(
            ["bash", "-c", self.here(line)], writable, [self.env_file, self.folder / "pictures"]
        )
        environment = self.environment | more
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=300, input="hush\nhush\n"
        )
        assert done.returncode == 0, f"{line}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout + done.stderr

    def follow(self, commands: list[str], **more: str) -> str:
        said = ""
        for line in commands:
            as_user = re.sub(r"^sudo -u \w+ ", "", line).replace(
                "manage.py createsuperuser", "manage.py createsuperuser --noinput"
            )
            if not re.match(ELSEWHERE, as_user):
                said += self.run(as_user, **more)
        return said

    def start(self, name: str) -> None:
        """The process as its unit says: command, writable folders, nothing else."""
        service = unit(name)
        writable = [Path(self.here(path)) for path in service["ReadWritePaths"].split()]
        assert (service["ProtectSystem"], service["PrivateTmp"]) == ("strict", "yes")
        commands = [service.get("ExecStartPre", "true"), f"exec {service['ExecStart'].replace('%%', '%')}"]
        command = sandboxed(["bash", "-c", self.here(" && ".join(commands))], writable, [self.env_file])
        environment = {k: v for k, v in self.environment.items() if k not in {"REPOSITORY", "FOLDER"}}
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def ask(self, code: str) -> str:
        line = f".venv/bin/python manage.py shell --verbosity 0 -c {shlex.quote(code)} 2>/dev/null"
        return self.run(line).strip()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")[-4000:]

    def get(self, path: str, host: str = HOST, scheme: str = "https") -> bytes:
        headers = {"Host": host, "X-Forwarded-Proto": scheme}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            content: bytes = answer.read()
        return content

    def healthy(self) -> bool:
        try:
            return self.get("/health/", f"127.0.0.1:{self.port}", "http") == b"ok\n"
        except OSError:
            return False

    def close(self) -> None:
        for process in self.processes.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)
        self.processes.clear()


ASK = (
    "from django.contrib.auth.models import User; from django.utils import timezone; from gallery.acts "
    "import events; from gallery.models import Image, Job; from recommender.services import job_requests; "
    "from tests.factories import person; "
)
OPERATOR = {
    "DJANGO_SUPERUSER_USERNAME": "curator",
    "DJANGO_SUPERUSER_PASSWORD": "grey-heron-at-dusk",
    "DJANGO_SUPERUSER_EMAIL": f"curator@{HOST}",
}


@pytest.fixture(scope="module", params=["PostgreSQL", "SQLite"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that was set up as the page says: PostgreSQL and Redis, or what the site brings itself."""
    folder = tmp_path_factory.mktemp("documented")
    if request.param == "SQLite":
        made = Server(folder, "", "")
        made.follow(
            [
                line
                for line in lines("Setting up a server")
                if "-u postgres" not in line and "curl" not in line
            ],
            **OPERATOR,
        )
        yield made
        made.close()
        return
    with postgres() as address, redis_server() as redis:
        # The cluster of the tests is named for the role that the page is about to make.
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("CREATE ROLE postgres SUPERUSER LOGIN")
        maintenance = address.replace("imagerec@", "postgres@").rsplit("/", 1)[0] + "/postgres"
        with psycopg.connect(maintenance, autocommit=True) as connection:
            connection.execute("DROP DATABASE imagerec")
            connection.execute("ALTER ROLE imagerec RENAME TO somebody")
        made = Server(folder, address.replace("imagerec@", "imagerec:hush@"), f"{redis}/0")
        port = address.rsplit(":", 1)[1].split("/")[0]
        made.environment |= {"PGHOST": "127.0.0.1", "PGPORT": port, "PGUSER": "postgres"}
        made.follow([line for line in lines("Setting up a server") if "curl" not in line], **OPERATOR)
        # They compile themselves on SQLite.
        shutil.copytree(KERNELS, folder / "data" / "compiled" / KERNELS.name, dirs_exist_ok=True)
        yield made
        made.close()


def on_postgres(server: Server) -> bool:
    return "PGPORT" in server.environment


def test_every_process_works_where_all_else_is_read_only(server: Server) -> None:
    for name in UNITS:
        server.start(name)
    wait_until(server.healthy, PATIENCE, "the web process")
    server.follow([line for line in lines("Setting up a server") if line.startswith("curl")])
    page = server.get("/").decode()
    for asset in re.findall(r'href="(/static/[^"]+\.css)"', page)[:1]:
        assert server.get(asset)
    assert server.get(re.findall(r"/media/[^\" ]+", page)[0])
    # A rating is learnt from; a night and a training that only `beat` starts are done.
    server.ask(
        f"{ASK}now = timezone.now(); events.rate(person('ann'), Image.objects.get().public_id, 5, 'image', "
        "now); Job.objects.filter(kind__in=['nightly', 'train']).delete(); "
        "job_requests.request_another_night(now); job_requests.request_training(now)"
    )
    done = (
        "{'learn', 'nightly', 'train'} <= {*Job.objects.filter(state='done').values_list('kind', flat=True)}"
    )
    logs = "\n".join(server.log(name) for name in UNITS)
    wait_until(
        lambda: server.ask(f"{ASK}print({done})") == "True", PATIENCE, f"learn, night and train\n{logs}"
    )
    assert {name: process.poll() for name, process in server.processes.items()} == dict.fromkeys(UNITS)
    assert not [name for name in UNITS if "Traceback" in server.log(name)]
    assert list((server.folder / "data").glob("beat*"))
    assert list((server.folder / "data" / "compiled" / KERNELS.name).rglob("*.nbi"))


def test_every_command_works_where_all_else_is_read_only(server: Server) -> None:
    server.run(".venv/bin/python manage.py nightly")
    server.run(".venv/bin/python manage.py lab list")
    said = server.run(
        ".venv/bin/python manage.py shell --verbosity 0 -c 'import matplotlib.backends.backend_agg, "
        "matplotlib; from recommender.engine.neural.training import jnp; print(jnp.ones(3).sum(), "
        "matplotlib.get_cachedir())'"
    )
    assert f"3.0 {server.folder / 'data' / 'compiled' / 'matplotlib'}" in said


def test_the_commands_talk_to_the_database_of_the_env_file_and_say_so(server: Server) -> None:
    where = "PostgreSQL database imagerec on 127.0.0.1" if on_postgres(server) else "SQLite database"
    said = server.run(".venv/bin/python manage.py migrate --verbosity 0")
    assert f"ImageRec: production profile, {where}" in said
    assert f"settings from {server.env_file}." in said
    assert server.ask(ASK + "print(User.objects.get(is_superuser=True).username)") == "curator"


def test_a_backup_is_restored_as_the_page_says(server: Server) -> None:
    every = [
        line
        for line in lines("Backup")
        if on_postgres(server) == ("-u postgres" in line) or not _of_a_database(line)
    ]
    backup = every[: every.index(next(line for line in every if "systemctl stop" in line))]
    restore = every[len(backup) :]
    said = server.follow(backup)
    assert "ok" in said or on_postgres(server)
    day = re.search(r"imagerec-(\d{4}-\d\d-\d\d)\.", " ".join(os.listdir(server.folder / "backup")))[1]
    count = ASK + "print(Image.objects.count(), User.objects.count())"
    before = server.ask(count)
    server.close()  # what `systemctl stop` does
    server.ask(ASK + "Image.objects.all().delete()")
    shutil.rmtree(server.folder / "media" / "originals")
    assert server.ask(count) != before
    server.follow(restore, DAY=day)
    assert server.ask(count) == before
    assert list((server.folder / "media" / "originals").rglob("*.jpg"))


def _of_a_database(line: str) -> bool:
    return "postgres" in line or "sqlite3" in line


def test_an_upgrade_runs_as_the_page_says(server: Server) -> None:
    server.follow(lines("Upgrade"))


def test_a_forgotten_line_of_the_env_file_is_named(server: Server) -> None:
    whole = server.env_file.read_text()
    try:
        for name, sentence in (
            ("SECRET_KEY", "Set the environment variable SECRET_KEY."),
            ("SITE_URL", "https://"),
        ):
            server.env_file.write_text(re.sub(rf"^{name}=.*$", "", whole, flags=re.MULTILINE))
            with pytest.raises(AssertionError, match=f"ImageRec: .*{sentence}"):
                server.run(".venv/bin/python manage.py prepare --no-demo")
    finally:
        server.env_file.write_text(whole)


def test_the_units_are_the_processes_of_the_procfile() -> None:
    processes = parse_procfile((ROOT / "Procfile").read_text()).processes
    assert set(UNITS) == set(processes) - {"fill"}
    for name in UNITS:
        said = [word.replace("%%", "%") for word in shlex.split(unit(name)["ExecStart"])]
        own = shlex.split(processes[name].removeprefix("exec "))
        assert [Path(said[0]).name, *said[1:]] == [
            {"${HOST:-127.0.0.1}": "127.0.0.1", "$PORT": "8000"}.get(w, w) for w in own
        ]


def test_the_units_and_the_example_name_the_same_folders() -> None:
    example = (ROOT / "deploy" / "imagerec.env.example").read_text()
    folders = set(re.findall(r"^(?:DATA_DIR|MEDIA_ROOT)=(.*)$", example, re.MULTILINE))
    assert all(set(unit(name)["ReadWritePaths"].split()) == folders for name in UNITS)
    assert all(f"imagerec-{name}" in " ".join(lines("Setting up a server")) for name in UNITS)


def test_every_variable_of_the_example_is_in_the_table() -> None:
    named = re.findall(r"^#?([A-Z_]+)=", (ROOT / "deploy" / "imagerec.env.example").read_text(), re.MULTILINE)
    assert {name for name in named if f"| `{name}` |" not in PAGE} == set()
