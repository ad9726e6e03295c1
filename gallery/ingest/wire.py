"""How the gate and its child process speak: a length, a JSON head, and the blobs that the head gives the lengths of.

JSON, not pickle: what comes out of a decoder that was taken over must not run code in the parent.
"""

import base64
import json
from dataclasses import asdict
from collections.abc import Callable
from typing import IO, Any, TypeVar

from PIL import Image

from gallery.ingest.decode import Decoded
from gallery.ingest.digest import Digest
from gallery.ingest.errors import SENTENCES, Refused
from gallery.ingest.metadata import Metadata
from gallery.ingest.renditions import LADDER, Rendition

Answer = TypeVar("Answer", Decoded, Digest)
LENGTH = 8  # bytes, big endian
MAX_ANSWER = 64_000_000


def send(stream: IO[bytes], message: bytes) -> None:
    stream.write(len(message).to_bytes(LENGTH, "big"))
    stream.write(message)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """The next message, or None at the end of the stream, also when it ends within a message."""
    head = stream.read(LENGTH)
    if len(head) < LENGTH:
        return None
    size = int.from_bytes(head, "big")
    message = stream.read(size)
    return message if len(message) == size else None


def pack_refusal(refused: Refused) -> bytes:
    return _pack({"reason": refused.reason, "facts": refused.facts}, [])


def pack_digest(digest: Digest) -> bytes:
    head: dict[str, Any] = {
        "width": digest.width,
        "height": digest.height,
        "extension": digest.extension,
        "perceptual_hash": digest.perceptual_hash,
        "thumbhash": digest.thumbhash,
        "placeholder": digest.placeholder,
        "palette": digest.palette,
        "descriptor": base64.b64encode(digest.descriptor).decode(),
        "metadata": asdict(digest.metadata),
        "renditions": [[step.width, step.height, len(step.webp), len(step.jpeg)] for step in digest.renditions],
    }
    return _pack(head, [blob for step in digest.renditions for blob in (step.webp, step.jpeg)])


def _pack(head: dict[str, Any], blobs: list[bytes]) -> bytes:
    text = json.dumps(head).encode()
    return b"".join([len(text).to_bytes(LENGTH, "big"), text, *blobs])


def pack_decoded(decoded: Decoded) -> bytes:
    head = {
        "width": decoded.width,
        "height": decoded.height,
        "size": decoded.picture.size,
        "extension": decoded.extension,
        "metadata": asdict(decoded.metadata),
    }
    return _pack(head, [decoded.picture.tobytes()])


def unpack_decoded(message: bytes) -> Decoded:
    """The picture in an answer. Raises Refused when the answer is a refusal, or when it makes no sense."""
    return _unpack(message, _decoded)


def unpack_digest(message: bytes) -> Digest:
    """The digest in an answer. Raises Refused when the answer is a refusal, or when it makes no sense."""
    return _unpack(message, _digest)


def _unpack(message: bytes, read: Callable[[dict[str, Any], bytes], Answer]) -> Answer:
    try:
        split = LENGTH + int.from_bytes(message[:LENGTH], "big")
        head: dict[str, Any] = json.loads(message[LENGTH:split])
        if "reason" not in head:
            return read(head, message[split:])
        refusal = Refused(str(head["reason"]), **head["facts"])
    except (ValueError, KeyError, TypeError) as error:
        raise Refused("crash") from error
    raise refusal if refusal.reason in SENTENCES else Refused("crash")


def _decoded(head: dict[str, Any], blob: bytes) -> Decoded:
    width, height = head.pop("size")
    if not (0 < width <= LADDER[-1] and 0 < height <= LADDER[-1]):
        raise ValueError("The picture is larger than a rendition.")
    picture = Image.frombytes("RGB", (width, height), blob)
    return Decoded(picture=picture, metadata=Metadata(**head.pop("metadata")), **head)


def _digest(head: dict[str, Any], blobs: bytes) -> Digest:
    renditions, at = [], 0
    for width, height, webp, jpeg in head.pop("renditions"):
        files = blobs[at : at + webp], blobs[at + webp : at + webp + jpeg]
        renditions.append(Rendition(int(width), int(height), *files))
        at += webp + jpeg
    if at != len(blobs) or not renditions:
        raise ValueError("The renditions are not as long as the answer says.")
    raw = base64.b64decode(head.pop("descriptor"))
    return Digest(descriptor=raw, metadata=Metadata(**head.pop("metadata")), renditions=renditions, **head)
