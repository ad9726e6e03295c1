"""What a page of the feed reads of a person: few questions, because each page asks them."""

from dataclasses import dataclass

import numpy as np
from django.db.models import BooleanField, FilteredRelation, Q, Subquery, Value

from gallery.models import Hide, Rating
from recommender.data import artifacts
from recommender.data.agents import START, STATES, states_of
from recommender.data.artifacts import Content
from recommender.data.slates import Candidates, unpack
from recommender.data.snapshot import Ids
from recommender.engine.agents import weights_of as weights_at
from recommender.engine.blend import Weights
from recommender.models import AgentPair, Version


@dataclass(frozen=True)
class Standing:
    """The current version's features, the person's slate of it (each None where there is none), and their agents'
    weights."""

    content: Content | None
    slate: Candidates | None
    weights: Weights


def standing_of(user_id: int) -> Standing:
    agents = AgentPair.objects.filter(user=user_id)
    mine = FilteredRelation("slates", condition=Q(slates__user=user_id))
    states = {name: Subquery(agents.values(name)[:1]) for name in STATES}
    current = Version.objects.filter(current=True).annotate(mine=mine, **states)
    row = current.values_list("artifact", "mine__candidates", "mine__p_net", *STATES).first()
    if row is None:
        return Standing(None, None, START)
    name, packed, network, *states = row
    weights = START if states[0] is None else weights_at(states_of(tuple(states)))
    return Standing(artifacts.content_named(name), None if packed is None else unpack(packed, network), weights)


def hidden_and_rated(user_id: int) -> tuple[Ids, Ids]:
    """The images that a person hid, and those that they rated; each ascending."""
    hidden = Hide.objects.filter(user=user_id).values_list("image", Value(True, BooleanField()))
    rated = Rating.objects.filter(user=user_id).values_list("image", Value(False, BooleanField()))
    rows = np.array(list(hidden.union(rated, all=True)), dtype=np.int64).reshape(-1, 2)
    of_hides = rows[:, 1] == 1
    return np.unique(rows[of_hides, 0]), np.unique(rows[~of_hides, 0])
