"""Files to import, good and bad, made by code."""

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

HOSTILE = b"<script>alert(1)</script> home address"
GPS_TAG = 0x8825


def painting(width: int = 400, height: int = 300, seed: int = 1) -> Image.Image:
    """A smooth picture, different for each seed."""
    random = np.random.default_rng(seed)
    small = Image.fromarray(random.integers(0, 256, (4, 5, 3), dtype=np.uint8))
    return small.resize((width, height), Image.Resampling.BICUBIC)


def encoded(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def jpeg(width: int = 400, height: int = 300, seed: int = 1, **options: Any) -> bytes:
    return encoded(painting(width, height, seed), "JPEG", **options)


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data), formats=("JPEG", "WEBP"))
    picture.load()
    return picture


def geotagged() -> Image.Exif:
    """EXIF with a location, a serial number, a maker's note and a comment."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x010E] = "Lumen", "L-1", "Harbour at noon"
    exif[0x9C9C] = "XPCOMMENTsecret".encode("utf-16-le")
    details = exif.get_ifd(0x8769)
    details[0x829A], details[0x829D], details[0x8827], details[0x920A] = IFDRational(1, 250), 2.8, 200, 35.0
    details[0x9003], details[0x9011] = "2024:05:01 12:30:00", "+09:00"
    details[0xA434], details[0xA431] = "35mm F2", "SERIAL-4711"
    details[0x927C], details[0x9286] = b"MAKERNOTE-secret", b"ASCII\0\0\0COMMENT-secret"
    place = exif.get_ifd(GPS_TAG)
    place[1], place[2], place[3], place[4] = "N", (37.0, 33.0, 59.5), "E", (126.0, 58.0, 41.3)
    place[29] = "GPSDATE-secret"
    return exif


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int, idat: bytes) -> bytes:
    """A PNG that claims a size, whatever its data."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", idat) + chunk(b"IEND", b"")


def gif_of(frames: int) -> bytes:
    pictures = [Image.new("P", (16, 16), number % 256) for number in range(frames)]
    for number, picture in enumerate(pictures):
        picture.putpalette([number % 256, number // 256, 7] * 256)
    return encoded(pictures[0], "GIF", save_all=True, append_images=pictures[1:])


def bad_files() -> dict[str, tuple[bytes, str]]:
    """Fifteen kinds of files that must be refused, by name: the bytes and the reason of the refusal."""
    good, blank = jpeg(), zlib.compress(bytes(3 * 1000))
    return {
        "empty.jpg": (b"", "empty"),
        "page.jpg": (b"<html><body>" + HOSTILE, "format"),
        "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "format"),
        "archive.png": (b"PK\x03\x04" + bytes(100), "format"),
        "picture.bmp": (encoded(painting(), "BMP"), "format"),
        "picture.tiff": (encoded(painting(), "TIFF"), "format"),
        "cut.jpg": (good[: len(good) // 2], "damaged"),
        "cut.png": (encoded(painting(), "PNG")[:2000], "damaged"),
        "cut.webp": (encoded(painting(), "WEBP")[:800], "damaged"),
        "bomb.png": (png_of(50_000, 50_000, blank), "pixels"),
        "near-bomb.png": (png_of(9_000, 9_000, blank), "pixels"),
        "lying.png": (png_of(4_000, 4_000, blank), "damaged"),
        "ribbon.png": (encoded(Image.new("RGB", (4_000, 20)), "PNG"), "shape"),
        "speck.png": (encoded(Image.new("RGB", (1, 1)), "PNG"), "small"),
        "wide.png": (png_of(70_000, 20, blank), "side"),
        "film.gif": (gif_of(301), "frames"),
        "passes.jpg": (good + b"\xff\xda" * 101, "passes"),
        "noise.jpg": (b"\xff\xd8\xff" + bytes(range(256)) * 20, "damaged"),
    }
