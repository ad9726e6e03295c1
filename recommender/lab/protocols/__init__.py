"""The list of experiments, by the names that `lab run` takes."""

from ..context import Protocol
from . import fuzzy, neighbours, ranking

_ALL: tuple[Protocol, ...] = (neighbours.PROTOCOL, fuzzy.PROTOCOL, ranking.PROTOCOL)

PROTOCOLS: dict[str, Protocol] = {protocol.name: protocol for protocol in _ALL}
