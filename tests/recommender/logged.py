"""What the agents' log says, for tests."""

from recommender.models import AgentMove, AgentStep
from recommender.sources import SOURCES


def predicted(step: AgentStep) -> list[float | None]:
    """What each source had predicted, in their order; None where it had nothing to say."""
    said = dict(AgentMove.objects.filter(step=step).values_list("source", "predicted"))
    return [said.get(source.name) for source in SOURCES]


def moves(**steps: object) -> list[tuple[object, ...]]:
    """(person, change, source, predicted, next state) of the moves of these steps, in order."""
    found = AgentMove.objects.filter(**{f"step__{name}": value for name, value in steps.items()})
    return list(
        found.order_by("step", "id").values_list(
            "step__user", "step__change", "source", "predicted", "next_state"
        )
    )
