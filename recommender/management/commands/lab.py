"""`manage.py lab`: runs the experiments of the papers on a data set, and reports which of their claims
hold."""

import shlex
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from recommender import lab, services, sources
from recommender.data.lab_dataset import read_site
from recommender.engine.errors import EngineError
from recommender.engine.fingerprint import ENGINE, code_fingerprint
from recommender.lab.context import (
    PARTS_FOLDER,
    Checkpoint,
    Context,
    PieceSettings,
    Protocol,
)
from recommender.lab.errors import LabError
from recommender.lab.generated import PEOPLE, QUICK_PEOPLE, generate
from recommender.lab.protocols import PROTOCOLS
from recommender.lab.readers import read
from recommender.lab.results import page
from recommender.services import newcomer_protocol, product_protocol

REPORTS = Path("lab-reports")
RESULTS_PAGE = Path("docs/results.md")
GENERATED = "generated"
# the protocols of the lab, and those that measure what the site serves
SERVED = (product_protocol.PROTOCOL, newcomer_protocol.PROTOCOL)
ALL = PROTOCOLS | {protocol.name: protocol for protocol in SERVED}


class Command(BaseCommand):
    help = (
        "Runs the sources' experiments on a data set and writes what holds: report.json, report.md and "
        "figures."
    )

    # the lab reads files, so it also runs if the site fails its checks
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="name the protocols")
        run = actions.add_parser("run", help="run one protocol")
        run.add_argument("protocol", help="a name that `lab list` gives")
        run.add_argument(
            "--data", required=True, metavar="DIR", help="a folder with a data set, `site` or `generated`"
        )
        run.add_argument(
            "--out", type=Path, metavar="DIR", help=f"where the report goes ({REPORTS}/PROTOCOL-DATASET)"
        )
        run.add_argument("--seed", type=int, default=0, help="of whatever is drawn by chance (0)")
        run.add_argument("--quick", action="store_true", help="less of everything: under a minute")
        results = actions.add_parser(
            "results", help="run every protocol where it is measured, then write the page"
        )
        results.add_argument(
            "--data", required=True, type=Path, metavar="DIR", help="the folder of the data folders"
        )
        results.add_argument(
            "--out", type=Path, default=REPORTS, metavar="DIR", help=f"where the reports go ({REPORTS})"
        )
        results.add_argument(
            "--page", type=Path, default=RESULTS_PAGE, metavar="FILE", help=f"the page ({RESULTS_PAGE})"
        )

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        actions = {"list": self._list, "run": self._run, "results": self._results}
        try:
            actions[action](options)
        except (LabError, EngineError) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(
                f"{error.filename or 'A file'} cannot be used: {error.strerror or error}."
            ) from error

    def _list(self, options: dict[str, Any]) -> None:
        for protocol in ALL.values():
            self.stdout.write(f"{protocol.name:<14} {protocol.paper:<9} {protocol.about}")

    def _results(self, options: dict[str, Any]) -> None:
        """Runs all protocols without a report, then writes the page."""
        folders = []
        for protocol in ALL.values():
            for name in protocol.measured_on:
                out = options["out"] / f"{protocol.name}-{name}"
                folders.append(out)
                if not (out / "report.json").is_file():
                    data = name if name == GENERATED else str(options["data"] / name)
                    self._run(
                        options
                        | {"protocol": protocol.name, "data": data, "out": out, "seed": 0, "quick": False}
                    )
        options["page"].write_text(page(folders))
        self.stdout.write(f"{options['page']}: {len(folders)} reports.")

    def _run(self, options: dict[str, Any]) -> None:
        protocol = _protocol(options["protocol"])
        if options["seed"] < 0:
            raise LabError(f"A seed is a whole number, 0 or more; got {options['seed']}.")
        start = monotonic()
        dataset = _data(protocol, options)
        out = options["out"] or REPORTS / f"{protocol.name}-{dataset.name}"
        out.mkdir(parents=True, exist_ok=True)
        checkpoint = Checkpoint(out / PARTS_FOLDER, _run_facts(protocol, dataset, options))
        progress = partial(_bars, hidden=options["verbosity"] == 0)
        context = Context(options["seed"], options["quick"], checkpoint, progress, monotonic)
        report = protocol.run(dataset, context).with_run_facts(
            seed=options["seed"],
            quick=options["quick"],
            seconds=monotonic() - start + sum(context.taken_up),
            command=_command(options),
            date=timezone.now().date().isoformat(),
        )
        report.write(out)
        checkpoint.clear()
        self.stdout.write(f"{out / 'report.md'}: {len(report.rows)} rows in {report.seconds:.0f} s.")


def _data(protocol: Protocol, options: dict[str, Any]) -> Any:
    if protocol.read is not None:
        return protocol.read(Path(options["data"]))
    if options["data"] == "site":
        return read_site(tuple(source.name for source in sources.SOURCES))
    if options["data"] == GENERATED:
        return generate(options["seed"], QUICK_PEOPLE if options["quick"] else PEOPLE)
    return read(Path(options["data"]))


def _protocol(name: str) -> Protocol:
    if name not in ALL:
        raise LabError(f"There is no protocol {name}; there are {', '.join(ALL)}.")
    return ALL[name]


def _run_facts(protocol: Protocol, dataset: Any, options: dict[str, Any]) -> PieceSettings:
    """The run that a stored piece must come from to be reused."""
    return {
        "protocol": protocol.name,
        "data": dataset.fingerprint,
        "seed": options["seed"],
        "quick": options["quick"],
        "code": code_fingerprint(ENGINE, *(Path(one.__path__[0]) for one in (lab, services, sources))),
    }


def _bars(settings: Sequence[PieceSettings], label: str, hidden: bool) -> Iterable[PieceSettings]:
    bar: Iterable[PieceSettings] = tqdm(settings, desc=label, disable=hidden, leave=False)
    return bar


def _command(options: dict[str, Any]) -> str:
    words = ["python", "manage.py", "lab", "run", options["protocol"], "--data", Path(options["data"]).name]
    words += ["--seed", str(options["seed"])] + (["--quick"] if options["quick"] else [])
    return shlex.join(words)
