"""After a rating or a view: the agents of the user take their steps, and a new slate is written.

Every rating change is learnt from exactly once: in the transaction that writes its AgentStep, which is unique
by change. A second message finds nothing to do. A change without any prediction teaches nothing; it waits
until a model knows the image. `learnt_through` stays before the first waiting change. The agents still learn
from later changes.
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
from recommender.data.experiments import follow_classic
from recommender.data.slates import store_slates
from recommender.data.snapshot import RatingTriples, UserData, in_catalogue, read_user
from recommender.data.steering import has_pause, wishes_of
from recommender.engine.agents import Hindsight, Memory, Moves
from recommender.kinds import LEARN
from recommender.models import Agents, AgentStep, Impression, Slate
from recommender.services.model import SiteModel, load_site_model

HINDSIGHT = Hindsight()
MIN_PREDICTIONS = 2  # so many predictions are needed for agents to learn
PredictedBySource = Mapping[str, float]  # by the name of the source


def learn_user(user_id: int) -> bool:
    """Runs the learning job of the user. False if it is not due or another worker runs it."""
    return jobs.run(LEARN, str(user_id), partial(_learn, user_id))


def _learn(user_id: int, _claim: jobs.Claim) -> int:
    """Returns the number of rows written. Without a version (before the first night) there is nothing to do:
    the first night learns from all changes."""
    version = artifacts.current_version()
    if version is None:
        return 0
    if has_pause(user_id):
        with transaction.atomic():
            follow_classic(user_id, sources.CLASSIC_SOURCES)  # from what was learnt before the pause
        return 0
    now = timezone.now()
    model = load_site_model(version.artifact)
    steps, read = learn_changes(user_id, model, now)
    if not len(read.rated.users):
        Slate.objects.filter(user_id=user_id).delete()
        return steps
    user = model.user_signals(user_id, read.rated, read.views.counts(now), read.picks, read.demographics)
    store_slates(version.pk, {user_id: model.slate(user, agent_weights(user_id), wishes_of(user_id))}, now)
    return steps + 1


def learn_changes(user_id: int, model: SiteModel, now: datetime) -> tuple[int, UserData]:
    """The agents learn, in order, from every new change that has predictions. Returns the number of steps,
    and the data of the user that was read for them."""
    with transaction.atomic():
        agents = Agents.objects.select_for_update().filter(user_id=user_id).first()
        through = agents.learnt_through if agents is not None else 0
        changes = list(RatingChange.objects.filter(user_id=user_id, id__gt=through).order_by("id"))
        read = read_user(user_id, min((change.at for change in changes), default=now), now)
        agents = agents or _new_agents(user_id, model, read, now)
        if not changes:
            follow_classic(user_id, sources.CLASSIC_SOURCES)
            return 0, read
        learnt = set(AgentStep.objects.filter(change__in=changes).values_list("change_id", flat=True))
        memory, steps, waiting = Memory.from_json(agents.memory), [], []
        for change, ratings in _with_ratings_before(user_id, read.rated, changes):
            if change.new is None or change.pk in learnt:
                continue  # a removed rating teaches nothing, and earlier steps are not undone
            predicted = _shown_predictions(change) or _predicted_before(model, change, ratings, read)
            if not predicted:
                waiting.append(change)
                continue
            values = [predicted.get(source.name) for source in sources.SOURCES]
            memory, taken = HINDSIGHT.step(memory, float(change.new), *values)
            steps.append(_logged(change, change.new, predicted, taken))
        log_steps(steps)
        follow_classic(user_id, sources.CLASSIC_SOURCES)
        agents.memory, agents.steps = memory.to_json(), agents.steps + len(steps)
        agents.learnt_through, agents.updated_at = _learnt_through(changes, waiting, through), now
        agents.save()
        return len(steps), read


def _learnt_through(changes: list[RatingChange], waiting: list[RatingChange], previous: int) -> int:
    """The id of the last change before the first waiting one. Changes of images that are hidden now do not
    wait, because no night will know these images."""
    coming = in_catalogue({change.image_id for change in waiting})
    first = next((change.pk for change in waiting if change.image_id in coming), None)
    return max((change.pk for change in changes if first is None or change.pk < first), default=previous)


def _with_ratings_before(
    user_id: int, rated: RatingTriples, changes: list[RatingChange]
) -> Iterator[tuple[RatingChange, RatingTriples]]:
    """Each change with the other ratings of the user just before it: the current ratings with all later
    changes undone."""
    values_by_image: dict[int, int | None] = dict(
        zip(rated.images.tolist(), rated.values.tolist(), strict=True)
    )
    for change in reversed(changes):
        values_by_image[change.image_id] = change.old
    for change in changes:
        pairs = sorted((i, v) for i, v in values_by_image.items() if v is not None and i != change.image_id)
        images = np.array([i for i, _ in pairs], dtype=np.int64)
        values = np.array([v for _, v in pairs], dtype=float)
        yield change, RatingTriples(np.full(len(images), user_id), images, values)
        values_by_image[change.image_id] = change.new


def start_after(user_id: int, moment: datetime, model: SiteModel, now: datetime) -> None:
    """Creates agents that skip changes before `moment`, if the user has no agents."""
    if not Agents.objects.filter(user_id=user_id).exists():
        before = RatingChange.objects.filter(user_id=user_id, at__lte=moment)
        through = before.order_by("-pk").values_list("pk", flat=True).first() or 0
        _new_agents(user_id, model, read_user(user_id, now, now), now, through)


def _new_agents(
    user_id: int, model: SiteModel, read: UserData, now: datetime, learnt_through: int = 0
) -> Agents:
    """New agents with the informed start of the population. Agents at the end whose sources do not predict
    for this user are left out; they join later."""
    prior = model.ratings.prior
    if prior is not None and len(prior) > MIN_PREDICTIONS:
        user = model.user_signals(user_id, read.rated, read.views.counts(now), read.picks, read.demographics)
        predicting = [
            index for index, source in enumerate(sources.SOURCES) if source.name in model.predict(user)
        ]
        prior = prior[: max(MIN_PREDICTIONS, 1 + max(predicting, default=0))]
    memory = HINDSIGHT.start(prior)
    return Agents.objects.create(
        user_id=user_id, memory=memory.to_json(), learnt_through=learnt_through, updated_at=now
    )


def _shown_predictions(change: RatingChange) -> PredictedBySource | None:
    """The predictions with which a feed last showed the image to this user; None if there were too few to
    learn from."""
    shown = Impression.objects.filter(
        feed__user=change.user_id, image=change.image_id, at__lte=change.at, blend__isnull=False
    )
    for predicted in shown.order_by("-at").values_list("predicted", flat=True):
        if len(predicted) >= MIN_PREDICTIONS:
            return dict(predicted)
    return None


def _predicted_before(
    model: SiteModel, change: RatingChange, ratings: RatingTriples, read: UserData
) -> PredictedBySource:
    """What the model predicts from the signals of the user just before a rating. Empty if no source predicts,
    for example for an image that is newer than the model."""
    columns, _ = model.content.rows_of(np.array([change.image_id]))
    if not len(columns):
        return {}
    user = model.user_signals(
        change.user_id, ratings, read.views.counts(change.at), read.picks, read.demographics
    )
    column = int(columns[0])
    values = {name: float(prediction.values[column]) for name, prediction in model.predict(user).items()}
    return {name: value for name, value in values.items() if not np.isnan(value)}


def _logged(
    change: RatingChange, satisfaction: int, predicted: PredictedBySource, steps: Moves
) -> LearntRating:
    names = [source.name for source in sources.SOURCES]
    moves = {name: (step, predicted.get(name)) for name, step in zip(names, steps.moves, strict=False)}
    return LearntRating(change, satisfaction, steps.blend, moves)
