"""`manage.py import_images PATH`: imports a folder of pictures."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from gallery.catalogue.bulk import WORKERS, ImportProgress, run_import
from gallery.ingest.sources import BadSource
from gallery.plumbing.installation import foreign_folders

SOME_REFUSED, NOTHING_DONE, INTERRUPTED = 1, 2, 130


class Command(BaseCommand):
    help = (
        "Imports every picture below PATH: the top folders are the genres, or the metadata says. Safe to "
        "interrupt and to run again. Exit status: 0 all came in, 1 some were refused, 2 nothing could be "
        "done."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="the folder")
        parser.add_argument(
            "--metadata",
            type=Path,
            metavar="CSV",
            help=(
                "a table with a column path and any of genre, title, keywords (a;b), licence, credit, source"
            ),
        )
        parser.add_argument("--genre", default="", metavar="NAME", help="one genre for all of them")
        parser.add_argument(
            "--workers",
            type=int,
            default=WORKERS,
            metavar="N",
            help="pictures decoded at a time (default: one a core, at most 4)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["workers"] < 1:
            self._stop("--workers must be at least 1.", NOTHING_DONE)
        if errors := foreign_folders():
            self._stop("\n".join(errors), NOTHING_DONE)
        with tqdm(unit="file", file=sys.stderr, dynamic_ncols=True, delay=0.3) as bar:
            progress_bar = _ProgressBar(bar)
            try:
                report = run_import(
                    options["path"],
                    metadata=options["metadata"],
                    genre=options["genre"],
                    workers=options["workers"],
                    progress=progress_bar,
                )
            except BadSource as error:
                bar.leave = False
                self._stop(str(error), NOTHING_DONE)
            except KeyboardInterrupt:
                self._stop("Stopped. What was imported stays; run it again to go on.", INTERRUPTED)
        self.stdout.write(
            f"{report.added} imported, {report.known} already there, {len(report.refused)} refused, "
            f"{len(report.skipped)} passed over, {report.seconds:.1f} s."
        )
        if report.refused:
            sys.exit(SOME_REFUSED)

    def _stop(self, sentence: str, status: int) -> None:
        self.stderr.write(sentence)
        sys.exit(status)


class _ProgressBar:
    """Moves the bar, and writes above it each file that is skipped or refused, once."""

    def __init__(self, bar: "tqdm[Any]") -> None:
        self.bar = bar
        self.written = 0

    def __call__(self, report: ImportProgress) -> None:
        refusals = [*report.skipped, *report.refused]
        for refusal in refusals[self.written :]:
            self.bar.write(f"{refusal.name}: {refusal.reason}", file=sys.stderr)
        self.written = len(refusals)
        self.bar.total = report.total
        self.bar.update(report.seen - self.bar.n)
