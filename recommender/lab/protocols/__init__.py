"""The protocols, by the names that `lab run` takes."""

from ..context import Protocol
from . import (
    ceiling,
    cold_start,
    fuzzy,
    live,
    metadata_ncf,
    neighbours,
    neural_mf,
    ranking,
    relative_age,
    rl_hybrid,
)

_ALL: tuple[Protocol, ...] = (
    neighbours.PROTOCOL,
    fuzzy.PROTOCOL,
    relative_age.PROTOCOL,
    ceiling.PROTOCOL,
    rl_hybrid.PROTOCOL,
    metadata_ncf.PROTOCOL,
    neural_mf.PROTOCOL,
    cold_start.PROTOCOL,
    ranking.PROTOCOL,
    live.PROTOCOL,
)

PROTOCOLS: dict[str, Protocol] = {protocol.name: protocol for protocol in _ALL}
