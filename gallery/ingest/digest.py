"""All that is made of one picture in one go: renditions, hashes, palette, descriptor."""

import base64
from dataclasses import dataclass, field, replace

from PIL import Image

from gallery.ingest import appearance, descriptor
from gallery.ingest.decode import decode
from gallery.ingest.metadata import Metadata
from gallery.ingest.renditions import CAREFUL, Encoding, Rendition, encode, scale


@dataclass(frozen=True)
class Digest:
    """What the site keeps of a picture besides the original bytes.

    `width` and `height` in pixels, upright; `extension` of the original, from its bytes; `renditions` ascending;
    the rest as the columns of the same names in `gallery.models.Image`.
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
        """The same without the encoded bytes, once they are stored."""
        return replace(self, renditions=[replace(step, webp=b"", jpeg=b"") for step in self.renditions])


def from_bytes(data: bytes) -> Digest:
    """Decodes a file that nobody trusts: only in the limited child process, see `gallery.ingest.gate`. Raises Refused."""
    decoded = decode(data)
    return _digest(decoded.picture, decoded.width, decoded.height, decoded.extension, decoded.metadata, CAREFUL)


def from_pixels(picture: Image.Image, *, extension: str = "jpg", encoding: Encoding = CAREFUL) -> Digest:
    """The same for an RGB picture that the project made itself; `extension` names the format its original is kept in."""
    picture = Image.frombytes("RGB", picture.size, picture.convert("RGB").tobytes())
    return _digest(picture, picture.width, picture.height, extension, Metadata(), encoding)


def _digest(
    picture: Image.Image, width: int, height: int, extension: str, metadata: Metadata, encoding: Encoding
) -> Digest:
    steps = scale(picture, width, height)
    small = steps[0]
    hashed = appearance.thumb_hash(small)
    return Digest(
        width=width,
        height=height,
        extension=extension,
        perceptual_hash=appearance.perceptual_hash(small),
        thumbhash=base64.b64encode(hashed).decode(),
        placeholder=appearance.placeholder(hashed),
        palette=appearance.palette(small),
        descriptor=descriptor.describe(small),
        renditions=[encode(step, encoding) for step in steps],
        metadata=metadata,
    )
