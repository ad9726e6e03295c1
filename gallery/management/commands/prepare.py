"""`manage.py prepare`: prepares an installation, the first time and after every upgrade."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import BaseCommand, CommandError, CommandParser, call_command
from redis import Redis, RedisError

from gallery.models import Image
from gallery.plumbing import installation, jobs

FIRST_IMAGES, FIRST_PEOPLE = 480, 60
REDIS_TIMEOUT = 5  # seconds


class Command(BaseCommand):
    help = (
        "Brings the database up to date, collects the static files and paints a demo when there is no image "
        "yet."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="leave an empty gallery empty")
        parser.add_argument(
            "--adopt",
            action="store_true",
            help="take DATA_DIR and MEDIA_ROOT as they are: after a restore, or a move",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        check_redis()
        call_command("migrate", interactive=False, verbosity=0)
        try:
            installation.mark(adopt=options["adopt"])
        except installation.WrongFolder as wrong:
            raise CommandError(str(wrong)) from wrong
        call_command("collectstatic", interactive=False, verbosity=0)
        if not options["no_demo"] and wants_demo():
            # A part now; `demo --finish` paints the rest while the site is running.
            call_command("demo", images=FIRST_IMAGES, people=FIRST_PEOPLE)
            jobs.request("demo-rest", "demo-rest")
        if not User.objects.filter(is_superuser=True).exists():
            self.stdout.write("Ready. The first curator is made by: manage.py createsuperuser")


def check_redis() -> None:
    """Raises CommandError if no Redis answers at REDIS_URL. A running site tolerates that for a while; a new
    one must not be set up so."""
    if not settings.REDIS_URL:
        return
    try:
        Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=REDIS_TIMEOUT, socket_timeout=REDIS_TIMEOUT
        ).ping()
    except RedisError as error:
        raise CommandError(f"Redis does not answer at REDIS_URL: {error}") from None


def wants_demo() -> bool:
    """True if the gallery is empty, or if a demo was interrupted: its last step creates the curator."""
    if Image.objects.filter(demo=False).exists():
        return False
    return not Image.objects.exists() or not User.objects.filter(is_superuser=True).exists()
