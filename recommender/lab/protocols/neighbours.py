"""`neighbours` (002, 003): all similarities, ways of averaging and numbers of neighbours; errors by group."""

from collections.abc import Sequence

import numpy as np

from ..context import Context, Protocol
from ..datasets import Dataset
from ..figures import Curve, Figure, Lines
from ..neighbourhoods import (
    CENTRINGS,
    TOP_NS,
    CloserLook,
    choose,
    look_closer,
    neighbourhood_run,
    sweep_rows,
    user_steps,
)
from ..report import Claim, ProtocolReport, Row, Table, number
from ..stats import bootstrap_sums

SITE_K = 40
BANDS = ((0, 9), (10, 19), (20, 49), (50, 99), (100, 199), (200, 10**9))  # numbers of a user's ratings
ABOUT = (
    "User-based collaborative filtering with all similarities, three ways of averaging the neighbours' "
    "ratings (plain; minus each neighbour's mean; minus baselines of mean, user and item), and the k "
    "nearest neighbours who rated the item. Each rating of a test part is predicted from the training part "
    "alone. MAE and RMSE are in units of the scale. For precision and recall an item is liked from a rating "
    "of {threshold:g} on. The best settings were picked on the test parts, as in the papers, so differences "
    "of a few thousandths may be chance."
)


def run(dataset: Dataset, context: Context) -> ProtocolReport:
    """Runs the sweep, then the closer look at the reference and at the best of each way of averaging."""
    dataset.varied()
    experiment = neighbourhood_run(dataset, context)
    rows = sweep_rows(experiment)
    close = look_closer(experiment, choose(rows))
    bands, steps = _bands(close), user_steps(experiment.dataset.n_users)
    return ProtocolReport(
        protocol=PROTOCOL.name,
        dataset=dataset.name,
        title="Neighbourhoods: similarity, averaging, number of neighbours",
        about=ABOUT.format(threshold=experiment.threshold),
        data=experiment.dataset.describe(),
        split=", ".join(fold.name for fold in experiment.folds)
        + "; every figure is the mean over these test parts",
        rows=rows,
        tables=[_best(rows), _at_site_k(rows), *_closer_tables(close, context, bands, steps)],
        figures=[*_sweep_figures(rows), *_closer_figures(close, steps)],
        claims=[*_claims_of_002(rows), *_claims_of_003(close, bands)],
        notes=[*dataset.remarks, *_notes(rows, close, steps)],
        extra={
            "mae_by_ratings_given": bands,
            "mae_by_users": [_by_step(close, steps, n) for n in range(len(steps))],
            "precision_of_top_n": _tops(close),
        },
    )


def _of(rows: Sequence[Row], similarity: str, centring: str) -> list[Row]:
    return [row for row in rows if (row["similarity"], row["centring"]) == (similarity, centring)]


def _similarities(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row["similarity"] for row in rows))


def _best(rows: Sequence[Row]) -> Table:
    """The lowest MAE of each similarity and centring, with its k."""
    table = []
    for similarity in _similarities(rows):
        best = {
            way: min(_of(rows, similarity, way), key=lambda row: row["mae"]) for way in CENTRINGS.values()
        }
        table.append(
            {"similarity": similarity}
            | {way: f"{row['mae']:.4f} (k {row['k']})" for way, row in best.items()}
        )
    return Table("Lowest MAE, and the k at which it was found", table)


def _at_site_k(rows: Sequence[Row]) -> Table:
    shown = [row for row in rows if row["k"] == SITE_K]
    columns = ["similarity", "centring", "mae", "rmse", "precision", "recall"]
    return Table(f"All similarities with k = {SITE_K}, fixed beforehand", shown, columns)


def _bands(close: Sequence[CloserLook]) -> list[Row]:
    """MAE by the number of the user's ratings (003, figure 2)."""
    rows: list[Row] = []
    for low, high in BANDS:
        inside = (close[0].given >= low) & (close[0].given <= high)
        cases = float(close[0].cases[inside].sum())
        if cases:
            name = f"{low} to {high}" if high < BANDS[-1][1] else f"{low} or more"
            errors = {one.chosen.label: float(one.wrong[inside].sum()) / cases for one in close}
            rows.append({"ratings given": name, "predicted": int(cases)} | errors)
    return rows


def _by_step(close: Sequence[CloserLook], steps: Sequence[int], place: int) -> Row:
    return {"users": steps[place]} | {one.chosen.label: one.by_users[place] for one in close}


def _tops(close: Sequence[CloserLook]) -> list[Row]:
    means = {one.chosen.label: np.mean(one.top, axis=0).tolist() for one in close}
    return [
        {"N": n} | {label: values[place] for label, values in means.items()} for place, n in enumerate(TOP_NS)
    ]


def _closer_tables(
    close: Sequence[CloserLook], context: Context, bands: Sequence[Row], steps: Sequence[int]
) -> list[Table]:
    reference, rng, rows = close[0], context.rng("bootstrap"), []
    for one in close:
        mae = bootstrap_sums(one.wrong.sum(axis=0), one.cases.sum(axis=0), rng)
        less = bootstrap_sums((one.wrong - reference.wrong).sum(axis=0), one.cases.sum(axis=0), rng)
        beside = (
            {"less": less.value, "less_low": less.low, "less_high": less.high} if one is not reference else {}
        )
        rows.append(
            {"neighbourhood": one.chosen.label, "k": one.chosen.k, "mae": mae.value, "mae_low": mae.low}
            | {"mae_high": mae.high, "less": None, "less_low": None, "less_high": None}
            | beside
        )
    told = f"`less` is the MAE minus that of {reference.chosen.label}, k = {reference.chosen.k}. "
    told += "In brackets: 95 % intervals of 2,000 resamples of the users."
    return [
        Table("The reference and the best of each way of averaging", rows, text=told),
        Table("MAE by the number of the user's ratings (003)", bands),
        Table(
            "MAE by the number of users (001)",
            [_by_step(close, steps, place) for place in range(len(steps))],
            text=(
                "Every line has predictions for the same random users, with a growing number of other users."
            ),
        ),
        Table("Precision of the top N of a user's test part", _tops(close)),
    ]


def _sweep_figures(rows: Sequence[Row]) -> list[Figure]:
    figures: list[Figure] = []
    for way in CENTRINGS.values():
        for figure in ("mae", "precision"):
            lines = [
                Curve(similarity, *_columns(_of(rows, similarity, way), "k", figure))
                for similarity in _similarities(rows)
            ]
            unit = "MAE (units of the scale)" if figure == "mae" else "Precision (share of recommended)"
            title = f"{'MAE' if figure == 'mae' else 'Precision'} by number of neighbours, {way}"
            name = f"{figure}-by-k-{way.replace(' ', '-')}"
            figures.append(Lines(name, title, "Nearest neighbours k", unit, lines))
    return figures


def _columns(rows: Sequence[Row], x: str, y: str) -> tuple[list[float], list[float]]:
    return [row[x] for row in rows], [row[y] for row in rows]


def _closer_figures(close: Sequence[CloserLook], steps: Sequence[int]) -> list[Figure]:
    users = [Curve(f"{one.chosen.label}, k {one.chosen.k}", steps, one.by_users) for one in close]
    tops = [
        Curve(f"{one.chosen.label}, k {one.chosen.k}", list(TOP_NS), np.mean(one.top, axis=0).tolist())
        for one in close
    ]
    given = [_rolling(one) for one in close]
    return [
        Lines(
            "mae-by-users",
            "MAE by number of users (001)",
            "Users who take part",
            "MAE (units of the scale)",
            users,
        ),
        Lines(
            "top-n-precision",
            "Precision of the top N",
            "N",
            "Precision (share of the N that are liked)",
            tops,
        ),
        Lines(
            "mae-by-ratings-given",
            "MAE by number of ratings given (003, figure 2)",
            "Ratings that the user had given (tenths of all predictions)",
            "MAE (units of the scale)",
            given,
            log_x=True,
        ),
    ]


def _rolling(one: CloserLook) -> Curve:
    """MAE in ten equal parts of the predictions, ordered by the number of the user's ratings."""
    given, wrong, cases = one.given.ravel(), one.wrong.ravel(), one.cases.ravel()
    order = np.argsort(given, kind="stable")
    tenth = np.minimum((np.cumsum(cases[order]) * 10 / cases.sum()).astype(int), 9)
    weight = np.bincount(tenth, weights=cases[order], minlength=10)
    there = weight > 0
    x = np.bincount(tenth, weights=(given * cases)[order], minlength=10)[there] / weight[there]
    y = np.bincount(tenth, weights=wrong[order], minlength=10)[there] / weight[there]
    return Curve(f"{one.chosen.label}, k {one.chosen.k}", x.tolist(), y.tolist())


def _claims_of_002(rows: Sequence[Row]) -> list[Claim]:
    """The claim "errors fall with the number of neighbours and are stable from about 30 on"."""
    own = _of(rows, "msd", "mean-centred")
    first, last = own[0], own[-1]
    middle = min(own, key=lambda row: abs(row["k"] - 30))
    falls, later = first["mae"] - middle["mae"], abs(middle["mae"] - last["mae"])
    ours = ", ".join(f"{row['mae']:.4f} at k = {row['k']}" for row in (first, middle, last))
    holds = "yes" if falls > later else "partly" if falls > 0 else "no"
    return [
        Claim(
            "002",
            "MAE falls as neighbours are added and is stable from about 30 (figure 2)",
            f"msd, mean-centred: {ours}",
            holds,
        )
    ]


def _claims_of_003(close: Sequence[CloserLook], bands: Sequence[Row]) -> list[Claim]:
    label, first, last = close[0].chosen.label, bands[0], bands[-1]
    ours = ", ".join(f"{row[label]:.4f} with {row['ratings given']} ratings" for row in (first, last))
    lowest = min(row[label] for row in bands)
    holds = "yes" if last[label] == lowest else "partly" if last[label] < first[label] else "no"
    ours += f", lowest {lowest:.4f} between" if holds == "partly" else ""
    return [
        Claim(
            "003",
            "The more images are viewed and rated, the better the prediction (figure 2)",
            f"{label}: {ours}",
            holds,
        )
    ]


def _notes(rows: Sequence[Row], close: Sequence[CloserLook], steps: Sequence[int]) -> list[str]:
    best, plain = min(rows, key=lambda row: row["mae"]), close[0].chosen
    reference = min(_of(rows, plain.name, CENTRINGS[plain.centring]), key=lambda row: row["mae"])
    share = 1 - best["mae"] / reference["mae"]
    notes = [
        f"The best single neighbourhood is {best['method']}, k = {best['k']}: MAE {best['mae']:.4f}, "
        f"{share:.1%} below {reference['method']} at its best k = {reference['k']} ({reference['mae']:.4f}).",
    ]
    fixed = [row for row in rows if row["k"] == SITE_K]
    if fixed:
        picked = min(fixed, key=lambda row: row["mae"])
        notes.append(f"With k = {SITE_K} fixed beforehand it is {picked['method']}: MAE {picked['mae']:.4f}.")
    if "weighted_pearson" not in _similarities(rows):
        notes.append("weighted_pearson is left out: the data has no release dates or no times of ratings.")
    told = ", ".join(
        f"{one.chosen.label} {number(one.by_users[0])} to {number(one.by_users[-1])}" for one in close
    )
    notes.append(f"From {steps[0]:,} to {steps[-1]:,} users the MAE goes, for the same targets: {told}.")
    return notes


PROTOCOL = Protocol(
    "neighbours",
    "002, 003",
    "every similarity and way of averaging, 10 to 100 neighbours: MAE, RMSE, precision, recall",
    run,
)
