"""The demonstration's applications are made through the public flows, and the impostor is found out."""

from typing import Any

import pytest

from portal.agencies.lookalikes import findings
from portal.demo.applications import IMPOSTOR, sow
from portal.models import Agency, AgencyApplication
from portal.models.agency import AgencyStatus
from tests.people import make_agency

pytestmark = pytest.mark.django_db


def test_one_waits_for_vetting_one_for_its_confirmation_and_one_is_an_impostor(now: Any) -> None:
    real = make_agency("hong-kong", now=now, domain="police-hk.example")
    honest, impostor = sow(now)
    assert {honest.status, impostor.status} == {AgencyStatus.APPLIED}
    assert AgencyApplication.objects.get(status="unconfirmed").name == "National Police Agency, Taiwan"
    assert all(each.documents.count() == 1 for each in AgencyApplication.objects.all())
    assert impostor.domains == ["xn--plice-hk-nbh.example"] != list(IMPOSTOR.domains)
    known = {domain: str(each) for each in Agency.objects.exclude(pk=impostor.pk) for domain in each.domains}
    (found,) = [each for each in findings(impostor.domains[0], known=known) if each.code == "homoglyph"]
    assert found.other == real.domains[0]
    assert not [each for each in findings(honest.domains[0], known={}) if each.is_serious]
