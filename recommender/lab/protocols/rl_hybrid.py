"""`rl-hybrid` (003): two sources and two agents for each user, replayed in the order of time."""

import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from recommender.engine.agents import N_STATES, Classic, Hindsight
from recommender.engine.fold_in import ItemFactors
from recommender.engine.knn import Centring, UserKnn
from recommender.engine.types import Floats, Ints

from .. import agent_replay, time_replay
from ..agent_replay import ReplayData, ReplayedBlends
from ..context import Context, Piece, PieceSettings, PredictionsByMethod, Protocol, side_by_side
from ..datasets import Dataset
from ..figures import Bars, FigureLine, Lines
from ..report import Claim, ProtocolReport, Row, Table
from ..stats import bootstrap, paired_bootstrap

PAPER_SIDE, BASELINE_SIDE, SERVED_SIDE = "weighted mean", "centred on baselines", "neighbours and factors"
SIDES = (PAPER_SIDE, BASELINE_SIDE, SERVED_SIDE)  # the collaborative source: the paper's; the site's last
SERVED_NEIGHBOURS = UserKnn(centring=Centring.BASELINE, shrinkage=3.0)
MOST_FITS, QUICK_FITS = 60, 6  # of the factors, which otherwise learn every night
QUICK_USERS, MOST_USERS = 30, 5_000
QUICK_NIGHTS, MOST_NIGHTS = 30, 500  # the most nights on which the model is fitted again
BAND_ENDS = (1, 5, 10, 20, 40, 60, 80, 120, 160, 240, 320)  # upper ends of the bands of rated images
METHODS = (
    *("cf", "cb", "naive", "best_fixed", "best_own"),
    *("rl_classic", "rl_hindsight_uninformed", "rl_hindsight", "rl_hindsight_median"),
    *("outcome_mean", "outcome_median"),
)


def run(dataset: Dataset, context: Context) -> ProtocolReport:
    """Predicts every rating in the order of time, then learns from it; each user's second half is scored."""
    dataset.varied()
    dataset.clock()
    everything = time_replay.sessions_of(dataset)
    wanted = _chosen(dataset, context)
    sessions = [one for one in everything if one.user in wanted]
    days = _days(sessions, QUICK_NIGHTS if context.quick else MOST_NIGHTS)
    history, features = (
        time_replay.History(dataset),
        time_replay.image_features(dataset, context.rng("content")),
    )

    blocks = _blocks(list(days), QUICK_FITS if context.quick else MOST_FITS)

    def compute(settings: PieceSettings) -> Piece:
        nights = settings["nights"]
        models = _models(time_replay.factors_at(history, features, nights[0]))
        found = [time_replay.predict_day(history, features, models, days[night]) for night in nights]
        return {
            "cells": np.concatenate([one.cells for one in found]).tolist(),
            "cb": np.concatenate([one.cb for one in found]).tolist(),
            **{name: np.concatenate([one.cf[name] for one in found]).tolist() for name in models},
        }

    pieces = context.pieces("nights", [{"nights": block} for block in blocks], compute, at_once=True)
    columns = {name: _column(pieces, name, len(dataset)) for name in ("cb", *SIDES)}
    order = _order(dataset, sessions)
    scaled = {name: 1.0 + 4.0 * dataset.scale.unit(column) for name, column in columns.items()}
    ratings = 1.0 + 4.0 * dataset.scale.unit(dataset.values)
    replays = {
        name: ReplayData(dataset.users, dataset.items, ratings, scaled[name], scaled["cb"]) for name in SIDES
    }
    agents = _agents(sessions, replays, context)
    found = {name: _answers(dataset, sessions, replays[name], agents[name], order) for name in SIDES}
    weights = {name: {one: agents[name][one] for one in ("rl_classic", "rl_hindsight")} for name in SIDES}
    return _report(dataset, context, order, found, weights, _notes(dataset, len(wanted), sessions, len(days)))


def _blocks(nights: Sequence[float], most: int) -> list[list[float]]:
    """The nights in at most so many blocks; the factors learn on the first night of each."""
    length = math.ceil(len(nights) / most)
    return [list(nights[start : start + length]) for start in range(0, len(nights), length)]


def _models(factors: ItemFactors | None) -> Mapping[str, time_replay.CollaborativeModel]:
    """The collaborative models by side."""
    return {
        PAPER_SIDE: time_replay.neighbours(UserKnn()),
        BASELINE_SIDE: time_replay.neighbours(UserKnn(centring=Centring.BASELINE)),
        SERVED_SIDE: time_replay.neighbours_and_factors(SERVED_NEIGHBOURS, factors),
    }


def _chosen(dataset: Dataset, context: Context) -> set[int]:
    """The users that are replayed; the model always learns from all users."""
    people = np.unique(dataset.users)
    most = QUICK_USERS if context.quick else MOST_USERS
    if len(people) > most:
        people = context.rng("people").choice(people, most, replace=False)
    return set(people.tolist())


def _days(sessions: Sequence[time_replay.Session], most: int) -> dict[float, list[time_replay.Session]]:
    """The sessions by the night whose model they use: the night before, or an earlier one.

    An earlier night is used if there would be more than `most` nights.
    """
    nights = sorted({one.night for one in sessions})
    learnt = np.array(nights)[:: -(-len(nights) // most)]
    return {night: list(day) for night, day in groupby(sessions, lambda one: _latest(learnt, one.night))}


def _latest(nights: Floats, night: float) -> float:
    return float(nights[np.searchsorted(nights, night, side="right") - 1])


def _column(pieces: Sequence[Mapping[str, Any]], name: str, n: int) -> Floats:
    column = np.full(n, np.nan)
    for piece in pieces:
        column[piece["cells"]] = piece[name]
    return column


def _order(dataset: Dataset, sessions: Sequence[time_replay.Session]) -> Ints:
    """(n,): the number of images that the user rated before each rating; -1 for users not replayed."""
    count, order = np.zeros(dataset.n_users, dtype=np.int64), np.full(len(dataset), -1, dtype=np.int64)
    for session in sessions:
        order[session.cells] = count[session.user] + np.arange(len(session.cells))
        count[session.user] += len(session.cells)
    return order


def _notes(dataset: Dataset, people: int, sessions: Sequence[time_replay.Session], learnt: int) -> list[str]:
    notes = [*dataset.remarks, *([] if dataset.views else ["A rating also counts as a view."])]
    nights = len({one.night for one in sessions})
    if learnt < nights:
        notes.append(f"The model learns on {learnt:,} of {nights:,} nights, and the latest model is used.")
    if people < len(np.unique(dataset.users)):
        notes.append(f"{people:,} random users are replayed; the model learns from all users.")
    return notes


def _second_half(dataset: Dataset, order: Ints) -> Any:
    return (order >= 0) & (order >= np.bincount(dataset.users, minlength=dataset.n_users)[dataset.users] // 2)


def _agents(
    sessions: Sequence[time_replay.Session], replays: Mapping[str, ReplayData], context: Context
) -> dict[str, dict[str, ReplayedBlends]]:
    """The replay of each kind of agents, by side and method."""
    seed = context.seed  # the context itself does not go to another process

    def replayed(one: PieceSettings) -> ReplayedBlends:
        data, method = replays[one["side"]], one["method"]
        if method == "rl_classic":
            return agent_replay.classic(sessions, data, Classic(), Context(seed).rng("classic"))
        return agent_replay.hindsight(sessions, data, Hindsight(), informed=method == "rl_hindsight")

    methods = ("rl_classic", "rl_hindsight_uninformed", "rl_hindsight")
    each: list[PieceSettings] = [{"side": name, "method": method} for name in SIDES for method in methods]
    found: dict[str, dict[str, ReplayedBlends]] = {name: {} for name in SIDES}
    results = side_by_side(replayed, each)
    for one in context.progress(each, "agents"):
        found[one["side"]][one["method"]] = next(results)
    return found


def _answers(
    dataset: Dataset,
    sessions: Sequence[time_replay.Session],
    one: ReplayData,
    agents: Mapping[str, ReplayedBlends],
    order: Ints,
) -> PredictionsByMethod:
    """The predictions of all methods on the data's own scale."""
    informed = agents["rl_hindsight"]
    mean, middle = agent_replay.outcome(sessions, one, informed)
    answers = {
        "cf": one.cf,
        "cb": one.cb,
        "naive": (one.cf + one.cb) / 2,
        "best_fixed": _best(one, _second_half(dataset, order), np.zeros_like(one.users)),
        "best_own": _best(one, _second_half(dataset, order), one.users),
        **{method: replayed.answers for method, replayed in agents.items()},
        "rl_hindsight_median": agent_replay.median(sessions, one, informed),
        "outcome_mean": mean,
        "outcome_median": middle,
    }
    back = dataset.scale.low + dataset.scale.span / 4.0 * (np.stack(list(answers.values())) - 1.0)
    return dict(zip(answers, back, strict=True))


def _best(one: ReplayData, scored: Any, groups: Ints) -> Floats:
    """The best share of each group, picked afterwards: with the smallest error on its scored ratings."""
    shares = np.unique([round(a / (a + b), 6) for a in range(N_STATES) for b in range(N_STATES) if a + b])
    errors = [np.abs(share * one.cf + (1 - share) * one.cb - one.given) for share in shares]
    sums = np.stack([np.bincount(groups[scored], error[scored], groups.max() + 1) for error in errors])
    best: Floats = shares[np.argmin(sums, axis=0)][groups]
    return best * one.cf + (1 - best) * one.cb


def _report(
    dataset: Dataset,
    context: Context,
    order: Ints,
    found: Mapping[str, PredictionsByMethod],
    weights: Mapping[str, Mapping[str, ReplayedBlends]],
    notes: Sequence[str],
) -> ProtocolReport:
    scored = _second_half(dataset, order)
    rows = [row for name, answers in found.items() for row in _rows(dataset, context, name, answers, scored)]
    steps = _by_images(dataset, order, found[PAPER_SIDE])
    trajectory = _trajectory(order, weights)
    beats = [_beats(dataset, order, name, answers) for name, answers in found.items()]
    return ProtocolReport(
        protocol="rl-hybrid",
        dataset=dataset.name,
        title="Agents that weigh two sources",
        split=(
            "each user's ratings in the order of time; agents learn from all of them, the second half is "
            "scored"
        ),
        about=(
            "A prediction uses the ratings of all users until the midnight before it, and the user's own "
            "ratings until the start of the session (ratings within a minute). Calibration, baselines, "
            "informed start and the model of the median follow the same rule. Only best_fixed and best_own "
            "look ahead: they are the best single share for all users, and for each user, picked on the "
            f"scored ratings. `{SERVED_SIDE}` is the side that the site serves; its factors learn on at most "
            f"{MOST_FITS} of the nights. `outcome_mean` and `outcome_median` are what the site makes of the "
            "blend: a few numbers learnt at midnight; the mean orders, the median is shown. "
            "`rl_hindsight_median` is a larger model of it, which is not served."
        ),
        data=dataset.describe(),
        rows=rows,
        tables=[
            *(
                Table(f"Collaborative side: {name}", [r for r in rows if r["cf"] == name], COLUMNS)
                for name in SIDES
            ),
            Table("MAE by images rated before", steps),
            Table("Mean weights by images rated before", trajectory),
            Table("Ratings until the agents beat equal weights", beats),
        ],
        figures=_figures(rows, steps, trajectory),
        claims=_claims(rows),
        notes=notes,
        extra={"by_images": steps, "weights": trajectory, "beats_naive": beats},
    )


COLUMNS = ("method", "mae", "rmse", "of_naive", "of_best_fixed", "below_naive", "below_best_fixed")


def _rows(
    dataset: Dataset, context: Context, name: str, answers: PredictionsByMethod, scored: Any
) -> list[dict[str, Any]]:
    users = dataset.users[scored]
    errors = {method: np.abs(answers[method] - dataset.values)[scored] for method in METHODS}
    rows = []
    for method, error in errors.items():
        mae = bootstrap(error, users, context.rng("mae", name, method))
        row: dict[str, Any] = {
            "method": method,
            "cf": name,
            "mae": mae.value,
            "mae_low": mae.low,
            "mae_high": mae.high,
        }
        row["rmse"] = float(np.sqrt((error**2).mean()))
        for other in ("naive", "best_fixed"):
            apart = paired_bootstrap(errors[other], error, users, context.rng("apart", name, method, other))
            row |= {f"of_{other}": float(error.mean() / errors[other].mean()), f"below_{other}": apart.value}
            row |= {f"below_{other}_low": apart.low, f"below_{other}_high": apart.high}
        rows.append(row)
    return rows


def _bands(order: Ints) -> list[tuple[str, int, Any]]:
    """(name, upper end, ratings) of each band of rated images that contains ratings."""
    bands = [
        (f"{low} to {high - 1}" if high - low > 1 else f"{low}", high, (order >= low) & (order < high))
        for low, high in zip((0, *BAND_ENDS), (*BAND_ENDS, 10**9), strict=True)
    ]
    bands[-1] = (f"{BAND_ENDS[-1]} or more", 2 * BAND_ENDS[-1], bands[-1][2])
    return [band for band in bands if band[2].any()]


def _by_images(dataset: Dataset, order: Ints, answers: PredictionsByMethod) -> list[dict[str, Any]]:
    errors = {method: np.abs(answer - dataset.values) for method, answer in answers.items()}
    return [
        {"images": name, "upto": end, "ratings": int(here.sum())}
        | {method: float(error[here].mean()) for method, error in errors.items()}
        for name, end, here in _bands(order)
    ]


def _trajectory(order: Ints, weights: Mapping[str, Mapping[str, ReplayedBlends]]) -> list[dict[str, Any]]:
    columns = {
        f"{method} {side}, {name}": column
        for name, by_method in weights.items()
        for method, one in by_method.items()
        for side, column in (("w_cf", one.w_cf), ("w_cb", one.w_cb))
    }
    return [
        {"images": name, "upto": end}
        | {label: float(column[here].mean()) for label, column in columns.items()}
        for name, end, here in _bands(order)
    ]


def _beats(dataset: Dataset, order: Ints, name: str, answers: PredictionsByMethod) -> dict[str, Any]:
    """The first band from which on the agents' error is below that of equal weights in all bands."""
    errors = {
        method: np.abs(answers[method] - dataset.values) for method in ("naive", "rl_classic", "rl_hindsight")
    }
    row: dict[str, Any] = {"cf": name}
    for method in ("rl_classic", "rl_hindsight"):
        lower = [float((errors[method] - errors["naive"])[here].mean()) < 0 for _, _, here in _bands(order)]
        last = max((place for place, better in enumerate(lower) if not better), default=-1)
        bands = [band for band, _, _ in _bands(order)]
        row[method] = f"from {bands[last + 1]} on" if last + 1 < len(bands) else "never for good"
    return row


def _figures(rows: Sequence[Row], steps: Sequence[Row], trajectory: Sequence[Row]) -> list[Bars | Lines]:
    mine = [row for row in rows if row["cf"] == PAPER_SIDE]
    shown = [method for method in METHODS if method not in {"rl_hindsight_uninformed", "best_own"}]
    x = [row["upto"] for row in steps]
    return [
        Lines(
            "mae_by_images",
            "MAE by number of images rated (003, figure 2)",
            "images rated before",
            "MAE",
            [FigureLine(method, x, [row[method] for row in steps]) for method in shown],
            log_x=True,
        ),
        Bars(
            "mae",
            "MAE of each person's second half (003, table 3)",
            "MAE",
            "",
            *([row[key] for row in mine] for key in ("method", "mae", "mae_low", "mae_high")),
        ),
        Lines(
            "weights",
            "Mean weights of the agents",
            "images rated before",
            "weight",
            [
                FigureLine(label, x, [row[label] for row in trajectory])
                for label in trajectory[0]
                if label.endswith(PAPER_SIDE) and label.startswith("rl_")
            ],
            log_x=True,
        ),
    ]


def _claims(rows: Sequence[Row]) -> list[Claim]:
    """The paper's claims on its own collaborative source; our claims on both."""
    return [
        _less_error_claim(rows, PAPER_SIDE, "003", "Q-learning", "rl_classic", "naive", "equal weights"),
        *(
            _less_error_claim(rows, side, "ours", "learning in hindsight", "rl_hindsight", rival, named)
            for side in SIDES
            for rival, named in (("naive", "equal weights"), ("best_fixed", "the best share for everybody"))
        ),
    ]


def _less_error_claim(
    rows: Sequence[Row], side: str, source: str, who: str, method: str, rival: str, named: str
) -> Claim:
    by = {row["method"]: row for row in rows if row["cf"] == side}
    row, other = by[method], by[rival]
    said = f"{side}: {row['mae']:.4f} against {other['mae']:.4f}, {row[f'of_{rival}']:.3f} of it"
    low, high = row[f"below_{rival}_low"], row[f"below_{rival}_high"]
    return Claim(
        source, f"{who} errs less than {named}", said, "yes" if low > 0 else "no" if high < 0 else "not apart"
    )


PROTOCOL = Protocol(
    "rl-hybrid", "003", "both sources, fixed blends and the agents, replayed in the order of time", run
)
