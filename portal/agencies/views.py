"""The list of agencies, and the trust page of one: how it stands, since when, and on what that rests."""

from collections import Counter
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateTimeField, F, OuterRef, Q, Subquery
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.access import allowed, requires
from portal.agencies.pages import STANDING, crumbs, found, history
from portal.agencies.record import record_of
from portal.agencies.vetting.checklist import Checklist, checklists
from portal.kernel.actor import Actor, Role
from portal.models import Agency, AuditEvent, Membership
from portal.models.agency import AGENCY_LIFECYCLE, AgencyQuerySet, AgencyStatus
from portal.models.vetting import CheckKind
from portal.ui.pagination import paginate

SORTS = {"name": "name_en", "country": "country", "status": "status", "since": "since"}
SEARCHED = 120


@require_safe
@requires("agencies.list")
def list_agencies(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked = {
        name: request.GET.get(name, "").strip().replace("\x00", "") for name in ("q", "status", "country")
    }
    visible = Agency.objects.visible_to(actor)
    newest = AuditEvent.objects.filter(
        subject_type="agency", subject_id=Cast(OuterRef("pk"), CharField()), event__in=STANDING
    ).order_by("-seq")
    agencies = _filtered(visible, asked).annotate(
        since=Subquery(newest.values("at")[:1], output_field=DateTimeField())
    )
    sort = request.GET.get("sort", "name")
    column = F(SORTS.get(sort.removeprefix("-"), "name_en"))
    order = column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_last=True)
    context = {
        "page": paginate(request, agencies.order_by(order, "pk")),
        "asked": asked,
        "filtered": any(asked.values()),
        "statuses": AgencyStatus.choices,
        "countries": sorted(set(visible.order_by().values_list("country", flat=True))),
    }
    return render(request, "agencies/list.html", context)


def _filtered(agencies: AgencyQuerySet, asked: dict[str, str]) -> AgencyQuerySet:
    if asked["q"]:
        words = asked["q"][:SEARCHED]
        # The column `name` stands for the reader's own language here; English every agency has.
        agencies = agencies.filter(
            Q(name_en__icontains=words) | Q(name__icontains=words) | Q(domains__icontains=words)
        )
    if asked["status"] in AgencyStatus.values:
        agencies = agencies.filter(status=asked["status"])
    if asked["country"]:
        agencies = agencies.filter(country=asked["country"][:2].upper())
    return agencies


@require_safe
@requires("agencies.view")
def view(request: HttpRequest, agency_id: UUID) -> HttpResponse:
    """All of it for the exchange; the agency's own people see what they may tell anybody about it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    agency = found(agency_id, actor, "agencies.view")
    entries, since = history(agency)
    people = _people(agency)
    context: dict[str, Any] = {
        "agency": agency,
        "crumbs": crumbs(actor),
        "since": since,
        "supervisors": [
            each.user for each in people if each.role == Role.SUPERVISOR and each.is_open_at(timezone.now())
        ],
        "of_exchange": actor.of_exchange,
    }
    if actor.of_exchange:
        listed = checklists([agency]).get(agency.pk)
        context |= {
            "entries": entries,
            "checklist": listed,
            "domains": _domains(agency, listed),
            "call": listed.item(CheckKind.SWITCHBOARD) if listed else None,
            "flags": [item for item in listed.items if any(each["serious"] for each in item.findings)]
            if listed
            else [],
            "decision": agency.vetting_decisions.select_related("person").last(),
            "record": record_of(agency, actor),
            "roster": _roster(people),
            "suspensions": agency.suspensions.select_related("suspended_by", "ended_by"),
            "may_see_roster": allowed(actor, "agencies.roster", agency),
            "may_see_provider": allowed(actor, "agencies.view_provider"),
            "may_see_vetting": listed is not None and allowed(actor, "agencies.vetting", agency),
            "acts": _acts(actor, agency),
        }
    return render(request, "agencies/view.html", context)


def _people(agency: Agency) -> list[Membership]:
    return list(
        agency.memberships.filter(ended_at=None).select_related("user").order_by("role", "user__name")
    )


def _roster(people: list[Membership]) -> list[tuple[str, int]]:
    """How many get in, by role, and how many are kept out."""
    now = timezone.now()
    inside = Counter(each.role for each in people if each.is_open_at(now))
    return [
        (_("Supervisors"), inside[Role.SUPERVISOR]),
        (_("Officers"), inside[Role.OFFICER]),
        (_("Suspended"), sum(each.suspended_at is not None for each in people)),
        (
            _("Not re-attested in time"),
            sum(each.suspended_at is None and not each.is_open_at(now) for each in people),
        ),
    ]


def _domains(agency: Agency, listed: Checklist | None) -> list[dict[str, Any]]:
    return [
        {
            "name": domain,
            "proof": listed.item(CheckKind.DOMAIN_DNS, domain) if listed else None,
            "lookalike": listed.item(CheckKind.LOOKALIKE, domain) if listed else None,
        }
        for domain in agency.domains
    ]


def _acts(actor: Actor, agency: Agency) -> set[str]:
    """The verbs that this person can do to this agency now."""
    status = AgencyStatus(agency.status)
    return {
        verb
        for verb in ("vet", "refuse", "suspend", "reinstate", "lapse")
        if allowed(actor, f"agencies.{verb}", agency) and AGENCY_LIFECYCLE.allows(status, verb)
    }
