"""Untrusted bytes -> one RGB picture in sRGB. Called only in a limited fork: `gallery.ingest.decoder`.

The first bytes alone decide the format, and Pillow may use only that format. The size that a file declares is
checked before any pixel is decoded. A picture much larger than the largest rendition is reduced while it is
read (JPEG) or strip by strip, so that there is no second copy of it in full size.
"""

import io
import warnings
from dataclasses import asdict, dataclass, field
from typing import Any

from PIL import Image, ImageCms, ImageFile

from gallery.ingest import wire
from gallery.ingest.containers import Parts, take_apart
from gallery.ingest.errors import Refused
from gallery.ingest.exif import ORIENTATION
from gallery.ingest.metadata import Metadata, read_exif_orientation, read_metadata, read_orientation
from gallery.ingest.renditions import LADDER, sizes

MAX_BYTES = 50_000_000
MAX_PIXELS = 64_000_000
MAX_FRAMES = 300
MAX_PASSES = 100
MAX_SIDE = 65_535
MIN_SIDE = 16
MAX_RATIO = 20
STRIP = 256  # rows of the reduced picture
EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif", "AVIF": "avif"}
TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = {5, 6, 7, 8}
SRGB = ImageCms.createProfile("sRGB")


@dataclass
class Limits:
    """Resources of a decoder for one file: bytes of address space, and samples (pixels times channels)."""

    memory: int = 1 << 30
    samples: int = 6 * MAX_PIXELS


LIMITS = Limits()  # of this process
ON_REQUEST = Limits(memory=400_000_000, samples=100_000_000)  # of decoders that every visitor may use
# Decoders of these formats keep several copies of the picture, with or without an alpha channel.
CHANNELS = {"WEBP": 6, "AVIF": 5}


@dataclass(frozen=True)
class Decoded:
    """A picture, upright, in sRGB on white, in the size of its largest rendition, with facts about its file.

    `width` and `height` are those of the file, in pixels, upright. `extension` follows from the bytes.
    """

    picture: Image.Image
    width: int
    height: int
    extension: str
    metadata: Metadata = field(default_factory=Metadata)

    def pack(self) -> bytes:
        head = {
            "width": self.width,
            "height": self.height,
            "size": self.picture.size,
            "extension": self.extension,
            "metadata": asdict(self.metadata),
        }
        return wire.pack(head, [self.picture.tobytes()])


def unpack_decoded(message: bytes) -> Decoded:
    """The picture in a decoder's response. Raises Refused."""
    return wire.unpack(message, _read)


def _read(head: dict[str, Any], pixels: bytes) -> Decoded:
    width, height = head.pop("size")
    if not (0 < width <= LADDER[-1] and 0 < height <= LADDER[-1]):
        raise ValueError("The picture is larger than a rendition.")
    picture = Image.frombytes("RGB", (width, height), pixels)
    return Decoded(picture=picture, metadata=Metadata(**head.pop("metadata")), **head)


def sniff(data: bytes) -> str:
    """The format of a file with these first bytes, by Pillow's name. Raises Refused."""
    if not data:
        raise Refused("empty")
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp" and {b"avif", b"avis"} & {data[at : at + 4] for at in range(8, 64, 4)}:
        return "AVIF"
    raise Refused("format")


def decode(data: bytes) -> Decoded:
    """Decodes one file. Raises Refused; for a broken file also any exception of Pillow."""
    if len(data) > MAX_BYTES:
        raise Refused("bytes", limit=MAX_BYTES // 1_000_000)
    kind = sniff(data)
    check_work(data, kind)
    if kind == "WEBP":  # Pillow allocates its memory as soon as it opens the file
        check_samples(*webp_size(data), CHANNELS["WEBP"])
    parts = take_apart(data, kind)
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(io.BytesIO(parts.picture), formats=(kind,)) as opened:
            width, height = opened.size
            check_shape(width, height)
            check_frames(opened)
            if kind == "JPEG":
                scale = min(1.0, LADDER[-1] / max(width, height))
                opened.draft(None, (max(1, round(width * scale)), max(1, round(height * scale))))
            check_samples(opened.width, opened.height, CHANNELS.get(kind) or channels(opened))
            opened.load()
            metadata, turn = read_facts(parts, opened)
            picture = to_srgb(shrink(opened), opened.info.get("icc_profile"))
    if turn in TRANSPOSITIONS:
        picture = picture.transpose(TRANSPOSITIONS[turn])
    if turn in SIDEWAYS:
        width, height = height, width
    top = sizes(width, height)[-1]
    if picture.size != top:
        picture = picture.resize(top, Image.Resampling.LANCZOS)
    picture.info.clear()  # encoders write comments, profiles and EXIF from here
    return Decoded(picture, width, height, EXTENSIONS[kind], metadata)


def check_shape(width: int, height: int) -> None:
    if max(width, height) > MAX_SIDE:
        raise Refused("side", limit=MAX_SIDE)
    if min(width, height) < MIN_SIDE:
        raise Refused("small", limit=MIN_SIDE)
    if width * height > MAX_PIXELS:
        raise Refused("pixels", limit=MAX_PIXELS // 1_000_000)
    if max(width, height) > MAX_RATIO * min(width, height):
        raise Refused("shape", limit=MAX_RATIO)


def check_samples(width: int, height: int, channels: int) -> None:
    """Checks the samples before any pixel is decoded: the memory depends on more than the number of
    pixels."""
    if width * height * channels > LIMITS.samples:
        raise Refused("pixels", limit=LIMITS.samples // channels // 1_000_000)


def channels(picture: Image.Image) -> int:
    return 4 if picture.mode.startswith(("I", "F")) else len(picture.getbands())


def webp_size(data: bytes) -> tuple[int, int]:
    """Width and height in the header of the file; 0 if the file is too short."""

    def number(start: int, end: int) -> int:
        return int.from_bytes(data[start:end], "little")

    if data[12:16] == b"VP8X":
        return number(24, 27) + 1, number(27, 30) + 1
    if data[12:16] == b"VP8L":
        return (number(21, 25) & 0x3FFF) + 1, (number(21, 25) >> 14 & 0x3FFF) + 1
    return number(26, 28) & 0x3FFF, number(28, 30) & 0x3FFF


def check_work(data: bytes, kind: str) -> None:
    """Counts markers, to refuse files that a reader would need seconds to check."""
    if kind == "JPEG" and data.count(b"\xff\xda") > MAX_PASSES:
        raise Refused("passes", limit=MAX_PASSES)
    if kind == "GIF" and data.count(b"\x21\xf9\x04") > MAX_FRAMES + 50:  # some matches may be chance
        raise Refused("frames", limit=MAX_FRAMES)


def check_frames(picture: Image.Image) -> None:
    if getattr(picture, "n_frames", 1) > MAX_FRAMES:
        raise Refused("frames", limit=MAX_FRAMES)


def read_facts(parts: Parts, picture: ImageFile.ImageFile) -> tuple[Metadata, int]:
    """Metadata and orientation; an error in one does not affect the other."""
    if not parts.xmp and isinstance(packet := picture.info.get("xmp"), bytes):
        parts.xmp.append(packet)
    turn = read_orientation(parts)
    if "exif" in picture.info:  # of AVIF: the orientation in the container, which Pillow reports as EXIF
        turn = picture.getexif().get(ORIENTATION, 1)
    elif picture.format == "AVIF" and read_exif_orientation(parts):
        turn = 1  # its EXIF only repeats the container, which contains no rotation
    return read_metadata(parts), turn


def shrink(picture: Image.Image) -> Image.Image:
    """The picture without transparency, reduced by a whole factor if it is much too large; mode L, RGB or
    CMYK."""
    factor = max(1, int(max(picture.size) / (1.5 * LADDER[-1])))
    if factor == 1:
        return flatten(picture)
    width, height = picture.size
    small: Image.Image | None = None
    for top in range(0, height, STRIP * factor):
        strip = flatten(picture.crop((0, top, width, min(height, top + STRIP * factor)))).reduce(factor)
        if small is None:
            small = Image.new(strip.mode, (strip.width, -(-height // factor)))
        small.paste(strip, (0, top // factor))
    assert small is not None  # noqa: S101  (a picture has rows)
    return small


def flatten(picture: Image.Image) -> Image.Image:
    """The picture in mode L, RGB or CMYK; transparent pixels become white."""
    if picture.mode.startswith("I"):  # 16 bits of grey: keep the upper eight
        return picture.convert("I").point(lambda grey: grey / 256 + 0).convert("L")
    if picture.has_transparency_data:
        with_alpha = picture.convert("RGBA")
        white = Image.new("RGB", picture.size, "white")
        white.paste(with_alpha, mask=with_alpha.getchannel("A"))
        return white
    if picture.mode in {"L", "RGB", "CMYK"}:
        return picture
    return picture.convert("L" if picture.mode == "1" else "RGB")


def to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Converts the colours to sRGB. Without a profile, or with a broken one, they are assumed to be sRGB
    already."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                picture, source, ImageCms.ImageCmsProfile(SRGB), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            converted = None  # also if the profile is for another mode than the picture's
        if converted is not None:
            return converted
    return picture.convert("RGB")
