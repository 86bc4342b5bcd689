"""Judges one file by its content, in a process of its own: `python -m portal.documents.inspect < file`.

What a stranger wrote is parsed here and nowhere else, under limits of memory and time, so that a file
made to exhaust its reader ends this process and not the portal's. Prints one line of JSON:
{"content_type": …, "problem": …}; the problem is a code that portal.documents.accept puts into words.
Knows no Django, so that it starts quickly.
"""

import io
import json
import sys
from collections.abc import Iterator
from typing import Any

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 15
MAX_PIXELS = 50_000_000  # an A4 page at 600 dpi has 35 million
MAX_OBJECTS = 200_000
MAX_DEPTH = 60

MAGIC = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}
# What a letter does not need and an attack does, as names of actions and of dictionary keys.
ACTIVE_ACTIONS = {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/Rendition", "/GoToE"}
ACTIVE_KEYS = {"/JS", "/JavaScript", "/XFA", "/RichMedia"}
EMBEDDED_KEYS = {"/EmbeddedFiles", "/EF", "/Collection"}


class Refused(Exception):
    """The code of what is wrong."""


def content_type_of(content: bytes) -> str:
    for magic, content_type in MAGIC.items():
        if content.startswith(magic):
            return content_type
    raise Refused("kind")


def check_pdf(content: bytes) -> None:
    import pikepdf

    try:
        # Without recovery: a file that was cut off is refused, not mended into another document.
        with pikepdf.open(io.BytesIO(content), attempt_recovery=False) as pdf:
            if pdf.is_encrypted:
                raise Refused("encrypted")
            if len(pdf.pages) == 0:
                raise Refused("damaged")
            if len(pdf.objects) > MAX_OBJECTS:
                raise Refused("too-complex")
            for thing in pdf.objects:
                for part in _dictionaries(thing, pikepdf):
                    _check_dictionary(part)
            _check_dictionary(pdf.Root)
            _check_warnings([str(text) for text in pdf.get_warnings()])
    except pikepdf.PasswordError:
        raise Refused("encrypted") from None
    except pikepdf.PdfError:
        raise Refused("damaged") from None


def _check_warnings(texts: list[str]) -> None:
    """What the parser could not read it takes for nothing, and so nobody has looked at it."""
    if any("alloc" in text or "memory" in text for text in texts):
        raise Refused("too-complex")
    if any("repairing" not in text for text in texts):
        raise Refused("damaged")


def _dictionaries(thing: Any, pikepdf: Any) -> Iterator[Any]:
    """The object's dictionaries with those written inside it; indirect ones come by themselves."""
    waiting = [(thing, 0)]
    while waiting:
        current, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise Refused("too-complex")
        if isinstance(current, pikepdf.Array):
            children = list(current)
        elif isinstance(current, pikepdf.Dictionary | pikepdf.Stream):
            yield current
            children = [current.get(key) for key in current.keys()]  # noqa: SIM118 - streams iterate otherwise
        else:
            continue
        waiting += [
            (child, depth + 1)
            for child in children
            if isinstance(child, pikepdf.Object) and not child.is_indirect
        ]


def _check_dictionary(dictionary: Any) -> None:
    keys = set(dictionary.keys())
    if keys & ACTIVE_KEYS or str(dictionary.get("/S", "")) in ACTIVE_ACTIONS:
        raise Refused("active")
    if keys & EMBEDDED_KEYS or str(dictionary.get("/Type", "")) == "/EmbeddedFile":
        raise Refused("embedded")
    if str(dictionary.get("/Subtype", "")) in {"/FileAttachment", "/RichMedia"}:
        raise Refused("embedded")


def check_image(content: bytes, form: str) -> None:
    import warnings

    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(io.BytesIO(content), formats=[form]) as image:
            image.verify()
        # verify() reads no pixels: a picture that was cut off shows only when it is drawn.
        with Image.open(io.BytesIO(content), formats=[form]) as image:
            image.load()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Refused("too-complex") from None
    except (OSError, SyntaxError, ValueError):
        raise Refused("damaged") from None


def inspect(content: bytes) -> str:
    """The content type; raises Refused."""
    content_type = content_type_of(content)
    if content_type == "application/pdf":
        check_pdf(content)
    else:
        check_image(content, content_type.removeprefix("image/").upper())
    return content_type


def limit() -> None:
    """Memory and time of this process, before it reads a byte."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):
        return  # not every system has these limits; the caller's clock still runs


def main() -> None:
    limit()
    verdict = {"content_type": "", "problem": ""}
    try:
        verdict["content_type"] = inspect(sys.stdin.buffer.read())
    except Refused as refused:
        verdict["problem"] = str(refused)
    except (MemoryError, RecursionError):
        verdict["problem"] = "too-complex"
    except Exception:
        # Whatever else a parser raises on a stranger's file, the file is not usable.
        verdict["problem"] = "damaged"
    sys.stdout.write(json.dumps(verdict))


if __name__ == "__main__":
    main()
