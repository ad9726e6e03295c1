"""Reference models: the lab compares with them, and no page of the site uses them.

`ALL_MODELS` are all models by name: those of the engine, then the networks of this folder.
"""

from recommender.engine import registry
from recommender.engine.neural.settings import Target
from recommender.engine.registry import ModelSettings

from .deep_mf import DeepMf
from .mf import MfNetwork
from .ncf import Ncf

ALL_MODELS: dict[str, ModelSettings] = registry.MODELS | {
    "mf_network": MfNetwork(target=Target.RATING),
    "deep_mf": DeepMf(target=Target.RATING),
    "ncf": Ncf(),
}
