"""The list of experiments, by the names that `lab run` takes."""

from ..context import Protocol
from . import cold_start, fuzzy, metadata_ncf, neighbours, neural_mf, ranking

_ALL: tuple[Protocol, ...] = (
    neighbours.PROTOCOL,
    fuzzy.PROTOCOL,
    ranking.PROTOCOL,
    metadata_ncf.PROTOCOL,
    neural_mf.PROTOCOL,
    cold_start.PROTOCOL,
)

PROTOCOLS: dict[str, Protocol] = {protocol.name: protocol for protocol in _ALL}
