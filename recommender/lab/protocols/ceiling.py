"""`ceiling`: the best predictor, a stack of all models, against its parts and plain cosine (003).

The site does not serve it (decision 21). Its error is the goal that the site's own predictions are compared
with.
"""

from typing import Any

import numpy as np

from recommender.engine.knn import Centring, UserKnn
from recommender.engine.similarity import PearsonBaseline
from recommender.engine.types import Floats

from .. import metrics, pipeline
from ..context import Context, MethodPredictions, Piece, PieceSettings, Protocol
from ..datasets import Dataset, Fold
from ..figures import Bars
from ..report import Claim, ProtocolReport, Table
from ..splits import given_or_kfold
from ..stats import Interval, paired_bootstrap

METHODS = {
    "plain_cosine": "user-based, cosine, weighted mean of 40 neighbours (003)",
    "baseline_knn": "the best single neighbourhood: pearson over baselines, centred on them",
    "factors_mean": "factors under an ordered probit, the mean of P(level)",
    "factors_median": "the same, its median",
    "ceiling_mean": "the stack of factors and neighbours, the mean of P(level)",
    "ceiling_median": "the same, its median",
}


def run(dataset: Dataset, context: Context) -> ProtocolReport:
    """Fits all parts on the training part of every fold; nothing is shared between folds."""
    dataset.varied()
    folds = given_or_kfold(dataset, 5, context.rng("folds"))
    folds = folds[:1] if context.quick else folds
    named = {fold.name: fold for fold in folds}

    def compute(settings: PieceSettings) -> Piece:
        return {
            name: np.round(found, 5).tolist()
            for name, found in answers(dataset, named[settings["fold"]], context)
        }

    pieces = context.pieces("ceiling", [{"fold": name} for name in named], compute)
    by_fold = [{name: np.asarray(piece[name]) for name in METHODS} for piece in pieces]
    return _report(dataset, context, folds, by_fold)


def answers(dataset: Dataset, fold: Fold, context: Context) -> list[tuple[str, Floats]]:
    """The predictions of each method for the fold's test part."""
    train = dataset.interactions(fold.train)
    users, items = dataset.users[fold.test], dataset.items[fold.test]
    stack = pipeline.fit_stack(dataset, fold.train, context.quick, context.seed)
    factors, whole = stack.parts.factors.probabilities(users, items), stack.probabilities(users, items)
    best = UserKnn(PearsonBaseline(), centring=Centring.BASELINE)
    return [
        ("plain_cosine", UserKnn().fit(train).predict(users, items).values),
        ("baseline_knn", best.fit(train).predict(users, items).values),
        ("factors_mean", stack.levels.mean(factors)),
        ("factors_median", stack.levels.median(factors)),
        ("ceiling_mean", stack.levels.mean(whole)),
        ("ceiling_median", stack.levels.median(whole)),
    ]


def _report(
    dataset: Dataset, context: Context, folds: tuple[Fold, ...], found: list[MethodPredictions]
) -> ProtocolReport:
    actual = [dataset.values[fold.test] for fold in folds]
    per_fold = [
        {
            "method": name,
            "fold": fold.name,
            "mae": metrics.mae(one[name], r),
            "rmse": metrics.rmse(one[name], r),
        }
        for name in METHODS
        for fold, one, r in zip(folds, found, actual, strict=True)
    ]
    rows = [_mean_row(name, [row for row in per_fold if row["method"] == name]) for name in METHODS]
    better = _compared(dataset, context, folds, found, actual)
    for row in rows:
        if row["method"] in better:
            row |= {"mae_below_plain": better[row["method"]].value}
            row |= {
                "mae_below_plain_low": better[row["method"]].low,
                "mae_below_plain_high": better[row["method"]].high,
            }
    share = 1 - rows[-1]["mae"] / rows[0]["mae"]
    return ProtocolReport(
        protocol="ceiling",
        dataset=dataset.name,
        title="The whole pipeline",
        split=(
            f"{', '.join(fold.name for fold in folds)}: fitted on the training part only; figures are means"
        ),
        about=(
            "The stack learns the reliability of each part from inner folds of the training part. Then "
            "every part is fitted on all of it. The mean of P(level) is the prediction for RMSE, the median "
            "for MAE."
        ),
        data=dataset.describe(),
        rows=[*rows, *per_fold],
        tables=[
            Table("Mean of the folds", rows, ("method", "what", "mae", "rmse", "mae_below_plain")),
            Table("Fold by fold", per_fold),
        ],
        figures=[Bars("mae", "Mean absolute error", "MAE", "", list(METHODS), [row["mae"] for row in rows])],
        claims=[
            Claim(
                "001",
                "14.9 % less MAE than plain collaborative filtering",
                f"the median of the stack has {share:.1%} less than plain cosine",
                "yes" if share >= 0.149 else "no",
            )
        ],
        extra={"seeds": {"stack": context.seed}},
    )


def _mean_row(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    mae, rmse = (float(np.mean([row[figure] for row in rows])) for figure in ("mae", "rmse"))
    return {"method": name, "what": METHODS[name], "mae": mae, "rmse": rmse}


def _compared(
    dataset: Dataset,
    context: Context,
    folds: tuple[Fold, ...],
    found: list[MethodPredictions],
    actual: list[Floats],
) -> dict[str, Interval]:
    """The reduction of each method's error against plain cosine, over the users of all test parts."""
    users = np.concatenate([dataset.users[fold.test] for fold in folds])
    losses = {
        name: np.concatenate([np.abs(one[name] - r) for one, r in zip(found, actual, strict=True)])
        for name in METHODS
    }
    plain = losses.pop("plain_cosine")
    return {
        name: paired_bootstrap(plain, loss, users, context.rng("bootstrap", name))
        for name, loss in losses.items()
    }


PROTOCOL = Protocol(
    "ceiling", "all", "the best answer from all models together, not served; beside its parts", run
)
