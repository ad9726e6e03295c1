"""The list of experiments, by the names that `lab run` takes."""

from ..context import Protocol
from . import fuzzy, live, neighbours, product, ranking, relative_age, rl_hybrid

_ALL: tuple[Protocol, ...] = (
    neighbours.PROTOCOL,
    fuzzy.PROTOCOL,
    product.PROTOCOL,
    relative_age.PROTOCOL,
    rl_hybrid.PROTOCOL,
    ranking.PROTOCOL,
    live.PROTOCOL,
)

PROTOCOLS: dict[str, Protocol] = {protocol.name: protocol for protocol in _ALL}
