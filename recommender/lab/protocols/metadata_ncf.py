"""`metadata-ncf` (000): MF, NCF, and NCF with metadata: loss, precision, recall, seconds for an epoch."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from recommender.engine.knn import Centring, UserKnn
from recommender.engine.neural.metadata import MetadataTable
from recommender.engine.neural.metadata_ncf import MetadataNcf
from recommender.engine.neural.network import FittedNetwork, Network
from recommender.engine.neural.settings import Adam, Target, TrainingSettings
from recommender.engine.similarity import Pearson
from recommender.engine.types import Floats, Interactions, Ints, Scale

from .. import generated
from ..context import Context, Piece, PieceSettings, Protocol
from ..datasets import Dataset
from ..figures import FigureLine, Lines, Matrices
from ..models.mf import MfNetwork
from ..models.ncf import Ncf
from ..networks import (
    PRECISE,
    cross_entropy,
    liked_of,
    metadata_of,
    seconds_of_original_epoch,
    train_timed,
    yes_no,
)
from ..report import Claim, ProtocolReport
from ..report import Table as ReportTable
from ..stats import paired_bootstrap

TABLE_2: list[dict[str, Any]] = [  # as printed in the paper
    {"method": "MF", "loss": 0.2729, "precision": 0.8083, "recall": 0.8105, "seconds_per_epoch": 96.0},
    {"method": "NCF", "loss": 0.1727, "precision": 0.8945, "recall": 0.8720, "seconds_per_epoch": 580.0},
    {
        "method": "Modified NCF",
        "loss": 0.1139,
        "precision": 0.8560,
        "recall": 0.9897,
        "seconds_per_epoch": 25.0,
    },
]
PAPER_NETWORKS = ("mf", "ncf", "metadata_ncf")  # in the order of table 2
UNSEEN_SHARE, TEST_CELLS_SHARE = 0.05, 0.2  # share of users held out; share of the other users' cells
KNN_USERS = 1_000  # users for whom neighbours are computed: each costs a pass over all users
WATCHED = 50_000  # test cells for each point of a learning curve
MANY_USERS = 50_000  # with this many users the paper's claim of speed is evaluated
SECONDS = ("seconds_per_epoch", "seconds_made_up")
COLUMNS = ("method", "loss", "precision", "recall", "recall_at_85", "accuracy", "epochs", *SECONDS)
ABOUT = (
    "Every method predicts the probability that a user does (or likes) an item. `recall at 85` is the "
    "highest recall of all thresholds with a precision of at least 0.85. Precision, recall and accuracy use "
    "the threshold one half. `ceiling` is the best possible result, from the generator's own probabilities. "
    "The original Adam moves the embeddings of all users in each step. `mf` and `ncf` reach its weights by "
    "making up for a user's missed moves when a batch uses the user; the seconds of an epoch are those of "
    "the original, from a twentieth of the pairs, and `seconds made up` their own. `ncf_lazy` is the same "
    "network with an Adam that moves only the embeddings of a batch. Seconds of an epoch are medians without "
    "the first epoch, which includes compilation. They include other load of the machine; their ratios are "
    "from one process."
)
BINARY: dict[str, Any] = {"target": Target.LIKED, "liked_from": 0.5}


@dataclass(frozen=True, eq=False)
class Task:
    """The yes-or-no task for every method: train on `ratings`, predict the cells `known` and `strange`.

    `strange` are the cells of unseen users.
    """

    dataset: Dataset
    liked: Floats
    ratings: Interactions
    metadata: MetadataTable
    known: Ints
    strange: Ints

    @classmethod
    def of(cls, dataset: Dataset, rng: np.random.Generator) -> "Task":
        """A twentieth of the users is held out from all methods, and a fifth of the other users' cells."""
        strangers = np.zeros(dataset.n_users, dtype=bool)
        strangers[rng.permutation(dataset.n_users)[: max(1, round(UNSEEN_SHARE * dataset.n_users))]] = True
        strange = strangers[dataset.users]
        held = ~strange & (rng.random(len(dataset)) < TEST_CELLS_SHARE)
        taught_cells, liked = ~strange & ~held, liked_of(dataset)
        ratings = Interactions.from_triples(
            dataset.users[taught_cells],
            dataset.items[taught_cells],
            liked[taught_cells],
            n_users=dataset.n_users,
            n_items=dataset.n_items,
            scale=Scale(0.0, 1.0),
        )
        return cls(
            dataset, liked, ratings, metadata_of(dataset), np.flatnonzero(held), np.flatnonzero(strange)
        )

    def pairs(self, cells: Ints) -> tuple[Ints, Ints]:
        return self.dataset.users[cells], self.dataset.items[cells]


def paper_networks(context: Context, dense: bool) -> dict[str, Network]:
    """The networks of the paper; on large data the id-based networks stop early after a few epochs."""
    few = 12 if context.quick else 25
    training = TrainingSettings(epochs=few, held_out=0.05, patience=2)
    by_id = replace(training, epochs=min(few, 12), decay=0.01 if dense else 0.03, adam=Adam.CAUGHT_UP)
    return {
        "mf": MfNetwork(factors=11, training=by_id, **BINARY),
        "ncf": Ncf(training=by_id, **BINARY),
        "ncf_lazy": Ncf(training=replace(by_id, adam=Adam.USED), **BINARY),
        "metadata_ncf": MetadataNcf(training=training if dense else replace(training, decay=0.01), **BINARY),
    }


def run(dataset: Dataset, context: Context) -> ProtocolReport:
    task = Task.of(dataset, context.rng("task"))
    methods = paper_networks(context, dense=len(dataset) > 0.5 * dataset.n_users * dataset.n_items)
    each = [{"method": name} for name in ("random", "popular", "user_knn", *methods)]

    def compute(settings: PieceSettings) -> Piece:
        name = settings["method"]
        return (
            _network(task, methods[name], context, name) if name in methods else _plain(task, name, context)
        )

    pieces = dict(zip([one["method"] for one in each], context.pieces("methods", each, compute), strict=True))
    rows = [_row(name, group, pieces[name]) for group in ("known", "strangers") for name in pieces]
    rows += _ceilings(task)
    speed = {
        f"{name}_by_metadata_ncf": pieces[name]["seconds_per_epoch"]
        / pieces["metadata_ncf"]["seconds_per_epoch"]
        for name in ("mf", "ncf", "ncf_lazy")
    }
    apart = [
        _loss_difference(task, pieces, group, name, context)
        for group in ("known", "strangers")
        for name in ("ncf", "user_knn")
    ]
    return ProtocolReport(
        protocol=PROTOCOL.name,
        dataset=dataset.name,
        title="NCF with the user's metadata in place of the user's id",
        about=ABOUT,
        data=dataset.describe(),
        split=(
            f"{UNSEEN_SHARE:.0%} of the users held out (strangers), and {TEST_CELLS_SHARE:.0%} of the "
            "others' cells (known)."
        ),
        rows=rows,
        tables=[
            ReportTable("The paper's table 2", TABLE_2),
            ReportTable("Known users", [row for row in rows if row["group"] == "known"], COLUMNS),
            ReportTable(
                "Unseen users (strangers)", [row for row in rows if row["group"] == "strangers"], COLUMNS[:6]
            ),
            ReportTable(
                "Cross-entropy of metadata_ncf minus that of another, 95 % intervals over users", apart
            ),
        ],
        figures=[*_curves(pieces, methods), *_confusion(pieces)],
        claims=_claims(rows, speed, dataset.n_users, bool(dataset.measures.size)),
        notes=_notes(rows, speed, apart),
        extra={"epoch_ratio": speed, "differences": apart},
    )


def _network(task: Task, network: Network, context: Context, name: str) -> Piece:
    watched = task.known[:: max(1, len(task.known) // WATCHED)]
    liked = task.liked[watched] > 0
    users, items = task.pairs(watched)

    def watch(reached: FittedNetwork) -> dict[str, float]:
        figures = yes_no(reached.predict(users, items).values, liked)
        return {f"test_{name}": figures[name] for name in ("loss", "precision", "recall")}

    table = task.metadata if network.reads_metadata else None
    # The same generator for both variants of Adam, so that their rows differ only by the variant.
    rng = context.rng("fit", name.removesuffix("_lazy"))
    fitted, log = train_timed(network, task.ratings, table, rng, context.clock, watch)
    answers = {group: fitted.predict(*task.pairs(cells)).values for group, cells in _groups(task)}
    seconds = {"seconds_per_epoch": log.seconds_per_epoch}
    if network.training.adam is Adam.CAUGHT_UP:
        seconds = {
            "seconds_per_epoch": seconds_of_original_epoch(
                network, task.ratings, context.rng("timed"), context.clock
            ),
            "seconds_made_up": log.seconds_per_epoch,
        }
    return _scored(task, answers) | seconds | {"epochs": len(log.epochs), "curve": log.epochs}


def _plain(task: Task, name: str, context: Context) -> Piece:
    """random: a random order with one probability; popular: the item's share; user_knn: similar users."""
    if name == "user_knn":
        asked = {group: _few(task, cells) for group, cells in _groups(task)}
        return _scored(task, {group: _neighbours(task, cells) for group, cells in asked.items()}, asked)
    shares, rng = _shares(task.ratings), context.rng("random")
    answers = {
        group: shares[task.dataset.items[cells]] if name == "popular" else rng.uniform(0.0, 1.0, len(cells))
        for group, cells in _groups(task)
    }
    return _scored(task, answers)


def _groups(task: Task) -> list[tuple[str, Ints]]:
    return [("known", task.known), ("strangers", task.strange)]


def _shares(ratings: Interactions) -> Floats:
    """(n_items,): the share of yes of each item, with one yes and one no added."""
    yes = np.bincount(ratings.indices, weights=ratings.values, minlength=ratings.n_items)
    return (yes + 1.0) / (ratings.item_counts + 2.0)


def _few(task: Task, cells: Ints) -> Ints:
    """The cells of the first KNN_USERS users, for the neighbours."""
    users = np.unique(task.dataset.users[cells])[:KNN_USERS]
    return cells[np.isin(task.dataset.users[cells], users)]


def _neighbours(task: Task, cells: Ints) -> Floats:
    """Mean-centred user-kNN on yes and no; the strongest neighbourhood for two values."""
    fitted = UserKnn(Pearson(), significance=10, centring=Centring.MEAN).fit(task.ratings)
    return fitted.predict(*task.pairs(cells)).values


def _scored(task: Task, answers: dict[str, Floats], of: dict[str, Ints] | None = None) -> Piece:
    """Figures and confusion matrix of each group of cells, and each user's losses for the intervals."""
    piece: Piece = {}
    for group, chance in answers.items():
        cells = (of or dict(_groups(task)))[group]
        liked, users = task.liked[cells] > 0, task.dataset.users[cells]
        people, place = np.unique(users, return_inverse=True)
        losses = np.bincount(place, weights=cross_entropy(chance, liked))
        yes = chance >= 0.5
        parts = [
            [(yes & liked).mean(), (yes & ~liked).mean()],
            [(~yes & liked).mean(), (~yes & ~liked).mean()],
        ]
        piece[group] = {
            **yes_no(chance, liked),
            "pairs": len(cells),
            "confusion": [[float(share) for share in row] for row in parts],
            "users": people.tolist(),
            "losses": np.round(losses / np.bincount(place), 6).tolist(),
        }
    return piece


def _row(name: str, group: str, piece: Piece) -> dict[str, Any]:
    figures = {
        key: value for key, value in piece[group].items() if key not in {"confusion", "users", "losses"}
    }
    told = {key: piece[key] for key in ("epochs", *SECONDS) if key in piece}
    return {"method": name, "group": group, **figures, **told}


def _ceilings(task: Task) -> list[dict[str, Any]]:
    """The row of the best possible result; empty for data that was not generated."""
    if task.dataset.measure_names != generated.BODY_MEASURES:
        return []
    chances = generated.chances(task.dataset.measures)
    rows = []
    for group, cells in _groups(task):
        best = generated.ceiling(chances[task.pairs(cells)], PRECISE)
        figures = {
            "loss": best.loss,
            "precision": best.precision,
            "recall": best.recall,
            "recall_at_85": best.recall_at,
        }
        rows.append({"method": "ceiling", "group": group, **figures})
    return rows


def _loss_difference(
    task: Task, pieces: dict[str, Piece], group: str, other: str, context: Context
) -> dict[str, Any]:
    """Loss of metadata_ncf minus that of `other`, averaged by user, on users with predictions of both."""
    ours, theirs = pieces["metadata_ncf"][group], pieces[other][group]
    users, mine, yours = np.intersect1d(ours["users"], theirs["users"], return_indices=True)
    a, b = np.array(ours["losses"])[mine], np.array(theirs["losses"])[yours]
    value, low, high = paired_bootstrap(
        a, b, users, context.rng("interval", group, other), 200 if context.quick else 1000
    )
    return {
        "against": other,
        "group": group,
        "loss": value,
        "loss_low": low,
        "loss_high": high,
        "users": len(users),
    }


def _curves(pieces: dict[str, Piece], methods: dict[str, Network]) -> list[Lines]:
    """The paper's figure 3, one chart for each metric; dotted lines are the paper's results of table 2."""
    pictures = []
    for figure in ("loss", "precision", "recall"):
        lines = []
        for name in (*PAPER_NETWORKS, *(name for name in methods if name not in PAPER_NETWORKS)):
            curve = pieces[name]["curve"]
            lines.append(
                FigureLine(name, [row["epoch"] for row in curve], [row[f"test_{figure}"] for row in curve])
            )
        title = f"{figure.title()} on test cells (000, figure 3)"
        ended = [(f"{row['method']}, source", row[figure]) for row in TABLE_2]
        pictures.append(Lines(f"curve_{figure}", title, "epoch", figure, lines, levels=ended))
    return pictures


def _confusion(pieces: dict[str, Piece]) -> list[Matrices]:
    """The paper's figure 4 with our confusion matrices.

    The paper's own shares are not readable. They are computed from precision and recall of its table 2, with
    our share of yes.
    """
    ours = [(name, pieces[name]["known"]["confusion"]) for name in PAPER_NETWORKS]
    yes = ours[0][1][0][0] + ours[0][1][1][0]
    source = []
    for row in TABLE_2:
        right = yes * row["recall"]
        wrong = right * (1.0 - row["precision"]) / row["precision"]
        source.append((f"{row['method']}, source", [[right, wrong], [yes - right, 1.0 - yes - wrong]]))
    title = "Said (rows) and true (columns: yes, no) (000, figure 4)"
    other = "The source, by its table 2 and our share of yes"
    return [
        Matrices("confusion", title, "", "said", ours),
        Matrices("confusion_source", other, "", "said", source),
    ]


def _claims(
    rows: list[dict[str, Any]], speed: dict[str, float], users: int, known_ceiling: bool
) -> list[Claim]:
    of = {(row["method"], row["group"]): row for row in rows}
    ours, ncf = of["metadata_ncf", "known"], of["ncf", "known"]
    gain = ours["recall"] / ncf["recall"] - 1 if ncf["recall"] else np.inf
    recall = (
        f"{ours['recall_at_85']:.4f} at {PRECISE}; at one half {ours['recall']:.4f} with "
        f"{ours['precision']:.4f}"
    )
    if known_ceiling:
        recall += f" (ceiling {of['ceiling', 'known']['recall_at_85']:.4f})"
    reached = ours["recall_at_85"] >= 0.98
    return [
        Claim("000", "recall 0.9897 at precision 0.8560", recall, "yes" if reached else "no"),
        Claim("000", "recall 12 % above NCF", f"{gain:+.1%} at one half", "yes" if gain >= 0.1 else "no"),
        Claim(
            "000",
            "an epoch in 25 s instead of 580 s (23 x)",
            f"{speed['ncf_by_metadata_ncf']:.1f} x",
            _holds(speed, users),
        ),
    ]


def _holds(speed: dict[str, float], users: int) -> str:
    """Whether the claim of speed holds; not tested with few users, whose few embeddings cost little."""
    if users < MANY_USERS:
        return "not tested"
    return "yes" if speed["ncf_by_metadata_ncf"] >= 20 else "no"


def _notes(rows: list[dict[str, Any]], speed: dict[str, float], apart: list[dict[str, Any]]) -> list[str]:
    worse = [f"{row['against']} ({row['group']})" for row in apart if row["loss_low"] > 0]
    notes = [f"user_knn predicts for at most {KNN_USERS:,} users of each group, all others for all users."]
    exact, lazy = speed["ncf_by_metadata_ncf"], speed["ncf_lazy_by_metadata_ncf"]
    if exact > 2 * lazy:
        notes.append(
            f"With an Adam that moves only the embeddings of a batch, an epoch of NCF takes {lazy:.1f} times "
            "as long as one of metadata NCF: most of the paper's factor is the optimiser's work on "
            "embeddings, not the network's."
        )
    if worse:
        notes.append(f"The loss of metadata NCF is significantly worse than that of {', '.join(worse)}.")
    right = {(row["method"], row["group"]): row["accuracy"] for row in rows if row["method"] != "ceiling"}
    for group in ("known", "strangers"):
        knn, ours = right["user_knn", group], right["metadata_ncf", group]
        if knn > ours:
            notes.append(
                f"Neighbours are right more often ({group}): user_knn {knn:.4f}, metadata_ncf {ours:.4f}."
            )
    return notes


PROTOCOL = Protocol(
    "metadata-ncf",
    "000",
    "NCF with metadata in place of the user's id, for known people and for strangers",
    run,
    ("generated", "ml-100k"),
)
