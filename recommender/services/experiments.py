"""Starting and ending experiments.

At both moments the weights of many users change, so a new slate is requested for each user with agents.
"""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gallery.plumbing.errors import BadValue
from recommender.engine.arms import ARMS, HINDSIGHT
from recommender.lab.experiments import FEWEST
from recommender.models import ClassicAgents, Experiment
from recommender.services import job_requests

MOST_DAYS = 150  # the nights delete impressions after 180 days


def start(
    name: str, shares: Mapping[str, int], days: int, people: int, by: User, now: datetime
) -> Experiment:
    """Starts an experiment with these shares of the arms, and with its stopping rule. Raises BadValue."""
    arms = {arm: shares[arm] for arm in ARMS if shares.get(arm)}
    _check(arms, days, people)
    key = f"{now:%Y-%m-%d} {name}"
    if Experiment.objects.filter(key=key).exists():
        raise BadValue(_("An experiment with this name was started today. Choose another name."))
    try:
        with transaction.atomic():
            found = Experiment.objects.create(
                key=key, name=name, arms=arms, days=days, people=people, started_at=now, started_by=by
            )
            job_requests.request_learning_of_all()
    except IntegrityError as error:
        raise BadValue(_("An experiment runs already. End it first.")) from error
    return found


def _check(arms: Mapping[str, int], days: int, people: int) -> None:
    if HINDSIGHT not in arms or len(arms) < 2:
        raise BadValue(_("Give a share to the hindsight agents, and to at least one other arm."))
    if not 1 <= days <= MOST_DAYS:
        raise BadValue(_("An experiment takes 1 to %(most)s days.") % {"most": MOST_DAYS})
    if people * min(arms.values()) < FEWEST * sum(arms.values()):
        raise BadValue(
            _("With so few people, an arm would have fewer than %(fewest)s. Ask for more people.")
            % {"fewest": FEWEST}
        )


def end(experiment_id: int, now: datetime) -> Experiment:
    """Ends a running experiment: from now on all weights are those of the agents. Raises BadValue."""
    with transaction.atomic():
        running = Experiment.objects.filter(pk=experiment_id, ended_at=None)
        if not running.update(ended_at=now):
            raise BadValue(_("This experiment has ended already."))
        ClassicAgents.objects.filter(experiment=experiment_id).delete()
        job_requests.request_learning_of_all()
    return Experiment.objects.get(pk=experiment_id)
