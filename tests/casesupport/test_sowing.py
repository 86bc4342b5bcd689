from itertools import pairwise

import pytest
from django.utils import translation

from casesupport.lifecycle import RequestStatus
from casesupport.models import CaseRequest, Document, Target
from casesupport.models.caserequest import RequestType
from casesupport.sowing import sow
from portal.audit.chain import verify
from portal.kernel.errors import PortalError
from portal.models import AuditEvent

pytestmark = pytest.mark.django_db


def sown(house, now):
    supervisors = {house.ours.pk: house.supervisor, house.other.pk: house.other_supervisor}
    officers = [house.officer, house.second_officer, house.outsider]
    sow(officers=officers, supervisors=supervisors, analysts=[house.analyst, house.lead], now=now)


def test_every_type_and_every_state_is_there_with_a_history_in_the_past(house, now):
    before = AuditEvent.objects.latest("seq").seq
    sown(house, now)
    assert set(CaseRequest.objects.values_list("type", flat=True)) == set(RequestType.values)
    # Only what a suspension put into quarantine can be discarded.
    reached = set(RequestStatus.values) - {RequestStatus.DISCARDED}
    assert set(CaseRequest.objects.values_list("status", flat=True)) == reached
    assert {each.agency for each in CaseRequest.objects.select_related("agency")} == {house.ours, house.other}
    times = list(AuditEvent.objects.filter(seq__gt=before).order_by("seq").values_list("at", flat=True))
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert times[-1] <= now
    assert verify().is_whole
    assert set(Target.objects.exclude(kind="uid").values_list("assurance", flat=True)) <= {
        "checksum",
        "format",
    }
    assert Document.objects.count() == 13


def test_sowing_twice_adds_nothing(house, now):
    sown(house, now)
    count = CaseRequest.objects.count()
    sown(house, now)
    assert CaseRequest.objects.count() == count


def test_without_a_supervisor_nothing_is_left_half_done(house, now):
    sow(officers=[house.officer], supervisors={}, analysts=[house.analyst], now=now)
    assert not CaseRequest.objects.filter(type__in=["freeze", "emergency"]).exists()
    sow(officers=[], supervisors={}, analysts=[], now=now)


def test_in_the_other_language_of_the_pages_it_is_sown_alike(house, now):
    with translation.override("zh-hant"):
        try:
            sown(house, now)
        except PortalError as refused:
            pytest.fail(str(refused))
    assert CaseRequest.objects.count() == 14
