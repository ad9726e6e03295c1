"""How a start that fails ends, and what `manage.py` prints before it uses a database."""

import sys
from types import TracebackType

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import ManagementUtility
from django.core.management.base import BaseCommand
from django.db import OperationalError, ProgrammingError

from imagerec.env import database_in_words

# These commands use no database, or print themselves what they use.
QUIET = {
    "check",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "lab",
    "makemessages",
    "makemigrations",
}


class Manager(ManagementUtility):
    """Django's commands. A command that may change data first prints to stderr which database it uses."""

    def fetch_command(self, subcommand: str) -> BaseCommand:
        command = super().fetch_command(subcommand)
        if subcommand not in QUIET and not {"-h", "--help"} & {*self.argv}:
            sys.stderr.write(f"ImageRec: {installation_line()}\n")
        return command


def installation_line() -> str:
    source = (
        f"settings from {settings.ENV_FILE}" if settings.ENV_FILE else "settings from the environment alone"
    )
    return f"{settings.PROFILE} profile, {database_in_words(settings.DATABASES['default'])}, {source}."


def manage(argv: list[str]) -> None:
    try:
        Manager(argv).execute()
    except (OperationalError, ProgrammingError) as error:
        reason = " ".join(str(error).split())
        programming = isinstance(error, ProgrammingError)
        # The messages of PostgreSQL and SQLite for a table or column that no migration has created yet.
        missing = (
            (programming and "does not exist" in reason)
            or "no such table" in reason
            or "no such column" in reason
        )
        if "--traceback" in argv or (programming and not missing):
            raise
        hint = " Has manage.py prepare been run?" if missing else ""
        sys.exit(f"ImageRec: {database_in_words(settings.DATABASES['default'])}: {reason}{hint}")


def excepthook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Replaces `sys.excepthook`: a wrong setting is reported in one sentence, without a traceback."""
    if issubclass(kind, ImproperlyConfigured):
        sys.stderr.write(f"ImageRec: {error}\n")
    else:
        sys.__excepthook__(kind, error, trace)
