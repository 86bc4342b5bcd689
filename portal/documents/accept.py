"""The door for files: size, content and name judged before anything is stored."""

import json
import re
import subprocess
import sys
import unicodedata
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.core.files.base import File
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from portal.kernel.errors import Invalid, Text
from portal.models.document import ContentType

log = structlog.get_logger(__name__)

INSPECTION_SECONDS = 30
NAME_MAX = 120
EXTENSIONS = {ContentType.PDF: (".pdf",), ContentType.JPEG: (".jpg", ".jpeg"), ContentType.PNG: (".png",)}

PROBLEMS: dict[str, Text] = {
    "kind": _("Only PDF, JPEG and PNG files are accepted, and the content of this one is none of them."),
    "damaged": _("This file is damaged or incomplete. Export it again and attach the new one."),
    "encrypted": _("This PDF is encrypted or protected by a password. Attach it without protection."),
    "active": _("This PDF carries scripts or acts by itself. Print it to a plain PDF and attach that."),
    "embedded": _("This PDF carries other files inside. Attach those apart, and the letter without them."),
    "too-complex": _("This file takes too much memory or time to read. Export it in a simpler form."),
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that passed; only accept() makes these."""

    file: File
    name: str
    content_type: ContentType
    size: int


def accept(file: File) -> Accepted:
    """Raises Invalid({"document": …}) with a reason that says what to do."""
    size = file.size or 0
    if size == 0:
        raise Invalid({"document": [_("This file is empty.")]})
    if size > settings.DOCUMENT_MAX_BYTES:
        raise Invalid(
            {
                "document": [
                    _("This file is larger than %(limit)s.")
                    % {"limit": filesizeformat(settings.DOCUMENT_MAX_BYTES)}
                ]
            }
        )
    content_type = _inspected(file)
    return Accepted(
        file=file, name=display_name(file.name or "", content_type), content_type=content_type, size=size
    )


def _inspected(file: File) -> ContentType:
    file.seek(0)
    content = file.read()
    file.seek(0)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "portal.documents.inspect"],
            input=content,
            capture_output=True,
            timeout=INSPECTION_SECONDS,
            cwd=settings.BASE_DIR,
            check=False,
        )
        verdict = json.loads(done.stdout) if done.returncode == 0 else {"problem": "too-complex"}
    except (subprocess.TimeoutExpired, ValueError):
        verdict = {"problem": "too-complex"}
    if problem := verdict["problem"]:
        log.info("document refused", problem=problem, size=len(content))
        raise Invalid({"document": [PROBLEMS[problem]]}, code=f"document-{problem}")
    return ContentType(verdict["content_type"])


def display_name(given: str, content_type: ContentType) -> str:
    """What people see of a file's own name: no path, nothing invisible or reversing, the true extension."""
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", given)[-1])
    # Controls, right-to-left overrides, surrogates and separators of lines: all of categories C and Zl, Zp.
    name = "".join(sign for sign in name if not unicodedata.category(sign).startswith("C")).translate(
        {ord(sign): "_" for sign in '<>:"|?*'}
    )
    name = re.sub(r"\s+", " ", name).strip(" .")
    extensions = EXTENSIONS[content_type]
    ending = next((each for each in extensions if name.lower().endswith(each)), "")
    stem = name[: len(name) - len(ending)].strip(" .") if ending else name
    extension = ending or extensions[0]
    return f"{stem[: NAME_MAX - len(extension)].strip(' .') or str(_('document'))}{extension}"
