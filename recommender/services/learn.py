"""After a rating or a view: the person's agents take their steps, and the person's slate is made anew.

Exactly once: a rating change is learnt from in the transaction that writes its AgentStep, which is unique by change. A
second delivery finds nothing to do. What no source predicted teaches nothing: it waits until a model knows the image.
`learnt_through` stays before the first change that waits, and those behind it are learnt from meanwhile.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np
from django.db import transaction
from django.utils import timezone
from numpy.typing import NDArray

from gallery.models import RatingChange
from gallery.plumbing import jobs
from recommender.data import artifacts
from recommender.data.agents import weights_of
from recommender.data.slates import store_slates
from recommender.data.snapshot import (
    Picks,
    RatingTriples,
    Views,
    of_the_catalogue,
    picks_of,
    read_ratings,
    read_view_counts,
    read_views,
)
from recommender.data.steering import is_paused, wishes_of
from recommender.engine.agents import Hindsight, Memory, Steps
from recommender.engine.demographics import People
from recommender.models import AgentPair, AgentStep, Impression, Slate
from recommender.services.collaborative import told_by
from recommender.services.model import Model, load
from recommender.services.schedule import LEARN

HINDSIGHT = Hindsight()
Predictions = tuple[float | None, float | None, float | None]  # p_cf, p_cb, p_net


def run(user_id: int) -> bool:
    """Learns what there is to learn; False when another worker has it or nothing is due."""
    return jobs.run(LEARN, str(user_id), partial(_learn, user_id))


def _learn(user_id: int, _claim: jobs.Claim) -> int:
    """The rows written. Without a model (before the first night) the job is done; the night starts from all changes."""
    version = artifacts.current_version()
    if version is None or is_paused(user_id):
        return 0
    now = timezone.now()
    model = load(version.artifact)
    steps = learn_changes(user_id, model, now)
    rated = read_ratings(user_id)
    if not len(rated.users):
        Slate.objects.filter(user_id=user_id).delete()
        return steps
    views, told = read_view_counts(now, user_id), told_by(user_id, now)
    person = model.person(user_id, rated, views, model.alike(user_id, now), told, picks_of(user_id))
    weights = weights_of(user_id)
    store_slates(version.pk, {user_id: model.slate(person, weights, wishes_of(user_id))}, now)
    return steps + 1


def learn_changes(user_id: int, model: Model, now: datetime) -> int:
    """Lets the agents learn from every change that they have not seen and that something was predicted for, in order;
    returns how many steps they took."""
    with transaction.atomic():
        pair = AgentPair.objects.select_for_update().filter(user_id=user_id).first() or _new_pair(user_id, model, now)
        changes = list(RatingChange.objects.filter(user_id=user_id, id__gt=pair.learnt_through).order_by("id"))
        if not changes:
            return 0
        learnt = set(AgentStep.objects.filter(change__in=changes).values_list("change_id", flat=True))
        memory = Memory.from_json(pair.memory)
        asked = _asked(user_id, model, changes, now)
        rows, waiting = [], []
        for change, ratings in _as_they_stood(user_id, changes):
            if change.new is None or change.pk in learnt:
                continue  # taken back: the step that was taken stays taken, there is nothing to learn from
            predictions = _shown(change) or asked.about(change, ratings)
            if predictions is None:
                waiting.append(change)
                continue
            memory, steps = HINDSIGHT.step(memory, float(change.new), *predictions)
            rows.append(_logged(change, change.new, predictions, steps))
        AgentStep.objects.bulk_create(rows, batch_size=200)
        pair.cf_state, pair.cb_state, pair.net_state = _three(memory.states)
        pair.memory = memory.to_json()
        pair.steps += len(rows)
        pair.learnt_through, pair.updated_at = _settled(changes, waiting, pair.learnt_through), now
        pair.save()
        return len(rows)


def _settled(changes: list[RatingChange], waiting: list[RatingChange], before: int) -> int:
    """The last change up to which none waits. An image that was hidden meanwhile is not waited for: no night will know
    it."""
    coming = of_the_catalogue({change.image_id for change in waiting})
    first = next((change.pk for change in waiting if change.image_id in coming), None)
    return max((change.pk for change in changes if first is None or change.pk < first), default=before)


def _as_they_stood(user_id: int, changes: list[RatingChange]) -> Iterator[tuple[RatingChange, RatingTriples]]:
    """Each change with the person's other ratings just before it: today's, with the changes since then undone."""
    current = read_ratings(user_id)
    standing: dict[int, int | None] = dict(zip(current.images.tolist(), current.values.tolist(), strict=True))
    for change in reversed(changes):
        standing[change.image_id] = change.old
    for change in changes:
        pairs = sorted((i, v) for i, v in standing.items() if v is not None and i != change.image_id)
        images, values = np.array([i for i, _ in pairs], dtype=np.int64), np.array([v for _, v in pairs], dtype=float)
        yield change, RatingTriples(np.full(len(images), user_id), images, values)
        standing[change.image_id] = change.new


def start_after(user_id: int, moment: datetime, model: Model, now: datetime) -> None:
    """A new pair of agents that takes the changes up to `moment` as read; nothing for a person who has a pair."""
    if not AgentPair.objects.filter(user_id=user_id).exists():
        before = RatingChange.objects.filter(user_id=user_id, at__lte=moment)
        _new_pair(user_id, model, now, before.order_by("-pk").values_list("pk", flat=True).first() or 0)


def _new_pair(user_id: int, model: Model, now: datetime, learnt_through: int = 0) -> AgentPair:
    prior = model.ratings.prior
    if prior is not None and model.alike(user_id, now) is None:
        prior = prior[:2]
    memory = HINDSIGHT.start(prior)
    cf_state, cb_state, net_state = _three(memory.states)
    return AgentPair.objects.create(
        user_id=user_id,
        cf_state=cf_state,
        cb_state=cb_state,
        net_state=net_state,
        memory=memory.to_json(),
        learnt_through=learnt_through,
        updated_at=now,
    )


def _three(states: tuple[int, ...]) -> tuple[int, int, int | None]:
    return states[0], states[1], states[2] if len(states) > 2 else None


def _shown(change: RatingChange) -> Predictions | None:
    """The predictions as the feed showed them to this person last."""
    shown = Impression.objects.filter(
        feed__user=change.user_id, image=change.image_id, at__lte=change.at, p_cf__isnull=False, p_cb__isnull=False
    )
    last = shown.order_by("-at").first()
    return (last.p_cf, last.p_cb, last.p_net) if last else None


@dataclass(frozen=True)
class _Asked:
    """A model to ask what it would have predicted just before a rating, from one person's signals as they stood."""

    model: Model
    views: Views
    alike: NDArray[np.float64] | None
    told: People | None
    picks: Picks

    def about(self, change: RatingChange, ratings: RatingTriples) -> Predictions | None:
        """None where no source has an answer: the model does not know an image that came after it."""
        columns, _ = self.model.content.rows_of(np.array([change.image_id]))
        if not len(columns):
            return None
        counts = self.views.counts(change.at)
        person = self.model.person(change.user_id, ratings, counts, self.alike, self.told, self.picks)
        column, net = int(columns[0]), self.model.by_network(person)
        cf, cb = self.model.collaborative(person).values[column], self.model.by_content(person).values[column]
        said = _number(cf), _number(cb), None if net is None else _number(net[column])
        return None if said == (None, None, None) else said


def _asked(user_id: int, model: Model, changes: list[RatingChange], now: datetime) -> _Asked:
    moments = [change.at for change in changes]
    views = read_views(user_id, min(moments), max(moments))
    return _Asked(model, views, model.alike(user_id, now), told_by(user_id, now), picks_of(user_id))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _logged(change: RatingChange, satisfaction: int, predictions: Predictions, steps: Steps) -> AgentStep:
    net = steps.net
    return AgentStep(
        user_id=change.user_id,
        change=change,
        satisfaction=satisfaction,
        p_cf=predictions[0],
        p_cb=predictions[1],
        p_net=predictions[2],
        cf_state=steps.cf.state,
        cb_state=steps.cb.state,
        cf_action=steps.cf.action,
        cb_action=steps.cb.action,
        cf_reward=steps.cf.reward,
        cb_reward=steps.cb.reward,
        cf_next=steps.cf.next_state,
        cb_next=steps.cb.next_state,
        net_state=net.state if net else None,
        net_action=net.action if net else None,
        net_reward=net.reward if net else None,
        net_next=net.next_state if net else None,
        blend=steps.blend,
        at=change.at,
    )
