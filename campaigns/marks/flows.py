"""Add a mark: drawn anew, kept under the SHA-256 of its bytes, never changed."""

import hashlib
import struct
import subprocess
import sys
from datetime import datetime

import structlog
from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from campaigns import events
from campaigns.models import AgencyMark
from portal.access import check, hold_standing
from portal.audit import record
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, Text, WrongState
from portal.models import Agency

log = structlog.get_logger(__name__)

UPLOAD_MAX_BYTES = 2 * 1024 * 1024
MARKS_MAX = 20
SECONDS = 20
PROBLEMS: dict[str, Text] = {
    "kind": _("Only PNG, JPEG and WebP pictures are accepted, and the content of this file is none of them."),
    "moves": _("A picture that moves cannot head a warning. Save a single frame."),
    "small": _("This picture is too small: at least 48 pixels on each side."),
    "narrow": _("This picture is too long and narrow: at most six times as long as it is wide."),
    "too-complex": _("This picture takes too much memory or time to draw. Save it in a simpler form."),
}


def add_mark(*, actor: Actor, now: datetime, picture: File) -> AgencyMark:
    """Raises Invalid({"picture": …}). The same picture twice is the same mark."""
    check(actor, "campaigns.add_mark")
    drawn = _redrawn(picture)  # before the transaction: a decoder may take its seconds
    width, height = struct.unpack(">II", drawn[16:24])  # of the PNG's own header
    sha256 = hashlib.sha256(drawn).hexdigest()
    with transaction.atomic():
        hold_standing(actor)
        agency = Agency.objects.visible_to(actor).select_for_update(of=("self",)).get(id=actor.agency_id)
        if held := agency.marks.filter(sha256=sha256).first():
            return held
        if agency.marks.count() >= MARKS_MAX:
            raise WrongState(_("The agency has %(limit)d marks already.") % {"limit": MARKS_MAX})
        mark = AgencyMark.objects.create(
            agency=agency, sha256=sha256, picture=drawn, width=width, height=height,
            uploaded_by_id=actor.as_person(), uploaded_at=now,
        )  # fmt: skip
        record(events.MARK_ADDED, actor=actor, subject=agency, at=now, data={"sha256": sha256})
    return mark


def _redrawn(picture: File) -> bytes:
    size = picture.size or 0
    if not 0 < size <= UPLOAD_MAX_BYTES:
        text = _("This file is empty.") if not size else _("This file is larger than %(limit)s.") % {
            "limit": filesizeformat(UPLOAD_MAX_BYTES)
        }  # fmt: skip
        raise Invalid({"picture": [text]})
    picture.seek(0)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "campaigns.marks.redraw"],
            input=picture.read(),
            capture_output=True,
            timeout=SECONDS,
            cwd=settings.BASE_DIR,
            check=False,
        )
    except subprocess.TimeoutExpired:
        problem = "too-complex"
    else:
        if done.returncode == 0:
            return done.stdout
        problem = done.stderr.decode(errors="replace")[-40:]
    log.info("mark refused", problem=problem, size=size)
    raise Invalid({"picture": [PROBLEMS.get(problem, PROBLEMS["too-complex"])]})
