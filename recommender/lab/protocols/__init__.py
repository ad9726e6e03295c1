"""The list of experiments, by the names that `lab run` takes."""

from ..context import Protocol
from . import cold_start, metadata_ncf, neural_mf

_ALL: tuple[Protocol, ...] = (
    metadata_ncf.PROTOCOL,
    neural_mf.PROTOCOL,
    cold_start.PROTOCOL,
)

PROTOCOLS: dict[str, Protocol] = {protocol.name: protocol for protocol in _ALL}
