"""How the audit trail's addresses are asked in the matrix: with a head, a verification and an export."""

from datetime import datetime
from typing import Any

from portal.audit import exports, heads, verification
from portal.audit.search import Search
from portal.models.auditexport import ExportFormat
from tests.people import SYSTEM, House


def audit_tries(house: House, now: datetime) -> dict[str, tuple[Any, ...]]:
    head = heads.sign_head(now)
    check = verification.verify(actor=SYSTEM, now=now, whole=True)
    export = exports.export(actor=house.auditor, now=now, search=Search(), kind=ExportFormat.JSONL)
    return {
        "audit-list": (),
        "audit-view": ({"seq": 1},),
        "audit-heads": (),
        "audit-head": ({"day": head.date},),
        "audit-verify": (),
        "audit-check": ({"check_id": check.pk},),
        "audit-export": (),
        "audit-exported": ({"export_id": export.pk},),
        "audit-download": ({"export_id": export.pk}, {}),
    }
