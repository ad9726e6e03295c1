"""What a person says about themselves: kept as said, forgotten at a word."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from gallery.plumbing import jobs
from gallery.plumbing.errors import BadValue
from recommender.kinds import LEARN
from recommender.models import Demographics, DemographicsNetwork, Slate
from recommender.services import job_requests

OLDEST = 120  # years
FIELDS = ("birth_year", "gender", "region")


def store_demographics(user: User, said: Mapping[str, str], now: datetime) -> None:
    """Keeps what was said in place of what was said before; an empty field is not said. Raises BadValue."""
    year, gender, region = (said.get(field, "").strip() for field in FIELDS)
    if year and not (year.isascii() and year.isdigit() and now.year - OLDEST <= int(year) <= now.year):
        raise BadValue(_("A year of birth is four digits, for example 1990."))
    if (gender and gender not in Demographics.Gender) or (region and region not in Demographics.Region):
        raise BadValue(_("One of the things you picked is not there any more."))
    if not (year or gender or region):
        forget(user)
        return
    values = {"birth_year": int(year) if year else None, "gender": gender, "region": region, "at": now}
    Demographics.objects.update_or_create(user=user, defaults=values)
    _slate_again(user)


def forget(user: User) -> None:
    """Takes away all that was said; the next training does not know it any more."""
    Demographics.objects.filter(user=user).delete()
    _slate_again(user)


def _slate_again(user: User) -> None:
    """A slate is made from what was said, too."""
    if Slate.objects.filter(user=user).exists():
        jobs.nudge_on_commit(LEARN, job_requests.request_learning(user.pk))


def counts(user: User) -> bool:
    """Whether what the person said is of use now: there is a network that reads it."""
    return DemographicsNetwork.objects.filter(current=True).exists() and answers_of(user) is not None


def answers_of(user: User) -> Demographics | None:
    return Demographics.objects.filter(user=user).first()
