"""What waits for this person among the case requests."""

from dataclasses import replace

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from casesupport.lifecycle import RequestStatus
from casesupport.models import CaseRequest
from portal.access import allowed
from portal.kernel.actor import Actor
from portal.kernel.errors import Text
from portal.ui.home import Panel, register

SHOWN = 8


def _panel(title: Text, empty: Text, query: str, requests: QuerySet[CaseRequest], page: str) -> Panel:
    rows = [
        {
            "url": reverse(page, args=[each.pk]),
            "title": f"{each.reference} · {each.get_type_display()}",
            "detail": str(each.agency),
            "status": each.status,
            "status_label": each.get_status_display(),
        }
        for each in requests.select_related("agency").order_by("changed_at")[:SHOWN]
    ]
    return Panel(title=title, empty=empty, url=f"{reverse('requests-list')}?{query}", rows=rows)


def panels(actor: Actor) -> list[Panel]:
    seen = CaseRequest.objects.visible_to(actor)
    visible = seen.filter(quarantined_at=None)
    if allowed(actor, "requests.claim"):
        return [*_in_quarantine(seen, actor), *_of_analyst(visible, actor)]
    if allowed(actor, "requests.create"):
        return _of_officer(visible, actor)
    return []


def _in_quarantine(seen: QuerySet[CaseRequest], actor: Actor) -> list[Panel]:
    waiting = seen.filter(quarantined_at__isnull=False)
    count = waiting.count() if allowed(actor, "requests.release") else 0
    if not count:
        return []
    panel = _panel(_("Case requests in quarantine"), "", "", waiting, "requests-view")
    return [replace(panel, url=f"{reverse('quarantine-list')}?kind=requests", total=count)]


def _of_analyst(visible: QuerySet[CaseRequest], actor: Actor) -> list[Panel]:
    mine = visible.filter(assigned_to_id=actor.person_id)
    return [
        _panel(
            _("New case requests"),
            _("No case request waits to be taken."),
            "status=submitted",
            visible.filter(status=RequestStatus.SUBMITTED),
            "requests-view",
        ),
        _panel(
            _("Your case requests in triage"),
            _("You have none in triage."),
            "status=in_triage&assigned=me",
            mine.filter(status=RequestStatus.IN_TRIAGE),
            "requests-view",
        ),
        _panel(
            _("Waiting for an agency"),
            _("No question of yours is open."),
            "status=awaiting_agency&assigned=me",
            mine.filter(status=RequestStatus.AWAITING_AGENCY),
            "requests-view",
        ),
    ]


def _of_officer(visible: QuerySet[CaseRequest], actor: Actor) -> list[Panel]:
    found = []
    if allowed(actor, "requests.cosign"):
        found.append(
            _panel(
                _("Case requests to co-sign"),
                _("No case request waits for your co-signature."),
                "status=awaiting_cosignature",
                visible.filter(status=RequestStatus.AWAITING_COSIGNATURE).exclude(
                    submitted_by_id=actor.person_id
                ),
                "requests-cosign",
            )
        )
    found.append(
        _panel(
            _("Questions to answer"),
            _("No question waits for an answer."),
            "status=awaiting_agency",
            visible.filter(status=RequestStatus.AWAITING_AGENCY),
            "requests-answer",
        )
    )
    found.append(
        _panel(
            _("Case requests in draft"),
            _("No draft is open."),
            "status=draft",
            visible.filter(status=RequestStatus.DRAFT),
            "requests-view",
        )
    )
    return found


register(panels)
