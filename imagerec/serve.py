"""The web server: `python -m imagerec.serve --host 127.0.0.1 --port 8000 imagerec.wsgi:application`.

Granian's processes, with a front that receives whole requests, and a supervisor that always restarts workers.
"""

import argparse
from importlib import import_module
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from imagerec.server.front import Front

WEB_PROCESSES = 2
KILL_AFTER = 10  # seconds after which a stopping worker is killed


class Supervisor(MPServer):
    """Restarts a worker that was killed, however often this happens.

    If a worker ends twice within six seconds, Granian assumes that the program cannot start, and stops all
    workers. This is right for a worker that ends by itself. A worker that a signal killed, for example for
    lack of memory, must start again.
    """

    def _respawn_workers(self, workers: list[int], *args: Any, **kwargs: Any) -> None:
        killed = [index for index in workers if (self.wrks[index].inner.exitcode or 0) < 0]
        super()._respawn_workers(workers, *args, **kwargs)
        for index in killed:
            self.respawned_wrks.pop(index, None)


def load_application(target: str) -> Front:
    """The front of a WSGI application that is named as module:attribute; called in each worker."""
    module, _, name = target.partition(":")
    return Front(getattr(import_module(module), name))


def main() -> None:
    reader = argparse.ArgumentParser(description="The web server.")
    reader.add_argument("--host", default="127.0.0.1")
    reader.add_argument("--port", type=int, default=8000)
    reader.add_argument("application", help="module:attribute of a WSGI application")
    arguments = reader.parse_args()
    Supervisor(
        arguments.application,
        address=arguments.host,
        port=arguments.port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        workers=WEB_PROCESSES,
        workers_kill_timeout=KILL_AFTER,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
    ).serve(target_loader=load_application)


if __name__ == "__main__":
    main()
