"""The list of experiments, by the names that `lab run` takes."""

from ..context import Protocol

_ALL: tuple[Protocol, ...] = ()  # one line each

PROTOCOLS: dict[str, Protocol] = {protocol.name: protocol for protocol in _ALL}
