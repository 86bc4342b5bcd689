"""An agency that nobody could act for: the last moment that anybody of it got in lies long back."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Max
from django.db.models.functions import Coalesce, Least

from portal.models import Agency, Suspension, VettingDecision
from portal.models.agency import AgencyQuerySet, AgencyStatus


def idle_at(now: datetime) -> AgencyQuerySet:
    """Approved agencies without a person in term for AGENCY_LAPSE_DAYS.

    A person counts until the term, the role or the person ended; an agency itself from its last approval or
    reinstatement on, so that nobody is too late on the first day. LEAST passes over NULL.
    """
    term = timedelta(days=settings.ATTESTATION_DAYS)
    people = Max(
        Least(
            F("memberships__attested_at") + term, F("memberships__ended_at"), F("memberships__suspended_at")
        )
    )
    since = now - timedelta(days=settings.AGENCY_LAPSE_DAYS)
    idle = Agency.objects.filter(status=AgencyStatus.APPROVED).annotate(
        last=Coalesce(people, F("created_at"))
    )
    approved = VettingDecision.objects.filter(verdict="approved", at__gt=since).values("agency_id")
    reinstated = Suspension.objects.filter(agency__isnull=False, ended_at__gt=since).values("agency_id")
    return idle.filter(last__lte=since).exclude(pk__in=approved).exclude(pk__in=reinstated)


def is_idle(agency: Agency, now: datetime) -> bool:
    return idle_at(now).filter(pk=agency.pk).exists()
