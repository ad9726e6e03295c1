"""All data computed from one picture: renditions, hashes, palette, descriptor."""

import base64
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from PIL import Image

from gallery.ingest import appearance, descriptor, wire
from gallery.ingest.decode import Decoded
from gallery.ingest.metadata import Metadata
from gallery.ingest.renditions import CAREFUL, Encoding, Rendition, encode, scale


@dataclass(frozen=True)
class Digest:
    """What the site stores of a picture besides the original bytes.

    `width` and `height` in pixels, upright; `extension` of the original, from its bytes; `renditions`
    ascending; the other fields as the columns of the same names in `gallery.models.Image`.
    """

    width: int
    height: int
    extension: str
    perceptual_hash: str
    thumbhash: str
    placeholder: str
    palette: list[str]
    descriptor: bytes
    renditions: list[Rendition]
    metadata: Metadata = field(default_factory=Metadata)

    @property
    def rendition_widths(self) -> list[int]:
        return [rendition.width for rendition in self.renditions]

    def without_files(self) -> "Digest":
        """The same digest without the encoded bytes, after they were stored."""
        return replace(self, renditions=[replace(step, webp=b"", jpeg=b"") for step in self.renditions])

    def pack(self) -> bytes:
        head = {
            "width": self.width,
            "height": self.height,
            "extension": self.extension,
            "perceptual_hash": self.perceptual_hash,
            "thumbhash": self.thumbhash,
            "placeholder": self.placeholder,
            "palette": self.palette,
            "descriptor": base64.b64encode(self.descriptor).decode(),
            "metadata": asdict(self.metadata),
            "renditions": [
                [step.width, step.height, len(step.webp), len(step.jpeg)] for step in self.renditions
            ],
        }
        return wire.pack(head, [blob for step in self.renditions for blob in (step.webp, step.jpeg)])


def unpack_digest(message: bytes) -> Digest:
    """The digest in a child's response. Raises Refused."""
    return wire.unpack(message, _read)


def _read(head: dict[str, Any], blobs: bytes) -> Digest:
    renditions, at = [], 0
    for width, height, webp, jpeg in head.pop("renditions"):
        files = blobs[at : at + webp], blobs[at + webp : at + webp + jpeg]
        renditions.append(Rendition(width, height, *files))
        at += webp + jpeg
    if at != len(blobs) or not renditions:
        raise ValueError("The renditions are not as long as the answer says.")
    raw = base64.b64decode(head.pop("descriptor"))
    return Digest(descriptor=raw, metadata=Metadata(**head.pop("metadata")), renditions=renditions, **head)


def from_decoded(decoded: Decoded, encoding: Encoding = CAREFUL) -> Digest:
    """The digest of a decoded file."""
    steps = scale(decoded.picture)
    small = steps[0]
    tiny = small.resize((descriptor.SIDE, descriptor.SIDE), Image.Resampling.BOX)
    hashed = appearance.thumb_hash(small)
    return Digest(
        width=decoded.width,
        height=decoded.height,
        extension=decoded.extension,
        perceptual_hash=appearance.perceptual_hash(small),
        thumbhash=base64.b64encode(hashed).decode(),
        placeholder=appearance.placeholder(hashed),
        palette=appearance.palette(tiny),
        descriptor=descriptor.describe(tiny),
        renditions=[encode(step, encoding) for step in steps],
        metadata=decoded.metadata,
    )


def from_pixels(picture: Image.Image, *, extension: str = "jpg", encoding: Encoding = CAREFUL) -> Digest:
    """The digest of a picture that the project itself painted; `extension` is the format of its original."""
    plain = Image.frombytes("RGB", picture.size, picture.convert("RGB").tobytes())
    return from_decoded(Decoded(plain, *plain.size, extension), encoding)
