"""Stores and deletes the demographics of a user."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from gallery.plumbing import jobs
from gallery.plumbing.errors import BadValue
from recommender.kinds import LEARN
from recommender.models import Demographics, DemographicsNetwork, Slate
from recommender.services import job_requests

MAX_AGE = 120  # years
FIELDS = ("birth_year", "gender", "region")


def store_demographics(user: User, sent: Mapping[str, str], now: datetime) -> None:
    """Replaces the demographics of the user. An empty field means no answer. Raises BadValue."""
    year, gender, region = (sent.get(field, "").strip() for field in FIELDS)
    if year and not (year.isascii() and year.isdigit() and now.year - MAX_AGE <= int(year) <= now.year):
        raise BadValue(_("A year of birth is four digits, for example 1990."))
    if (gender and gender not in Demographics.Gender) or (region and region not in Demographics.Region):
        raise BadValue(_("One of the things you picked is not there any more."))
    if not (year or gender or region):
        forget(user)
        return
    values = {"birth_year": int(year) if year else None, "gender": gender, "region": region, "at": now}
    Demographics.objects.update_or_create(user=user, defaults=values)
    _request_new_slate(user)


def forget(user: User) -> None:
    """Deletes the demographics of the user. The next training does not use them any more."""
    Demographics.objects.filter(user=user).delete()
    _request_new_slate(user)


def _request_new_slate(user: User) -> None:
    """Demographics change the predictions, so an existing slate must be computed again."""
    if Slate.objects.filter(user=user).exists():
        jobs.nudge_on_commit(LEARN, job_requests.request_learning(user.pk))


def counts(user: User) -> bool:
    """Whether the feed uses the user's demographics: the user gave them, and there is a current network."""
    return DemographicsNetwork.objects.filter(current=True).exists() and answers_of(user) is not None


def answers_of(user: User) -> Demographics | None:
    return Demographics.objects.filter(user=user).first()
