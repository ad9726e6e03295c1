"""Teaches the network of metadata, and takes it only when it is no worse than the one before on the newest week.

JAX is imported by `Network.fit`, so only by the process that runs this: the worker of the queue `train`.
"""

from datetime import datetime, timedelta
from functools import partial

import numpy as np
from django.db import transaction
from django.utils import timezone
from numpy.typing import NDArray

from gallery import jobs
from gallery.models import Rating
from recommender.data import artifacts
from recommender.data.about import table_of
from recommender.engine.errors import CannotLearn
from recommender.engine.ids import IdMap
from recommender.engine.neural.metadata import Table
from recommender.engine.neural.network import FittedNetwork
from recommender.engine.types import Interactions
from recommender.models import About, TrainedNetwork
from recommender.services.schedule import TRAIN

LIKED = 4  # stars
WEEK = timedelta(days=7)
FEW = 20  # likes below which a week says nothing: then the newest tenth is held out
MOST = 1_000_000  # likes that are learnt from, the newest
KEPT = 10  # rows of past trainings
SEED = 24
Likes = NDArray[np.int64]  # (n, 2): person and image


def run(key: str) -> bool:
    """False when another worker has it or nothing is due."""
    return jobs.run(TRAIN, key, partial(_train, key))


def _train(key: str, _claim: jobs.Claim) -> int:
    """The likes that were learnt from; 0 where the network was not taken."""
    now = timezone.now()
    taught, held = read_likes(now)
    row = TrainedNetwork(key=key, made_at=now, likes=len(taught), people=len(np.unique(taught[:, 0])))
    try:
        images, network = _fit(taught, now)
    except CannotLearn as error:
        return _record(row, str(error))
    row.loss, row.loss_before = loss_of(images, network, held, now), None
    before = artifacts.current_network()
    if before is not None:
        row.loss_before = loss_of(*before, held, now)
    if row.loss_before is not None and not row.loss <= row.loss_before:
        return _record(row, "It is worse on the newest week than the network before, which stays.")
    artifacts.save_network(key, images, network)
    row.current = True
    _record(row, "")
    return len(taught)


def read_likes(now: datetime) -> tuple[Likes, Likes]:
    """(to learn from, held out): likes of those who said something about themselves, up to a week ago and since."""
    rows = Rating.objects.filter(value__gte=LIKED, user__in=About.objects.values("user"), updated_at__lte=now)
    newest = list(rows.order_by("-updated_at", "-pk").values_list("user_id", "image_id", "updated_at")[:MOST])
    likes = np.array([row[:2] for row in newest], dtype=np.int64).reshape(-1, 2)
    week = sum(at > now - WEEK for _, _, at in newest)
    cut = week if FEW <= week <= len(newest) // 2 else len(newest) // 10
    return likes[cut:], likes[:cut]


def _fit(likes: Likes, now: datetime) -> tuple[IdMap, FittedNetwork]:
    people, images = IdMap.of(likes[:, 0]), IdMap.of(likes[:, 1])
    ratings = Interactions.from_triples(
        people.rows(likes[:, 0]),
        images.rows(likes[:, 1]),
        np.full(len(likes), 5.0),
        n_users=len(people),
        n_items=len(images),
    )
    metadata = table_of(people.ids.tolist(), now)
    return images, artifacts.NETWORK.fit(ratings, np.random.default_rng(SEED), metadata)


def loss_of(images: IdMap, network: FittedNetwork, held: Likes, now: datetime) -> float:
    """Mean -log of the share that each held-out like has among the odds of all images; one that the network does not
    know has the share of the least likely. So two networks of different images are compared on the same likes."""
    if not len(held):
        return float("inf")
    people, row = np.unique(held[:, 0], return_inverse=True)
    odds = _odds(network, table_of(people.tolist(), now))
    columns = images.find(held[:, 1])
    chosen = np.where(columns >= 0, odds[row, columns], odds[row].min(axis=1))
    return float(-np.log(chosen / odds[row].sum(axis=1)).mean())


def _odds(network: FittedNetwork, people: Table) -> NDArray[np.float64]:
    """(people, images): p / (1 - p)."""
    users, items = np.divmod(np.arange(len(people) * network.n_items), network.n_items)
    chance = np.clip(network.strangers(people).predict(users, items).values, 1e-9, 1 - 1e-9)
    return np.asarray(chance / (1.0 - chance)).reshape(-1, network.n_items)


def _record(row: TrainedNetwork, note: str) -> int:
    """Writes the row, with the current one moved on where this is current; takes away the oldest."""
    row.note = note
    if row.loss is not None and not np.isfinite(row.loss):
        row.loss = None
    with transaction.atomic():
        if row.current:
            TrainedNetwork.objects.filter(current=True).update(current=False)
        TrainedNetwork.objects.filter(key=row.key).delete()
        row.save()
    kept = TrainedNetwork.objects.order_by("-current", "-made_at").values_list("pk", flat=True)[:KEPT]
    for old in TrainedNetwork.objects.exclude(pk__in=list(kept)):
        artifacts.remove_network(old.key)
        old.delete()
    return 0
