"""The auditor's home page says whether the trail holds, and by which head."""

from typing import Any

import pytest

from portal.audit.heads import sign_head
from portal.audit.home import panels
from portal.audit.verification import verify
from portal.models import AuditCheck
from tests.people import SYSTEM, House

pytestmark = pytest.mark.django_db


def statuses(panel: Any) -> list[str]:
    return [row["status"] for row in panel.rows]


def test_it_says_how_the_newest_verification_went_and_which_head_is_signed(
    house: House, now: Any, settings: Any, tmp_path: Any
) -> None:
    settings.AUDIT_HEADS_DIR = tmp_path
    (panel,) = panels(house.auditor)
    assert statuses(panel) == []
    sign_head(now)
    verify(actor=SYSTEM, now=now, whole=True)
    (panel,) = panels(house.auditor)
    assert statuses(panel) == ["whole", "signed"]
    assert not panel.counted
    AuditCheck.objects.update(faults=[{"seq": 1, "kind": "changed"}])
    assert statuses(panels(house.auditor)[0]) == ["broken", "signed"]


def test_it_is_shown_to_those_who_may_verify(house: House) -> None:
    for who in ("officer", "supervisor", "reviewer", "analyst"):
        assert panels(getattr(house, who)) == [], who
    assert panels(house.lead)
