"""Draws one picture anew, in a process of its own: `python -m campaigns.marks.redraw < file > png`.

What comes out holds pixels and nothing else: no metadata, no colour profile, no trailing bytes, no second
format inside. Ends with 1 and a code on standard error where that cannot be done within its limits. Knows no
Django, so that it starts quickly.
"""

import io
import sys
from typing import Any

from portal.documents.inspect import Refused, limit

MAX_PIXELS = 25_000_000
SIDE = 256  # on screens of twice the density a mark is drawn at half of this
MIN_SIDE = 48
MAX_LENGTH = 6  # times the other side: drawn at SIDE, the shorter one is still seen
MAX_BYTES = 65_536  # as the table's trigger
FORMATS = ("PNG", "JPEG", "WEBP")


def redraw(content: bytes) -> bytes:
    """The picture as PNG of at most SIDE × SIDE and MAX_BYTES; raises Refused with its code."""
    import warnings

    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as given:
            if getattr(given, "n_frames", 1) > 1:
                raise Refused("moves")
            picture = _in_eight_bits(ImageOps.exif_transpose(given)).convert("RGBA")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Refused("too-complex") from None
    except (OSError, SyntaxError, ValueError):
        raise Refused("kind") from None
    if min(picture.size) < MIN_SIDE:
        raise Refused("small")
    if max(picture.size) > MAX_LENGTH * min(picture.size):
        raise Refused("narrow")
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    pixels = Image.new("RGBA", picture.size)
    pixels.paste(picture)
    # Photographs of many colours: fewer of them, until it fits.
    for colours in (0, 256, 64, 16):
        drawn = pixels.quantize(colours, method=Image.Quantize.FASTOCTREE) if colours else pixels
        out = io.BytesIO()
        drawn.save(out, "PNG", optimize=True)
        if out.tell() <= MAX_BYTES:
            return out.getvalue()
    raise Refused("too-complex")


def _in_eight_bits(picture: Any) -> Any:
    """Sixteen bits of grey are scaled down: a conversion would draw all but the darkest of them white."""
    if not picture.mode.startswith("I"):
        return picture
    return picture.convert("I").point(lambda value: value / 256).convert("L")


def main() -> int:
    limit()
    try:
        drawn = redraw(sys.stdin.buffer.read())
    except Refused as refused:
        sys.stderr.write(str(refused))
        return 1
    except Exception:
        # Whatever else a decoder raises on a stranger's file, memory included: the file is not usable.
        sys.stderr.write("too-complex")
        return 1
    sys.stdout.buffer.write(drawn)
    return 0


if __name__ == "__main__":
    sys.exit(main())
