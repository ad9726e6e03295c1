"""Worked cases, one test each: the project's own copies, and any other folder named in VECTORS,
in the same format."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender.engine import agents, blend, demographics, knn, preferences, rank, recency, similarity
from recommender.engine.registry import make_similarity
from recommender.engine.types import Interactions, Scale

OWN = Path(__file__).parents[1] / "vectors"


def ratings_of(case: dict[str, Any]) -> Interactions:
    users, items, values = np.array(case["ratings"], dtype=float).reshape(-1, 3).T
    return Interactions.from_triples(
        users.astype(int),
        items.astype(int),
        values,
        n_users=case["users"],
        n_items=case["items"],
        scale=Scale(*case["scale"]),
    )


def matrix_of(case: dict[str, Any], measure: similarity.Similarity, significance: int) -> dict[str, Any]:
    index = similarity.SimilarityIndex(ratings_of(case), measure, significance)
    return {"matrix": index.block(0, case["users"])}


def similarity_case(case: dict[str, Any]) -> dict[str, Any]:
    return matrix_of(
        case, make_similarity(case["measure"], **(case.get("params") or {})), case.get("significance", 0)
    )


def weighted_pearson_case(case: dict[str, Any]) -> dict[str, Any]:
    return matrix_of(case, make_similarity("weighted_pearson", item_weights=tuple(case["item_weights"])), 0)


def prediction_case(case: dict[str, Any]) -> dict[str, Any]:
    model = knn.UserKnn(
        make_similarity(case["measure"], **(case.get("params") or {})),
        case.get("significance", 0),
        case["neighbours"],
        knn.Centring.MEAN if case["centred"] else knn.Centring.NONE,
    )
    return {"predictions": model.fit(ratings_of(case)).predict_rows(range(case["users"])).values}


def age_groups_case(case: dict[str, Any]) -> dict[str, Any]:
    group = demographics.relative_group(case["target"], case["other"])
    weight = demographics.age_weight(group)
    return {
        "relative_group": group,
        "absolute_group": demographics.absolute_group(case["other"]),
        "weight": weight,
    }


def time_weight_case(case: dict[str, Any]) -> dict[str, Any]:
    return {"weight": recency.time_weight(case["event"], case["now"])}


def content_case(case: dict[str, Any]) -> dict[str, Any]:
    weeks = case["views_this_week"], case["views_last_week"]
    alpha = preferences.item_preference(*weeks)
    beta = preferences.genre_preference(*weeks, case["item_genres"])
    score = preferences.interest(alpha, beta, case["item_genres"])
    return {"item_preference": alpha, "genre_preference": beta, "score": score}


def q_learning_case(case: dict[str, Any]) -> dict[str, Any]:
    action = agents.ACTIONS[case["action"]]
    learning = case["learning_rate"], case["discount"]
    rho, q, following = agents.q_update(
        np.array(case["q"]), case["state"], action, case["satisfaction"], *learning
    )
    return {"reward": rho, "q": q, "next_state": following}


def blend_case(case: dict[str, Any]) -> dict[str, Any]:
    return {"blend": blend.blend(tuple(case["weights"]), *case["predictions"])}


def pause_case(case: dict[str, Any]) -> dict[str, Any]:
    return {"paused": agents.is_satisfied(case["satisfactions"], case["window"], case["threshold"])}


def hindsight_case(case: dict[str, Any]) -> dict[str, Any]:
    assert case["states"] == agents.N_STATES
    pair = agents.Hindsight(case["discount"], case["decay"], case["sweeps"], case["prior_weight"])
    memory, states = pair.start(case["prior"]), []
    for satisfaction, p_cf, p_cb in case["observations"]:
        memory, _ = pair.step(memory, satisfaction, p_cf, p_cb)
        states.append(memory.states)
    return {"states": states, "q": pair.q(memory)}


def ordinal_median_case(case: dict[str, Any]) -> dict[str, Any]:
    return {"median": blend.ordinal_median(case["probabilities"], case["levels"])}


def ndcg_case(case: dict[str, Any]) -> dict[str, Any]:
    return {"ndcg": rank.ndcg_of_list(case["relevances"], case["ideal"], case["k"])}


ANSWERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    name.removesuffix("_case"): answer for name, answer in list(globals().items()) if name.endswith("_case")
}


def cases() -> list[Any]:
    """Every case of every file; a folder that is missing or empty is a failing case of its own."""
    found = []
    for folder in [OWN, *map(Path, filter(None, [os.environ.get("VECTORS")]))]:
        files = sorted(folder.glob("*.json"))
        if not files:
            found.append(pytest.param(None, 0.0, {}, id=f"{folder}-no-files"))
        for file in files:
            sheet = json.loads(file.read_text())
            for number, case in enumerate(sheet["cases"]):
                name = f"{folder.name}-{file.stem}-{number}"
                found.append(pytest.param(sheet["kind"], sheet["tolerance"], case, id=name))
    return found


@pytest.mark.parametrize(("kind", "tolerance", "case"), cases())
def test_vector(kind: str | None, tolerance: float, case: dict[str, Any]) -> None:
    assert kind in ANSWERS, f"nothing here answers cases of kind {kind}"
    answer = ANSWERS[kind](case["input"])
    assert case["expect"].keys() <= answer.keys()
    for name, expected in case["expect"].items():
        np.testing.assert_allclose(answer[name], expected, rtol=0, atol=tolerance, err_msg=name)
