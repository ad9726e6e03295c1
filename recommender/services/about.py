"""What a person says about themselves: kept as said, forgotten at a word."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from gallery.plumbing import jobs
from gallery.plumbing.errors import BadValue
from recommender.kinds import LEARN
from recommender.models import About, Slate, TrainedNetwork
from recommender.services import schedule

OLDEST = 120  # years
FIELDS = ("birth_year", "gender", "region")


def keep(user: User, said: Mapping[str, str], now: datetime) -> None:
    """Keeps what was said in place of what was said before; an empty field is not said. Raises BadValue."""
    year, gender, region = (said.get(field, "").strip() for field in FIELDS)
    if year and not (year.isascii() and year.isdigit() and now.year - OLDEST <= int(year) <= now.year):
        raise BadValue(_("A year of birth is four digits, for example 1990."))
    if (gender and gender not in About.Gender) or (region and region not in About.Region):
        raise BadValue(_("One of the things you picked is not there any more."))
    if not (year or gender or region):
        forget(user)
        return
    values = {"birth_year": int(year) if year else None, "gender": gender, "region": region, "at": now}
    About.objects.update_or_create(user=user, defaults=values)
    _slate_again(user)


def forget(user: User) -> None:
    """Takes away all that was said; the next training does not know it any more."""
    About.objects.filter(user=user).delete()
    _slate_again(user)


def _slate_again(user: User) -> None:
    """A slate is made from what was said, too."""
    if Slate.objects.filter(user=user).exists():
        jobs.nudge_on_commit(LEARN, schedule.learning(user.pk))


def counts(user: User) -> bool:
    """Whether what the person said is of use now: there is a network that reads it."""
    return TrainedNetwork.objects.filter(current=True).exists() and of(user) is not None


def of(user: User) -> About | None:
    return About.objects.filter(user=user).first()
