"""After a rating or a view: the person's agents take their steps, and the person's slate is made anew.

Exactly once: a rating change is learnt from in the transaction that writes its AgentStep, which is unique by
change. A second delivery finds nothing to do. What no source predicted teaches nothing: it waits until a
model knows the image. `learnt_through` stays before the first change that waits,
and those behind it are learnt from meanwhile.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial

import numpy as np
from django.db import transaction
from django.utils import timezone

from gallery.models import RatingChange
from gallery.plumbing import jobs
from recommender import sources
from recommender.data import artifacts
from recommender.data.agents import LearntRating, agent_weights, log_steps
from recommender.data.slates import store_slates
from recommender.data.snapshot import RatingTriples, UserData, of_the_catalogue, read_user
from recommender.data.steering import has_pause, wishes_of
from recommender.engine.agents import Hindsight, Memory, Steps
from recommender.kinds import LEARN
from recommender.models import Agents, AgentStep, Impression, Slate
from recommender.services.model import SiteModel, load_site_model

HINDSIGHT = Hindsight()
ENOUGH = 2  # predictions from which agents can learn
PredictedBySource = Mapping[str, float]  # by the name of the source


def learn_user(user_id: int) -> bool:
    """Learns what there is to learn; False when another worker has it or nothing is due."""
    return jobs.run(LEARN, str(user_id), partial(_learn, user_id))


def _learn(user_id: int, _claim: jobs.Claim) -> int:
    """The rows written. Without a model (before the first night) the job is done;
    the night starts from all changes."""
    version = artifacts.current_version()
    if version is None or has_pause(user_id):
        return 0
    now = timezone.now()
    model = load_site_model(version.artifact)
    steps, read = learn_changes(user_id, model, now)
    if not len(read.rated.users):
        Slate.objects.filter(user_id=user_id).delete()
        return steps
    person = model.user_signals(user_id, read.rated, read.views.counts(now), read.picks, read.demographics)
    store_slates(version.pk, {user_id: model.slate(person, agent_weights(user_id), wishes_of(user_id))}, now)
    return steps + 1


def learn_changes(user_id: int, model: SiteModel, now: datetime) -> tuple[int, UserData]:
    """Lets the agents learn from every change that they have not seen and that something was predicted for,
    in order; returns how many steps they took, and the person as they were read for it."""
    with transaction.atomic():
        agents = Agents.objects.select_for_update().filter(user_id=user_id).first()
        through = agents.learnt_through if agents is not None else 0
        changes = list(RatingChange.objects.filter(user_id=user_id, id__gt=through).order_by("id"))
        read = read_user(user_id, min((change.at for change in changes), default=now), now)
        agents = agents or _new_agents(user_id, model, read, now)
        if not changes:
            return 0, read
        known = set(AgentStep.objects.filter(change__in=changes).values_list("change_id", flat=True))
        memory, steps, waiting = Memory.from_json(agents.memory), [], []
        for change, ratings in _as_they_stood(user_id, read.rated, changes):
            if change.new is None or change.pk in known:
                continue  # taken back: the step that was taken stays taken, there is nothing to learn from
            predicted = _shown(change) or _predicted_before(model, change, ratings, read)
            if not predicted:
                waiting.append(change)
                continue
            values = [predicted.get(source.name) for source in sources.SOURCES]
            memory, taken = HINDSIGHT.step(memory, float(change.new), *values)
            steps.append(_logged(change, change.new, predicted, taken))
        log_steps(steps)
        agents.memory, agents.steps = memory.to_json(), agents.steps + len(steps)
        agents.learnt_through, agents.updated_at = _settled(changes, waiting, through), now
        agents.save()
        return len(steps), read


def _settled(changes: list[RatingChange], waiting: list[RatingChange], before: int) -> int:
    """The last change up to which none waits. An image that was hidden meanwhile is not waited for: no night
    will know it."""
    coming = of_the_catalogue({change.image_id for change in waiting})
    first = next((change.pk for change in waiting if change.image_id in coming), None)
    return max((change.pk for change in changes if first is None or change.pk < first), default=before)


def _as_they_stood(
    user_id: int, rated: RatingTriples, changes: list[RatingChange]
) -> Iterator[tuple[RatingChange, RatingTriples]]:
    """Each change with the person's other ratings just before it: today's,
    with the changes since then undone."""
    standing: dict[int, int | None] = dict(zip(rated.images.tolist(), rated.values.tolist(), strict=True))
    for change in reversed(changes):
        standing[change.image_id] = change.old
    for change in changes:
        pairs = sorted((i, v) for i, v in standing.items() if v is not None and i != change.image_id)
        images = np.array([i for i, _ in pairs], dtype=np.int64)
        values = np.array([v for _, v in pairs], dtype=float)
        yield change, RatingTriples(np.full(len(images), user_id), images, values)
        standing[change.image_id] = change.new


def start_after(user_id: int, moment: datetime, model: SiteModel, now: datetime) -> None:
    """New agents that skip the changes up to `moment`; nothing for a person who has agents."""
    if not Agents.objects.filter(user_id=user_id).exists():
        before = RatingChange.objects.filter(user_id=user_id, at__lte=moment)
        through = before.order_by("-pk").values_list("pk", flat=True).first() or 0
        _new_agents(user_id, model, read_user(user_id, now, now), now, through)


def _new_agents(
    user_id: int, model: SiteModel, read: UserData, now: datetime, learnt_through: int = 0
) -> Agents:
    """One for each source of the population's informed start, without those at its end that do not answer for
    this person: they join when they do."""
    prior = model.ratings.prior
    if prior is not None and len(prior) > ENOUGH:
        person = model.user_signals(
            user_id, read.rated, read.views.counts(now), read.picks, read.demographics
        )
        answering = [
            place for place, source in enumerate(sources.SOURCES) if source.name in model.predict(person)
        ]
        prior = prior[: max(ENOUGH, 1 + max(answering, default=0))]
    memory = HINDSIGHT.start(prior)
    return Agents.objects.create(
        user_id=user_id, memory=memory.to_json(), learnt_through=learnt_through, updated_at=now
    )


def _shown(change: RatingChange) -> PredictedBySource | None:
    """The predictions as the feed showed them to this person last;
    None where they were too few to learn from."""
    shown = Impression.objects.filter(
        feed__user=change.user_id, image=change.image_id, at__lte=change.at, blend__isnull=False
    )
    for predicted in shown.order_by("-at").values_list("predicted", flat=True):
        if len(predicted) >= ENOUGH:
            return dict(predicted)
    return None


def _predicted_before(
    model: SiteModel, change: RatingChange, ratings: RatingTriples, read: UserData
) -> PredictedBySource:
    """What the model would have predicted just before a rating, from the person's signals as they stood then;
    empty where no source has an answer: the model does not know an image that came after it."""
    columns, _ = model.content.rows_of(np.array([change.image_id]))
    if not len(columns):
        return {}
    person = model.user_signals(
        change.user_id, ratings, read.views.counts(change.at), read.picks, read.demographics
    )
    column = int(columns[0])
    values = {name: float(prediction.values[column]) for name, prediction in model.predict(person).items()}
    return {name: value for name, value in values.items() if not np.isnan(value)}


def _logged(
    change: RatingChange, satisfaction: int, predicted: PredictedBySource, steps: Steps
) -> LearntRating:
    names = [source.name for source in sources.SOURCES]
    moves = {name: (step, predicted.get(name)) for name, step in zip(names, steps.taken, strict=False)}
    return LearntRating(change, satisfaction, steps.blend, moves)
