"""Where people's agents stand."""

from gallery.plumbing.compiled_query import Prepared
from recommender.engine.agents import weights_of as weights_at
from recommender.engine.blend import Weights
from recommender.models import AgentPair

START = (0.5, 0.5)
STATES = ("cf_state", "cb_state", "net_state")  # the last one is None for a pair

_states = Prepared(lambda user: AgentPair.objects.filter(user=user).values_list(*STATES)[:1])


def states_of(row: tuple[int | None, ...]) -> tuple[int, ...]:
    """The states that there are, of a row of STATES."""
    return tuple(state for state in row if state is not None)


def weights_of(user_id: int) -> Weights:
    """(w_cf, w_cb) of a person's agents, and w_net where there is a third one; each in [0, 1]."""
    rows = _states(user_id)
    return weights_at(states_of(rows[0])) if rows else START


def all_weights() -> dict[int, Weights]:
    """The same for everybody who has agents, by person."""
    rows = AgentPair.objects.values_list("user_id", *STATES)
    return {user: weights_at(states_of(states)) for user, *states in rows.iterator(chunk_size=5000)}
