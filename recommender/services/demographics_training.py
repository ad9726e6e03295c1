"""Trains the demographics network. The new network becomes current only if it is no worse than the current
one on the newest week.

`Network.fit` imports JAX, so only the process that runs this loads it: the worker of the queue `train`.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop
from numpy.typing import NDArray

from gallery.models import AccountWeight, Rating
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
MIN_HELD_OUT = 20  # with fewer held-out likes in the newest week, likes of all weeks are held out
HELD_OUT_PART = 5  # one like in so many can be held out
MAX_LIKES = 1_000_000  # the newest likes, on which a network trains
MAX_VISITS = 20_000_000  # the budget of a training: likes times epochs
MAX_HELD_OUT = 10_000  # likes on which two networks are compared
KEPT_TRAININGS = 10  # rows of past trainings
EMBEDDING_DEVIATION = 0.3  # standard deviation of the first embeddings of images, which come from the content
TRAINING_SEED = 24
WORSE = gettext_noop("It is worse on the newest week than the network before, which stays.")
Likes = NDArray[np.int64]  # (n, 2): user id, image id


def run_training(key: str) -> bool:
    """Runs the training of this key. False if it is not due or another worker runs it."""
    return jobs.run(TRAIN, key, partial(_train, key))


def _train(key: str, _claim: jobs.Claim) -> int:
    """Returns the number of likes that the network learnt from; 0 if it was rejected."""
    now = timezone.now()
    training, held_out = read_likes(now)
    repeated = DemographicsNetwork.objects.filter(key=key).exists()
    # the second training of a day does not overwrite the first
    name = f"{key}.{now:%H%M%S}" if repeated else key
    row = DemographicsNetwork(
        key=name, made_at=now, likes=len(training), people=len(np.unique(training[:, 0]))
    )
    try:
        learnt = _fit(training, now)
    except CannotLearn as error:
        return _record(row, str(error))
    row.loss, row.loss_before = loss_of(learnt, held_out, now), None
    previous = artifacts.current_network()
    if previous is not None:
        row.loss_before = loss_of(previous, held_out, now)
    if row.loss_before is not None and not row.loss <= row.loss_before:
        return _record(row, WORSE)
    artifacts.save_network(name, learnt)
    row.current = True
    _record(row, "")
    return len(training)


def read_likes(now: datetime) -> tuple[Likes, Likes]:
    """(training, held out): the likes of users with demographics and enough weight. Held out is a part of the
    newest week. The network trains on all others, including the rest of that week."""
    likes_of_users = Rating.objects.filter(
        value__gte=LIKED_STARS, user__in=Demographics.objects.values("user"), updated_at__lte=now
    )
    rows, weights = learnable_ratings(likes_of_users), AccountWeight.objects.weights()
    rows = rows.order_by("-updated_at", "-pk").values_list("user_id", "image_id", "updated_at")
    newest = [row for row in rows[:MAX_LIKES] if weights.is_evidence(row[0])]
    likes = np.array([row[:2] for row in newest], dtype=np.int64).reshape(-1, 2)
    part, recent = _part(likes), np.array([at > now - NEWEST_WEEK for _, _, at in newest], dtype=bool)
    held = part & recent if (part & recent).sum() >= MIN_HELD_OUT else part
    return likes[~held], likes[held][:: max(1, held.sum() // MAX_HELD_OUT)]


def _part(likes: Likes) -> NDArray[np.bool_]:
    """(n,): True for likes that can be held out. They are the same pairs every night, so that the previous
    network was not trained on them either."""
    mixed = likes[:, 0].astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) ^ likes[:, 1].astype(np.uint64)
    for shift in (30, 27, 31):  # as in splitmix64, so that neighbouring ids differ
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(0xBF58476D1CE4E5B9)
    return np.asarray((mixed >> np.uint64(32)) % np.uint64(HELD_OUT_PART) == 0)


def _fit(likes: Likes, now: datetime) -> artifacts.DemographicsModel:
    people, images = IdMap.of(likes[:, 0]), IdMap.of(likes[:, 1])
    embeddings = None
    content = artifacts.current_content()
    # Similar images start with similar embeddings, and images without likes have one too.
    if content is not None and len(likes):
        images = IdMap.of(np.union1d(content.images, images.ids))
        features = content.features_of(images.ids).astype(np.float64)
        embeddings = EMBEDDING_DEVIATION * features / max(float(features.std()), 1e-9)
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
    fitted = network.fit(ratings, np.random.default_rng(TRAINING_SEED), metadata, items=embeddings)
    return artifacts.DemographicsModel(images, fitted, popularity(ratings.item_counts, len(people)))


def loss_of(learnt: artifacts.DemographicsModel, held_out: Likes, now: datetime) -> float:
    """The mean over the held-out likes of -log(odds of the image / sum of the odds of all images). An image
    that the network does not know has the lowest odds. So networks with different images can be compared on
    the same likes."""
    if not len(held_out):
        return float("inf")
    people, row = np.unique(held_out[:, 0], return_inverse=True)
    known = all_demographics(now)
    network = learnt.network.for_unseen(table_of([known.get(user) for user in people.tolist()]))
    answers = np.asarray(network.people)
    # one prediction for all users with the same demographics
    _, first_of, kind = np.unique(answers, axis=0, return_index=True, return_inverse=True)
    columns, losses = learnt.images.find(held_out[:, 1]), np.empty(len(held_out))
    for number, user in enumerate(first_of.tolist()):
        rows = np.flatnonzero(kind.ravel()[row] == number)
        odds = np.exp(learnt.log_odds(network, user))
        liked = np.where(columns[rows] >= 0, odds[columns[rows]], odds.min())
        losses[rows] = -np.log(liked / odds.sum())
    return float(losses.mean())


def _record(row: DemographicsNetwork, note: str) -> int:
    """Writes the row. If it is current, the previous one is no longer current. Deletes the oldest
    trainings."""
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
