"""What a page of the feed reads about a user, in few queries, because each page needs them."""

from dataclasses import dataclass

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
from recommender.models import Slate


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
_hidden_and_rated = CompiledQuery(
    lambda user: _hides.filter(user=user).union(
        Rating.objects.filter(user=user).values_list("image", Value(1)), all=True
    )
)


def feed_input_of(user_id: int) -> FeedInput:
    rows = _slate(user_id)
    if not rows:
        return FeedInput(artifacts.current_content(), None, START_WEIGHTS)
    name, packed = rows[0]
    return FeedInput(artifacts.content_named(name), unpack(packed), agent_weights(user_id))


def hidden_and_rated(user_id: int) -> tuple[Ids, Ids]:
    """(hidden, rated): the ids of the images that the user hid and rated, each ascending."""
    rows = np.array(_hidden_and_rated(user_id), dtype=np.int64).reshape(-1, 2)
    rated = rows[:, 1] == 1
    return np.sort(rows[~rated, 0]), np.sort(rows[rated, 0])
