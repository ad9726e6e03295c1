"""A whole installation of the site, run as the Procfile says, in folders and on ports of its own."""

import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

from honcho.environ import parse_procfile

from recommender.engine.fingerprint import ENGINE, code_fingerprint
from tests.servers import free_port, wait_until

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = parse_procfile((ROOT / "Procfile").read_text()).processes
START = 120  # seconds; a shared machine may be slow
# Compiled once for all tests, instead of once for each DATA_DIR.
KERNELS = ROOT / ".pytest_cache" / f"kernels-{code_fingerprint(ENGINE)}"


class Installation:
    """Starts, kills and restarts the processes `web`, `learn`, `night` and `beat`;
    everything is gone after `close`."""

    def __init__(self, folder: Path, like: Path | None = None, **environment: str) -> None:
        """A new one, or a copy of the folders of one that is closed (on SQLite)."""
        self.folder = folder
        self.data, self.media = folder / "data", folder / "media"
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        own = {
            "IMAGEREC_ENV": "/dev/null",
            "NUMBA_CACHE_DIR": str(KERNELS),
            "DATA_DIR": str(self.data),
            "MEDIA_ROOT": str(self.media),
            "DATABASE_URL": f"sqlite:///{self.data / 'db.sqlite3'}",
            "SITE_URL": self.base_url,
            "PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "imagerec.settings",
            "PYTHONUNBUFFERED": "1",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        ambient = {
            name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "HOST", "DEBUG")
        }
        self.env = ambient | own | environment
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        if like is None:
            self.data.mkdir(parents=True)
            self.manage("prepare", "--no-demo")
        else:
            for name in ("data", "media"):
                shutil.copytree(like / name, folder / name)

    def manage(
        self, *words: str, check: bool = True, timeout: float = 240
    ) -> "subprocess.CompletedProcess[str]":
        """Runs a management command inside this installation; a failure shows what the command wrote."""
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=timeout
        )
        if check and done.returncode:
            raise AssertionError(f"manage.py {' '.join(words)}\n{done.stdout}\n{done.stderr}")
        return done

    def python(self, code: str) -> str:
        """What this code prints inside the installation."""
        return self.manage("shell", "--verbosity", "0", "-c", code).stdout.strip()

    def start(self, *names: str, command: str = "") -> None:
        """Starts these processes, as the Procfile says or by another command."""
        for name in names:
            with (self.folder / f"{name}.log").open("ab") as log:
                # The shell becomes the process (exec); its children are in its group and end with it.
                self.processes[name] = subprocess.Popen(
                    ["bash", "-c", command or COMMANDS[name]],
                    cwd=ROOT,
                    env=self.env,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        if "web" in names:
            wait_until(self.healthy, START, "the web server\n" + self.log("web"))

    def healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.base_url}/health/", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def log(self, name: str) -> str:
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""

    def _end(self, name: str, how: signal.Signals) -> None:
        process = self.processes.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        try:
            process.wait(20)
        finally:
            with suppress(ProcessLookupError):  # a child that outlived its parent
                os.killpg(process.pid, signal.SIGKILL)

    def kill(self, name: str) -> None:
        """kill -9 of the process and its children."""
        self._end(name, signal.SIGKILL)

    def stop(self, name: str) -> None:
        self._end(name, signal.SIGTERM)

    def restart(self, name: str) -> None:
        self.kill(name)
        self.start(name)

    def close(self) -> None:
        for name in list(self.processes):
            self.kill(name)
