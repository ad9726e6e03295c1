"""Teaches the network of metadata, and takes it only when it is no worse than the one before on the newest
week.

JAX is imported by `Network.fit`, so only by the process that runs this: the worker of the queue `train`.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop
from numpy.typing import NDArray

from gallery.models import Rating
from gallery.plumbing import jobs
from recommender.data import artifacts
from recommender.data.demographics import all_demographics, table_of
from recommender.data.steering import learnable_ratings
from recommender.engine.errors import CannotLearn
from recommender.engine.ids import IdMap
from recommender.engine.neural.metadata_ncf import NEWCOMERS, popularity
from recommender.engine.types import Interactions
from recommender.kinds import TRAIN
from recommender.models import Demographics, DemographicsNetwork

LIKED_STARS = 4  # stars
NEWEST_WEEK = timedelta(days=7)
MIN_HELD_OUT = 20  # held-out likes of a week below which it says nothing: then those of all weeks are taken
HELD_OUT_PART = 5  # one like in so many of the newest week is held out
MAX_LIKES = 1_000_000  # likes that are learnt from, the newest
MAX_VISITS = 20_000_000  # the budget of a night: how often a like is learnt from, altogether
MAX_HELD_OUT = 10_000  # likes of the week by which two networks are compared
KEPT_TRAININGS = 10  # rows of past trainings
EMBEDDING_DEVIATION = 0.3  # deviation of the content with which the embeddings of images begin
TRAINING_SEED = 24
WORSE = gettext_noop("It is worse on the newest week than the network before, which stays.")
Likes = NDArray[np.int64]  # (n, 2): person and image


def run_training(key: str) -> bool:
    """False when another worker has it or nothing is due."""
    return jobs.run(TRAIN, key, partial(_train, key))


def _train(key: str, _claim: jobs.Claim) -> int:
    """The likes that were learnt from; 0 where the network was not taken."""
    now = timezone.now()
    taught, held = read_likes(now)
    again = DemographicsNetwork.objects.filter(key=key).exists()
    name = f"{key}.{now:%H%M%S}" if again else key  # a day's second training takes nothing from its first
    row = DemographicsNetwork(key=name, made_at=now, likes=len(taught), people=len(np.unique(taught[:, 0])))
    try:
        learnt = _fit(taught, now)
    except CannotLearn as error:
        return _record(row, str(error))
    row.loss, row.loss_before = loss_of(learnt, held, now), None
    before = artifacts.current_network()
    if before is not None:
        row.loss_before = loss_of(before, held, now)
    if row.loss_before is not None and not row.loss <= row.loss_before:
        return _record(row, WORSE)
    artifacts.save_network(name, learnt)
    row.current = True
    _record(row, "")
    return len(taught)


def read_likes(now: datetime) -> tuple[Likes, Likes]:
    """(to learn from, held out): likes of those who said something about themselves. Held out is a part of
    the newest week; all else is learnt from, the rest of that week, too."""
    said = Rating.objects.filter(
        value__gte=LIKED_STARS, user__in=Demographics.objects.values("user"), updated_at__lte=now
    )
    rows = learnable_ratings(said)
    newest = list(
        rows.order_by("-updated_at", "-pk").values_list("user_id", "image_id", "updated_at")[:MAX_LIKES]
    )
    likes = np.array([row[:2] for row in newest], dtype=np.int64).reshape(-1, 2)
    part, recent = _part(likes), np.array([at > now - NEWEST_WEEK for _, _, at in newest], dtype=bool)
    held = part & recent if (part & recent).sum() >= MIN_HELD_OUT else part
    return likes[~held], likes[held][:: max(1, held.sum() // MAX_HELD_OUT)]


def _part(likes: Likes) -> NDArray[np.bool_]:
    """(n,): the same pairs every night, so that the network before was not taught what it is judged by
    either."""
    mixed = likes[:, 0].astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) ^ likes[:, 1].astype(np.uint64)
    for shift in (30, 27, 31):  # of splitmix64: neighbouring ids fall apart
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(0xBF58476D1CE4E5B9)
    return np.asarray((mixed >> np.uint64(32)) % np.uint64(HELD_OUT_PART) == 0)


def _fit(likes: Likes, now: datetime) -> artifacts.DemographicsModel:
    people, images = IdMap.of(likes[:, 0]), IdMap.of(likes[:, 1])
    begun = None
    content = artifacts.current_content()
    # what looks alike is learnt about together, and what nobody liked yet, too
    if content is not None and len(likes):
        images = IdMap.of(np.union1d(content.images, images.ids))
        features = content.features_of(images.ids).astype(np.float64)
        begun = EMBEDDING_DEVIATION * features / max(float(features.std()), 1e-9)
    ratings = Interactions.from_triples(
        people.rows(likes[:, 0]),
        images.rows(likes[:, 1]),
        np.full(len(likes), 5.0),
        n_users=len(people),
        n_items=len(images),
    )
    known = all_demographics(now)
    metadata = table_of([known.get(user) for user in people.ids.tolist()])
    epochs = min(NEWCOMERS.training.epochs, MAX_VISITS // max(len(likes), 1))
    network = replace(NEWCOMERS, training=replace(NEWCOMERS.training, epochs=epochs))
    fitted = network.fit(ratings, np.random.default_rng(TRAINING_SEED), metadata, items=begun)
    return artifacts.DemographicsModel(images, fitted, popularity(ratings.item_counts, len(people)))


def loss_of(learnt: artifacts.DemographicsModel, held: Likes, now: datetime) -> float:
    """Mean -log of the share that each held-out like has among the odds of all images; one that the network
    does not know has the share of the least likely. So two networks of different images are compared on the
    same likes."""
    if not len(held):
        return float("inf")
    people, row = np.unique(held[:, 0], return_inverse=True)
    known = all_demographics(now)
    asked = learnt.network.strangers(table_of([known.get(user) for user in people.tolist()]))
    said = np.asarray(asked.people)
    # who said the same is asked once
    _, one_of, kind = np.unique(said, axis=0, return_index=True, return_inverse=True)
    columns, losses = learnt.images.find(held[:, 1]), np.empty(len(held))
    for number, person in enumerate(one_of.tolist()):
        mine = np.flatnonzero(kind.ravel()[row] == number)
        odds = np.exp(learnt.log_odds(asked, person))
        chosen = np.where(columns[mine] >= 0, odds[columns[mine]], odds.min())
        losses[mine] = -np.log(chosen / odds.sum())
    return float(losses.mean())


def _record(row: DemographicsNetwork, note: str) -> int:
    """Writes the row, with the current one moved on where this is current; takes away the oldest."""
    row.note = note
    if row.loss is not None and not np.isfinite(row.loss):
        row.loss = None
    with transaction.atomic():
        if row.current:
            DemographicsNetwork.objects.filter(current=True).update(current=False)
        row.save()
    kept = DemographicsNetwork.objects.order_by("-current", "-made_at").values_list("pk", flat=True)[
        :KEPT_TRAININGS
    ]
    for old in DemographicsNetwork.objects.exclude(pk__in=list(kept)):
        artifacts.remove_part(old.key, "network")
        old.delete()
    return 0
