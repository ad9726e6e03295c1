"""What a page of the feed reads about a user, in few queries, because each page needs them."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from django.db.models import Value

from gallery.models import Hide, Rating
from gallery.plumbing.compiled_query import CompiledQuery
from recommender.data import artifacts
from recommender.data.agents import START_WEIGHTS, agent_weights
from recommender.data.artifacts import Content
from recommender.data.slates import Candidates, unpack
from recommender.data.snapshot import Ids
from recommender.engine.blend import BlendWeights
from recommender.models import Experiment, Exposure, Slate


@dataclass(frozen=True)
class FeedInput:
    """The features of the current version and the user's slate of it, each None if there is none, and the
    weights of the user's agents."""

    content: Content | None
    slate: Candidates | None
    weights: BlendWeights


_slate = CompiledQuery(
    lambda user: Slate.objects.filter(user=user, version__current=True).values_list(
        "version__artifact", "candidates"
    )[:1]
)
_hides = Hide.objects.values_list("image", Value(0))
# one query for all, because each page of the feed asks it
_user_state = CompiledQuery(
    lambda user: _hides.filter(user=user).union(
        Rating.objects.filter(user=user).values_list("image", Value(1)),
        Exposure.objects.filter(user=user, experiment__ended_at=None).values_list("experiment", Value(2)),
        Experiment.objects.filter(ended_at=None).order_by().values_list("pk", Value(3)),
        all=True,
    )
)


class UserState(NamedTuple):
    """The ids of the images that a user hid and rated, each ascending. `not_exposed` is the id of the running
    experiment if no page of the feed has exposed the user to it."""

    hidden: Ids
    rated: Ids
    not_exposed: int | None


def feed_input_of(user_id: int) -> FeedInput:
    rows = _slate(user_id)
    if not rows:
        return FeedInput(artifacts.current_content(), None, START_WEIGHTS)
    name, packed = rows[0]
    return FeedInput(artifacts.content_named(name), unpack(packed), agent_weights(user_id))


def user_state_of(user_id: int) -> UserState:
    rows = np.array(_user_state(user_id), dtype=np.int64).reshape(-1, 2)
    hidden, rated, exposed, running = (rows[rows[:, 1] == kind, 0] for kind in range(4))
    not_exposed = int(running[0]) if len(running) and not len(exposed) else None
    return UserState(np.sort(hidden), np.sort(rated), not_exposed)
