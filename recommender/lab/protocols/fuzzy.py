"""`fuzzy`: the fuzzy similarity of paper 002 compared with MSD, singularity, and further similarities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.engine.knn import Centring
from recommender.engine.registry import make_similarity
from recommender.engine.similarity import Similarity
from recommender.engine.types import Floats

from .. import metrics
from ..context import Context, Piece, PieceSettings, Protocol
from ..datasets import Dataset
from ..figures import Curve, Figure, Lines
from ..report import Claim, ProtocolReport, Row, Table
from ..splits import holdout
from ..stats import Interval, bootstrap_sums
from ..sweep import sweep

USERS = 998  # the number of users in the paper's data set
SHARE = 0.2
PLATEAU = 30  # "stable from about 30 neighbours on": methods are compared by their mean from there on
SAME_ERROR = 0.005  # two errors count as equal if they differ by less than this share
PAPER_METHODS = ("NO_F", "2SET_F", "3SET_F", "5SET_F", "SM")
FURTHER_METHODS = ("pearson", "cosine", "pearson_baseline")
WAYS = {Centring.MEAN: "mean-centred", Centring.NONE: "weighted mean", Centring.BASELINE: "baseline-centred"}
FIGURES = {
    "mae": "MAE (units of the scale)",
    "rmse": "RMSE (units of the scale)",
    "precision": "Precision (share of recommended)",
    "recall": "Recall (share of liked)",
}
ABOUT = (
    "The five similarities of 002 with the paper's averaging (the neighbours' ratings minus their means), "
    "and below them three that it did not compare with. An item is recommended from a prediction of "
    "{threshold:g} on, and liked from this rating on. NO_F is plain MSD; 2SET_F, 3SET_F and 5SET_F are the "
    "fuzzy similarity over 2, 3 and 5 triangular sets, weighted by each item's own spread; SM is "
    "Bobadilla's singularity. To compare two similarities, their errors are averaged over all k from "
    "{plateau} on, where the paper finds them stable."
)


@dataclass(frozen=True)
class FuzzyRun:
    """The data and settings of this run."""

    dataset: Dataset
    counts: tuple[int, ...]  # k
    draws: int  # the number of random 80/20 splits
    context: Context

    @property
    def threshold(self) -> float:
        """The lowest rating of a liked item."""
        return metrics.liked_from(self.dataset.scale)

    @property
    def plateau(self) -> list[int]:
        """The indices of `counts` on the plateau, whose errors are compared."""
        return [place for place, k in enumerate(self.counts) if k >= PLATEAU]

    def measures(self) -> Mapping[str, Similarity]:
        """The similarities that are compared, by the paper's names."""
        named = {f"{k}SET_F": make_similarity("fuzzy", k=k) for k in (2, 3, 5)}
        first = {
            "NO_F": make_similarity("msd"),
            **named,
            "SM": make_similarity("singularity", threshold=self.threshold),
        }
        return first | {name: make_similarity(name) for name in FURTHER_METHODS}


@dataclass(frozen=True, eq=False)
class FuzzyResult:
    """The results of one method: figures (ways, k, 4), and each user's errors on the plateau.

    The errors are those of the paper's way of averaging.
    """

    figures: Floats
    wrong: Floats  # (draws, users)
    cases: Floats  # (draws, users)


def run(dataset: Dataset, context: Context) -> ProtocolReport:
    """Runs every method with every k on five random splits."""
    dataset.varied()
    small = dataset.of_users(np.arange(USERS)) if dataset.n_users > USERS else dataset
    counts = (10, 30, 60, 100) if context.quick else tuple(range(10, 101, 10))
    experiment = FuzzyRun(small, counts, 1 if context.quick else 5, context)
    found = _run(experiment)
    rows = [row for name, one in found.items() for row in _rows(name, one, counts)]
    claims, pairs = _claims(experiment, found, rows)
    return ProtocolReport(
        protocol=PROTOCOL.name,
        dataset=dataset.name,
        title="Fuzzy similarity (002)",
        about=ABOUT.format(threshold=experiment.threshold, plateau=PLATEAU),
        data=small.describe(),
        split=f"{1 - SHARE:.0%} training, {SHARE:.0%} test, at random; mean of {experiment.draws} splits",
        rows=rows,
        tables=_tables(experiment, found, rows, pairs),
        figures=_figures(found, counts),
        claims=claims,
        notes=[*dataset.remarks, *_notes(dataset, small)],
        extra={"comparisons": pairs},
    )


def _run(experiment: FuzzyRun) -> dict[str, FuzzyResult]:
    names = list(experiment.measures())
    each = [{"method": name, "draw": draw} for name in names for draw in range(experiment.draws)]
    pieces = experiment.context.pieces("similarities", each, lambda settings: _piece(experiment, settings))
    found = {}
    for place, name in enumerate(names):
        own = pieces[place * experiment.draws : (place + 1) * experiment.draws]
        figures, wrong, cases = (
            np.array([piece[key] for piece in own]) for key in ("figures", "wrong", "cases")
        )
        found[name] = FuzzyResult(figures.mean(axis=0), wrong, cases)
    return found


def _piece(experiment: FuzzyRun, settings: PieceSettings) -> Piece:
    dataset = experiment.dataset
    fold = holdout(dataset, SHARE, experiment.context.rng("split", settings["draw"]))
    users, items, actual = dataset.users[fold.test], dataset.items[fold.test], dataset.values[fold.test]
    measure = experiment.measures()[settings["method"]]
    answers = sweep(
        dataset.interactions(fold.train), measure, 0, (users, items), experiment.counts, list(WAYS)
    )
    wrong = np.abs(answers[Centring.MEAN][experiment.plateau] - actual).mean(axis=0)
    return {
        "figures": [
            [
                [*_errors(line, actual), *metrics.precision_recall(line, actual, experiment.threshold)]
                for line in answers[way]
            ]
            for way in WAYS
        ],
        "wrong": np.bincount(users, weights=wrong, minlength=dataset.n_users).tolist(),
        "cases": np.bincount(users, minlength=dataset.n_users).tolist(),
    }


def _errors(predicted: Floats, actual: Floats) -> tuple[float, float]:
    return metrics.mae(predicted, actual), metrics.rmse(predicted, actual)


def _rows(name: str, found: FuzzyResult, counts: Sequence[int]) -> list[Row]:
    return [
        {"method": name, "centring": way, "k": k} | dict(zip(FIGURES, figures, strict=True))
        for way, by_k in zip(WAYS.values(), found.figures.tolist(), strict=True)
        for k, figures in zip(counts, by_k, strict=True)
    ]


def _mae_difference(experiment: FuzzyRun, found: Mapping[str, FuzzyResult], one: str, other: str) -> Interval:
    """The MAE of `one` minus that of `other` on the plateau."""
    away = (found[one].wrong - found[other].wrong).sum(axis=0)
    return bootstrap_sums(away, found[one].cases.sum(axis=0), experiment.context.rng("bootstrap"))


def _plateau_mae(found: FuzzyResult) -> float:
    return float(found.wrong.sum() / found.cases.sum())


def _claims(
    experiment: FuzzyRun, found: Mapping[str, FuzzyResult], rows: Sequence[Row]
) -> tuple[list[Claim], list[Row]]:
    """The claims of the paper that figures can answer, and the comparisons behind the answers."""
    compared = [
        ("5SET_F", "3SET_F"),
        ("3SET_F", "NO_F"),
        ("NO_F", "2SET_F"),
        ("2SET_F", "SM"),
        ("5SET_F", "NO_F"),
    ]
    compared += [("5SET_F", name) for name in FURTHER_METHODS]
    less = {pair: _mae_difference(experiment, found, *pair) for pair in compared}
    mae = {name: _plateau_mae(one) for name, one in found.items()}
    worst, plain = max(PAPER_METHODS, key=lambda name: mae[name]), mae["NO_F"]
    apart = less["3SET_F", "NO_F"].value / plain
    claims = [
        Claim(
            "002",
            "5SET_F predicts best of the five (figure 2)",
            _difference_text(less, "5SET_F", "3SET_F"),
            _verdict(less["5SET_F", "3SET_F"]),
        ),
        Claim(
            "002",
            "3SET_F is nearly the same as NO_F (figure 2)",
            f"{_difference_text(less, '3SET_F', 'NO_F')}: {apart:+.2%}",
            "yes" if abs(apart) < SAME_ERROR else "no",
        ),
        Claim(
            "002",
            "2SET_F is worse than NO_F (figure 2)",
            _difference_text(less, "NO_F", "2SET_F"),
            _verdict(less["NO_F", "2SET_F"]),
        ),
        Claim(
            "002",
            "SM is markedly the worst, in RMSE even more (figure 2)",
            f"{_difference_text(less, '2SET_F', 'SM')}; the worst is {worst}",
            "no" if worst != "SM" else _verdict(less["2SET_F", "SM"]),
        ),
        _stable(rows),
        _recommended(rows),
    ]
    beaten = [name for name in FURTHER_METHODS if mae[name] < mae["5SET_F"]]
    ours = "; ".join(_difference_text(less, "5SET_F", name) for name in FURTHER_METHODS)
    holds = "no" if "pearson" in beaten or "cosine" in beaten else "yes"
    claims.append(Claim("002", "The new similarity improves on those before it (conclusion)", ours, holds))
    pairs: list[Row] = [
        {
            "method": one,
            "less than": other,
            "difference": gap.value,
            "difference_low": gap.low,
            "difference_high": gap.high,
        }
        for (one, other), gap in less.items()
    ]
    return claims, pairs


def _difference_text(less: Mapping[tuple[str, str], Interval], one: str, other: str) -> str:
    gap = less[one, other]
    return f"{one} less {other} {gap.value:+.4f} ({gap.low:+.4f} to {gap.high:+.4f})"


def _verdict(gap: Interval) -> str:
    """ "yes" if the interval of the difference is below 0, "partly" if only its value is, else "no"."""
    return "yes" if gap.high < 0 else "partly" if gap.value < 0 else "no"


def _stable(rows: Sequence[Row]) -> Claim:
    own = [row for row in rows if row["method"] == "5SET_F" and row["centring"] == WAYS[Centring.MEAN]]
    shown = [own[0], min(own, key=lambda row: abs(row["k"] - PLATEAU)), own[-1]]
    falls, later = shown[0]["mae"] - shown[1]["mae"], abs(shown[1]["mae"] - shown[2]["mae"])
    ours = "5SET_F: " + ", ".join(f"{row['mae']:.4f} at k = {row['k']}" for row in shown)
    says = f"MAE falls with the neighbours and is stable from about {PLATEAU} (figure 2)"
    return Claim("002", says, ours, "yes" if falls > later else "partly" if falls > 0 else "no")


def _recommended(rows: Sequence[Row]) -> Claim:
    """The claim of figure 3, at the largest number of neighbours."""
    most = max(row["k"] for row in rows)
    last = [
        row
        for row in rows
        if row["k"] == most and row["centring"] == WAYS[Centring.MEAN] and row["method"] in PAPER_METHODS
    ]
    best = {figure: max(last, key=lambda row: row[figure])["method"] for figure in ("precision", "recall")}
    worst = {figure: min(last, key=lambda row: row[figure])["method"] for figure in ("precision", "recall")}
    ours = f"at k = {most}: precision best {best['precision']}, worst {worst['precision']}; "
    ours += f"recall best {best['recall']}, worst {worst['recall']}"
    right = sum(
        (
            best["precision"] == "3SET_F",
            best["recall"] == "3SET_F",
            worst["precision"] == "SM",
            worst["recall"] == "SM",
        )
    )
    says = (
        "Over 80 neighbours 3SET_F recommends best by a little; SM is worst in precision and recall (figure "
        "3)"
    )
    return Claim("002", says, ours, "yes" if right == 4 else "partly" if right else "no")


def _tables(
    experiment: FuzzyRun, found: Mapping[str, FuzzyResult], rows: Sequence[Row], pairs: Sequence[Row]
) -> list[Table]:
    rng, plateau = experiment.context.rng("bootstrap"), []
    for name, one in found.items():
        mae = bootstrap_sums(one.wrong.sum(axis=0), one.cases.sum(axis=0), rng)
        means = one.figures[0][experiment.plateau].mean(axis=0).tolist()
        row = {"method": name, "mae": mae.value, "mae_low": mae.low, "mae_high": mae.high}
        plateau.append(row | dict(zip(list(FIGURES)[1:], means[1:], strict=True)))
    ways = [
        {"method": name}
        | {way: f"{min(by_k[:, 0]):.4f}" for way, by_k in zip(WAYS.values(), one.figures, strict=True)}
        for name, one in found.items()
    ]
    by_k = [
        {"method": name}
        | {
            f"k {k}": figures[0]
            for k, figures in zip(experiment.counts, one.figures[0].tolist(), strict=True)
        }
        for name, one in found.items()
    ]
    brackets = "In brackets: 95 % intervals of 2,000 resamples of the users."
    return [
        Table(f"With the paper's averaging, mean over k = {PLATEAU} and more", plateau, text=brackets),
        Table("Differences of MAE, user by user", pairs, text="Below 0: the first is better. " + brackets),
        Table("MAE by number of neighbours, mean-centred", by_k),
        Table(
            "Lowest MAE over k for each way of averaging",
            ways,
            text="The first is the paper's, the others are ours.",
        ),
    ]


def _figures(found: Mapping[str, FuzzyResult], counts: Sequence[int]) -> list[Figure]:
    shown = [name for name in found if name in PAPER_METHODS or name in ("pearson", "cosine")]
    return [
        Lines(
            f"{figure}-by-k",
            f"{label.partition(' (')[0]} by number of neighbours (002, figure {2 if place < 2 else 3})",
            "Nearest neighbours k",
            label,
            [Curve(name, counts, found[name].figures[0][:, place].tolist()) for name in shown],
        )
        for place, (figure, label) in enumerate(FIGURES.items())
    ]


def _notes(dataset: Dataset, small: Dataset) -> list[str]:
    notes = ["The paper prints its results only as curves, so its claims are quoted in words."]
    if small is not dataset:
        notes.append(f"The first {USERS} of {dataset.n_users:,} users are used, as many as in the paper.")
    return notes


PROTOCOL = Protocol(
    "fuzzy",
    "002",
    "fuzzy similarity over 2, 3 and 5 sets beside MSD, singularity, pearson and cosine",
    run,
    ("jester",),
)
