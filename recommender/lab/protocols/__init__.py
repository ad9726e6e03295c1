"""The list of experiments, by the names that `lab run` takes."""

from ..context import Protocol
from . import metadata_ncf

_ALL: tuple[Protocol, ...] = (metadata_ncf.PROTOCOL,)

PROTOCOLS: dict[str, Protocol] = {protocol.name: protocol for protocol in _ALL}
