"""How the matrix asks for the addresses of agencies and vetting: one agency in vetting, with all it has."""

from datetime import datetime
from typing import Any

from portal.agencies.vetting.flows import vet
from portal.models.vetting import CheckResult
from tests.people import SYSTEM, House
from tests.portal.agencies.vettings import applied, list_of, with_application

LOOKALIKE = "po1ice.example"


def tries_of(house: House, now: datetime) -> dict[str, tuple[dict[str, Any], dict[str, Any] | None, str]]:
    """Per URL name: its arguments, what is posted (None: a GET), its query."""
    agency = applied(now, domains=[LOOKALIKE])
    (document,) = with_application(agency, now, b"%PDF-1")
    vet(agency.pk, actor=SYSTEM, now=now)  # so that every person of compliance could be the second one
    flag = next(row for row in list_of(agency).rows if row.result == CheckResult.FLAGGED)
    one = {"agency_id": agency.pk}
    named = {"domain": LOOKALIKE}
    return {
        "agencies-list": ({}, None, ""),
        "agencies-view": ({"agency_id": house.ours.pk}, None, ""),
        "agencies-vetting": (one, None, ""),
        "agencies-vet": (one, {}, ""),
        "agencies-approve": (one, None, ""),
        "agencies-refuse": (one, None, ""),
        "agencies-ask": (one, named, ""),
        "agencies-renew": (one, named, ""),
        "agencies-challenge": (one, None, ""),
        "agencies-call-back": (one, None, ""),
        "agencies-judge": (one, None, f"?document={document.pk}"),
        "agencies-read-document": (one | {"document_id": document.pk}, None, ""),
        "agencies-answer-flag": (one | {"check_id": flag.pk}, None, ""),
        "agencies-recompute": (one, {}, ""),
        "agencies-confirm": ({"token": "A" * 43}, None, ""),
    }
