"""The process behind a gate: `python -m gallery.ingest.child`. A decoder turns the file into pixels, and this
process computes the renditions and all other data from the pixels. A hostile file never reaches the libraries
of this process."""

import sys

from gallery.ingest import wire
from gallery.ingest.decode import unpack_decoded
from gallery.ingest.digest import from_decoded
from gallery.ingest.errors import Refused

DECODER_TIMEOUT = (
    18.0  # seconds; the decoder's own limit of 15 s comes first, unless the decoder itself is stuck
)
DECODER = wire.Peer("gallery.ingest.decoder", False, *sys.argv[1:])


def answer(data: bytes) -> bytes:
    """The packed response for one file: a digest or a refusal."""
    try:
        pixels = DECODER.ask(data, DECODER_TIMEOUT)
        if pixels is None:
            raise Refused("crash")
        return from_decoded(unpack_decoded(pixels)).pack()
    except Refused as refused:
        return wire.pack_refusal(refused)


if __name__ == "__main__":
    wire.serve(answer)
