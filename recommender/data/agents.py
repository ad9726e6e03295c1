"""Where people's agents stand."""

from recommender.engine.blend import Weights
from recommender.models import AgentPair

START = (0.5, 0.5)


def weights_of(user_id: int) -> Weights:
    """(w_cf, w_cb) of a person's two agents, each in [0, 1]."""
    states = AgentPair.objects.filter(user_id=user_id).values_list("cf_state", "cb_state").first()
    return (states[0] / 10, states[1] / 10) if states else START


def all_weights() -> dict[int, Weights]:
    """The same for everybody who has agents, by person."""
    rows = AgentPair.objects.values_list("user_id", "cf_state", "cb_state")
    return {user: (cf / 10, cb / 10) for user, cf, cb in rows.iterator(chunk_size=5000)}
