"""The sizes that pages show, each as WebP and JPEG, encoded from pixels alone: they contain none of the
file's own bytes.

The sizes 320, 640, 1280, 2048 are those of the long side, so that a tall picture costs no more than a wide
one; a rendition is named by its width. Nothing is enlarged: the largest rendition has the picture's own size
or 2048, and a size within a fifth of the largest is left out, because it would save almost nothing.
"""

import io
from dataclasses import dataclass

from PIL import Image

LADDER = (320, 640, 1280, 2048)
NEAR_THE_TOP = 0.8


@dataclass(frozen=True)
class Encoding:
    """Effort of the encoders. Measured on photographs: WebP methods 0, 2, 4 take 45, 66, 136 ms a
    megapixel."""

    webp_quality: int = 80
    webp_method: int = 2
    jpeg_quality: int = 82
    jpeg_progressive: bool = True


CAREFUL = Encoding()
#: For the thousands of painted pictures of the demo: half the time, a tenth more bytes.
QUICK = Encoding(webp_method=0, jpeg_progressive=False)


@dataclass(frozen=True)
class Rendition:
    width: int
    height: int
    webp: bytes
    jpeg: bytes

    def files(self) -> tuple[tuple[str, bytes], tuple[str, bytes]]:
        """The two files by the extensions of their names."""
        return ("webp", self.webp), ("jpg", self.jpeg)


def sizes(width: int, height: int) -> list[tuple[int, int]]:
    """The (width, height) of each rendition of a picture of this size, ascending; at least one."""
    longest = max(width, height)
    top = min(longest, LADDER[-1])
    steps = [step for step in LADDER if step <= NEAR_THE_TOP * top] + [top]
    return [(max(1, round(width * step / longest)), max(1, round(height * step / longest))) for step in steps]


def scale(picture: Image.Image) -> list[Image.Image]:
    """The picture in each of its sizes, ascending, each made from the next larger one."""
    scaled: list[Image.Image] = []
    for size in reversed(sizes(*picture.size)):
        if picture.size != size:
            picture = picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
        scaled.append(picture)
    return scaled[::-1]


def encode(picture: Image.Image, encoding: Encoding = CAREFUL) -> Rendition:
    """One size as WebP and JPEG. A large JPEG is progressive; a small one loads too fast for that to
    matter."""
    webp, jpeg = io.BytesIO(), io.BytesIO()
    picture.save(webp, "WEBP", quality=encoding.webp_quality, method=encoding.webp_method)
    progressive = encoding.jpeg_progressive and max(picture.size) > LADDER[1]
    picture.save(jpeg, "JPEG", quality=encoding.jpeg_quality, optimize=True, progressive=progressive)
    return Rendition(picture.width, picture.height, webp.getvalue(), jpeg.getvalue())
