"""All that is made of one picture in one go: renditions, hashes, palette, descriptor."""

import base64
from dataclasses import dataclass, field, replace

from PIL import Image

from gallery.ingest import appearance, descriptor
from gallery.ingest.decode import Decoded
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


def from_decoded(decoded: Decoded, encoding: Encoding = CAREFUL) -> Digest:
    """The digest of a file that was decoded."""
    steps = scale(decoded.picture)
    small = steps[0]
    hashed = appearance.thumb_hash(small)
    return Digest(
        width=decoded.width,
        height=decoded.height,
        extension=decoded.extension,
        perceptual_hash=appearance.perceptual_hash(small),
        thumbhash=base64.b64encode(hashed).decode(),
        placeholder=appearance.placeholder(hashed),
        palette=appearance.palette(small),
        descriptor=descriptor.describe(small),
        renditions=[encode(step, encoding) for step in steps],
        metadata=decoded.metadata,
    )


def from_pixels(picture: Image.Image, *, extension: str = "jpg", encoding: Encoding = CAREFUL) -> Digest:
    """The same for an RGB picture that the project made itself; `extension` names the format its original is kept in."""
    plain = Image.frombytes("RGB", picture.size, picture.convert("RGB").tobytes())
    return from_decoded(Decoded(plain, *plain.size, extension), encoding)
