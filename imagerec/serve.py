"""The web server: `python -m imagerec.serve --host 127.0.0.1 --port 8000 imagerec.wsgi:application`.

Granian's processes, with a front that takes in what is sent, and a supervisor that does not give up.
"""

import argparse
from importlib import import_module
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from imagerec.server.front import Front

WORKERS = 2
STOPS = 10  # seconds after which a worker that is told to stop is killed


class Supervisor(MPServer):
    """Starts a worker again that was killed, however often.

    Granian's own takes two deaths within six seconds for a program that cannot start, and ends with all its
    workers. That is right where a worker ends by itself; one that a signal ended, say for want of memory,
    is just needed again.
    """

    def _respawn_workers(self, workers: list[int], *rest: Any, **named: Any) -> None:
        killed = [place for place in workers if (self.wrks[place].inner.exitcode or 0) < 0]
        super()._respawn_workers(workers, *rest, **named)
        for place in killed:
            self.respawned_wrks.pop(place, None)


def load(target: str) -> Front:
    """The front of a WSGI application that is named as module:attribute; called in each worker."""
    module, _, name = target.partition(":")
    return Front(getattr(import_module(module), name))


def main() -> None:
    reader = argparse.ArgumentParser(description="The web server.")
    reader.add_argument("--host", default="127.0.0.1")
    reader.add_argument("--port", type=int, default=8000)
    reader.add_argument("application", help="module:attribute of a WSGI application")
    said = reader.parse_args()
    Supervisor(
        said.application,
        address=said.host,
        port=said.port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        workers=WORKERS,
        workers_kill_timeout=STOPS,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
    ).serve(target_loader=load)


if __name__ == "__main__":
    main()
