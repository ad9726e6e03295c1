"""The gate: untrusted bytes -> a Digest, or one sentence with the reason of the refusal.

A Gate owns two processes: `gallery.ingest.decoder`, which forks for every file and reads its bytes in the
fork under limits, and `gallery.ingest.child`, which computes everything else from the pixels. A gate is used
by one thread at a time.
"""

from types import TracebackType
from typing import Self

from django.utils.translation import gettext

from gallery.ingest.decode import MAX_BYTES
from gallery.ingest.digest import Digest, unpack_digest
from gallery.ingest.errors import Refused
from gallery.ingest.wire import SMALL, Peer

CHILD_TIMEOUT = 30.0  # seconds; the decoder's limit of 15 s and the child's of 18 s come first


def refusal_sentence(refused: Refused) -> str:
    """The sentence for the user, in the active language."""
    return refused.sentence(gettext)


class Gate:
    """`with Gate() as gate: digest = gate.admit(data)`; a `small` gate uses less memory and accepts only
    smaller pictures."""

    def __init__(self, small: bool = False) -> None:
        self.child = Peer("gallery.ingest.child", True, *([SMALL] if small else []))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def admit(self, data: bytes) -> Digest:
        """Decodes one file and computes all data that the site stores. Raises Refused; a hostile file never
        ends the calling process."""
        if len(data) > MAX_BYTES:
            raise Refused("bytes", limit=MAX_BYTES // 1_000_000)
        if not data:
            raise Refused("empty")
        answer = self.child.ask(data, CHILD_TIMEOUT)
        if answer is None:
            raise Refused("crash")
        return unpack_digest(answer)

    def close(self) -> None:
        """Ends both processes; the next file starts them again."""
        self.child.close()
