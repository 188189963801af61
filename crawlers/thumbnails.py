"""A small copy of a picture, made anew from its pixels, so that nothing of the file that came is kept. Pure.

What a file is, its content says: never its name or declared type. SVG is no picture here, because it is a program.
Bounds are checked before anything is unpacked, since a file of a few bytes may stand for a picture of gigabytes.
"""

from __future__ import annotations

from io import BytesIO

from msgspec import Struct
from PIL import Image, ImageOps

from db.errors import ParseError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
MAX_PIXELS = 25_000_000  # what a good camera makes; 100 MB while it is unpacked
MAX_SCANS = 100  # of a JPEG; each is work for the whole picture, and no camera makes more than a dozen
SMALLEST = 80  # pixels of a side of what is meant to be looked at
MAX_RATIO = 4.0  # of the longer side to the other: beyond are rules, banners and lines of text
BOX = (320, 240)  # pixels: twice what a card shows, for fine screens
QUALITY = 70
_SCAN = b"\xff\xda"


class Thumbnail(Struct, frozen=True):
    """A small picture as WebP."""

    body: bytes
    width: int
    height: int


def thumbnail(body: bytes, url: str) -> Thumbnail:
    """The small copy of the picture that stands at this address, upright and on white.

    ParseError when the file holds none, or none that is meant to be looked at.
    """
    try:
        with Image.open(BytesIO(body), formats=FORMATS) as image:
            if (problem := _problem(*image.size, body.count(_SCAN))) is not None:
                raise ParseError(problem, url=url)
            image.draft("RGB", (2 * BOX[0], 2 * BOX[1]))  # a JPEG is unpacked no larger than needed
            ImageOps.exif_transpose(image, in_place=True)
            small = _on_white(image)
            small.thumbnail(BOX, reducing_gap=2.0)
        written = BytesIO()
        small.save(written, "WEBP", quality=QUALITY, exif=b"", icc_profile=b"")
    except ParseError:
        raise
    except Exception as error:  # a decoder that is fed garbage raises whatever comes to it
        raise ParseError("not a picture that can be read", url=url) from error
    return Thumbnail(written.getvalue(), *small.size)


def _problem(width: int, height: int, scans: int) -> str | None:
    """Why a picture is not unpacked; None for one that is."""
    if width * height > MAX_PIXELS or scans > MAX_SCANS:
        return f"{width:,} × {height:,} pixels in {scans} steps are more than a picture of news has"
    if min(width, height) < SMALLEST or max(width, height) > MAX_RATIO * min(width, height):
        return f"{width} × {height} pixels are no picture to look at"
    return None


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    ground = Image.new("RGBA", clear.size, "white")
    ground.alpha_composite(clear)
    return ground.convert("RGB")
