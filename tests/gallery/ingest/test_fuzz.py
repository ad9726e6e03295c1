"""Mutants of valid files: each gets one response, and the gate survives."""

import os
import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gallery.ingest.errors import Refused
from gallery.ingest.gate import Gate
from tests.gallery.ingest.pictures import encoded, geotagged, gif_of, painting

SEEDS = [encoded(painting(90, 60), kind, exif=geotagged()) for kind in ("JPEG", "PNG", "WEBP", "AVIF")]
SEEDS += [
    gif_of(5),
    encoded(painting(90, 60).quantize(8), "PNG"),
    encoded(painting(90, 60), "JPEG", progressive=True),
]
MUTANTS = int(os.environ.get("MUTANTS", "60"))


@st.composite
def mutants(draw: st.DrawFn) -> bytes:
    """A good file with bytes changed, pieces moved, and perhaps its end cut off."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 8))):
        at, other = draw(st.integers(0, len(data) - 1)), draw(st.integers(0, len(data) - 1))
        length = draw(st.integers(1, 40))
        match draw(st.sampled_from(["byte", "bit", "fill", "move", "double"])):
            case "byte":
                data[at] = draw(st.integers(0, 255))
            case "bit":
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "fill":
                data[at : at + length] = bytes([draw(st.sampled_from([0, 127, 255]))]) * length
            case "move":
                data[at : at + length] = data[other : other + length]
            case "double":
                data[at:at] = data[other : other + length]
    if draw(st.integers(0, 4)) == 0:
        del data[draw(st.integers(1, len(data) - 1)) :]
    return bytes(data)


def outcome(gate: Gate, data: bytes) -> str:
    """ "in", or the reason of the refusal."""
    try:
        gate.admit(data)
    except Refused as refused:
        return refused.reason
    return "in"


@settings(max_examples=MUTANTS, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=mutants())
def test_a_mutant_is_a_picture_or_a_refusal(gate, data):
    begun, process = time.monotonic(), gate.child.process
    assert outcome(gate, data) != "crash"
    assert time.monotonic() - begun < 5
    assert process is None or gate.child.process is process


@settings(max_examples=MUTANTS, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=300), start=st.sampled_from([seed[:24] for seed in SEEDS]))
def test_noise_behind_a_good_start_is_a_picture_or_a_refusal(gate, data, start):
    assert outcome(gate, start + data) != "crash"
