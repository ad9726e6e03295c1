"""The list of experiments, by the names that `lab run` takes."""

from ..context import Protocol
from . import product

_ALL: tuple[Protocol, ...] = (product.PROTOCOL,)  # one line each

PROTOCOLS: dict[str, Protocol] = {protocol.name: protocol for protocol in _ALL}
