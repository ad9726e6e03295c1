"""Small tasks for networks, and settings under which a training takes a second; one of each network."""

import numpy as np

from recommender.engine.neural.metadata import MetadataTable
from recommender.engine.neural.metadata_ncf import MetadataNcf
from recommender.engine.neural.network import FittedNetwork, Network
from recommender.engine.neural.settings import TrainingSettings
from recommender.engine.types import Interactions
from recommender.lab.models.deep_mf import DeepMf
from recommender.lab.models.mf import MfNetwork
from recommender.lab.models.ncf import Ncf

SHORT = TrainingSettings(epochs=15, batch=32, learning_rate=0.02, held_out=0.1, patience=3)
NETWORKS: dict[str, Network] = {
    "mf": MfNetwork(factors=4, training=SHORT),
    "deep_mf": DeepMf(factors=4, widths=(8,), training=SHORT),
    "ncf": Ncf(factors=4, widths=(8, 4), training=SHORT),
    "metadata_ncf": MetadataNcf(factors=4, widths=(8, 4), training=SHORT),
}


def two_camps(n_users: int = 40, n_items: int = 20) -> tuple[Interactions, MetadataTable]:
    """Even users give even items 5 and odd ones 1, odd users the reverse; age and town say who is even. User
    0 and item 0 have no rating."""
    users, items = np.divmod(np.arange(n_users * n_items), n_items)
    kept = ((users + items) % 3 > 0) & (users > 0) & (items > 0)
    values = np.where((users + items) % 2 == 0, 5.0, 1.0)
    even = np.arange(n_users) % 2 == 0
    table = MetadataTable.of(np.where(even, 20.0, 60.0)[:, None], np.where(even, "sea", "hill")[:, None])
    shape = {"n_users": n_users, "n_items": n_items}
    return Interactions.from_triples(users[kept], items[kept], values[kept], **shape), table


def fitted(name: str, seed: int = 0) -> FittedNetwork:
    world, table = two_camps()
    network = NETWORKS[name]
    return network.fit(world, np.random.default_rng(seed), table if network.reads_metadata else None)
