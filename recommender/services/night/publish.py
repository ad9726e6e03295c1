"""Checks the version of the night, makes it current, and requests learning jobs for users who rated or viewed
something since the night began."""

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from gallery.models import Rating, RatingChange, View
from gallery.plumbing import jobs
from recommender.data import artifacts
from recommender.data.slates import unpack
from recommender.models import Slate, Version
from recommender.services.job_requests import request_learning
from recommender.services.night.common import Night

CHECKED_SLATES = 200


class NotSane(RuntimeError):
    """The version failed a check. The previous version stays current."""


def run(night: Night, held: jobs.Claim) -> int:
    version = Version.objects.get(night=night.key)
    figures = check(version)
    with transaction.atomic():
        Version.objects.filter(current=True).exclude(pk=version.pk).update(current=False)
        Version.objects.filter(pk=version.pk).update(current=True, figures=figures)
    since = RatingChange.objects.filter(at__gt=night.now).values_list("user_id", flat=True)
    viewers = View.objects.filter(at__gt=night.now).values_list("user_id", flat=True)
    active = sorted(set(since) | set(viewers))
    for user_id in active:
        request_learning(user_id)
    return 1


def check_predictions(predictions: NDArray[np.floating]) -> None:
    """Checks predictions (sources, images), NaN for none: each image must have one, on the scale. Raises
    NotSane."""
    present = ~np.isnan(predictions)
    if not present.any(axis=0).all():
        raise NotSane("A slate holds an image that no source predicted.")
    if not ((predictions[present] >= 1) & (predictions[present] <= 5)).all():
        raise NotSane("A slate holds predictions that are not on the scale from 1 to 5.")


def check(version: Version) -> dict[str, float | int]:
    """Checks a version and returns its figures. Raises NotSane."""
    content, model = artifacts.load_content(version.artifact), artifacts.load_ratings(version.artifact)
    slates = Slate.objects.filter(version=version)
    people = model.interactions.n_users
    if not np.isfinite(content.features).all():
        raise NotSane("The content features hold values that are not numbers.")
    missing = set(model.users.ids.tolist()) - set(slates.values_list("user_id", flat=True))
    # users without ratings have deleted them since the night began
    if left := Rating.objects.filter(user__in=missing).values("user").distinct().count():
        raise NotSane(f"{left} of {people} people have no slate.")
    offered: set[int] = set()
    for packed in slates.order_by("user_id").values_list("candidates", flat=True)[:CHECKED_SLATES]:
        slate = unpack(packed)
        check_predictions(np.stack([source.values for source in slate.predictions.values()]))
        offered.update(slate.images.tolist())
    return {
        "people": int(people),
        "images": len(content.images),
        "ratings": len(model.interactions.values),
        "coverage": round(len(offered) / max(len(content.images), 1), 4),
        "newest_image": int(content.images.max(initial=0)),
    }
