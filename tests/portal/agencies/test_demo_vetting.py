"""The demonstration leaves something on every desk of compliance."""

from typing import Any

import pytest

from portal.agencies.vetting.checklist import checklists
from portal.agencies.vetting.flows import approve
from portal.demo import applications, vetting
from portal.models import Agency, Invitation
from portal.models.agency import AgencyStatus
from tests.people import House, make_agency

pytestmark = pytest.mark.django_db


def test_one_is_flagged_one_half_done_one_ready_one_refused_and_one_lapsed(
    house: House, now: Any, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    make_agency("hk", now=now, domain="police-hk.example")
    actors = {
        vetting.REVIEWER: house.reviewer,
        vetting.SECOND_REVIEWER: house.reviewer,
        vetting.LEAD: house.lead,
    }
    _honest, impostor = applications.sow(now)
    vetting.leave_on_their_way(actors, impostor, now)
    lists = checklists(Agency.objects.filter(status=AgencyStatus.IN_VETTING))
    by_name = {Agency.objects.get(pk=pk).name_en: listed for pk, listed in lists.items()}
    flagged = by_name["Hong Kong Police Force, Cyber Liaison"]
    assert {item.state for item in flagged.missing} >= {"flagged", "failed", "open"}
    assert [item.state for item in by_name["Polícia Judiciária, Macau"].missing] == ["open", "open"]
    ready = by_name["Canadian Anti-Fraud Centre"]
    assert ready.is_complete
    assert Agency.objects.get(status=AgencyStatus.REFUSED).name_en == "International Asset Recovery Bureau"
    assert Agency.objects.get(status=AgencyStatus.LAPSED).domains == ["portelin-police.example"]
    canada = Agency.objects.get(name_en="Canadian Anti-Fraud Centre")
    approve(canada.pk, actor=house.lead, now=now, why="Read.", seen=ready.newest)
    assert Invitation.objects.get(agency=canada).email == "marc.tremblay@antifraudcentre-ca.example"
