"""Reads the log of agent steps, for tests."""

from recommender.models import AgentMove, AgentStep
from recommender.sources import SOURCES


def predicted(step: AgentStep) -> list[float | None]:
    """The prediction of each source, in the order of SOURCES; None without one."""
    said = dict(AgentMove.objects.filter(step=step).values_list("source", "predicted"))
    return [said.get(source.name) for source in SOURCES]


def moves(**steps: object) -> list[tuple[object, ...]]:
    """(user, change, source, predicted, next state) of the moves of these steps, in order."""
    found = AgentMove.objects.filter(**{f"step__{name}": value for name, value in steps.items()})
    return list(
        found.order_by("step", "id").values_list(
            "step__user", "step__change", "source", "predicted", "next_state"
        )
    )
