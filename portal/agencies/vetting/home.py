"""What waits among the agencies: to be vetted, to be checked further, to be decided by a second person."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.access import allowed
from portal.agencies.vetting.checklist import Checklist, checklists
from portal.kernel.actor import Actor
from portal.models import Agency, MailChallenge
from portal.models.agency import AgencyStatus
from portal.ui.home import Panel, register

SHOWN = 8
CONSIDERED = 50


def panels(actor: Actor) -> list[Panel]:
    if not allowed(actor, "agencies.vet"):
        return []
    waiting = Agency.objects.filter(status__in=(AgencyStatus.APPLIED, AgencyStatus.IN_VETTING))
    agencies = list(waiting.order_by("created_at")[:CONSIDERED])
    in_vetting = [each for each in agencies if each.status == AgencyStatus.IN_VETTING]
    lists = checklists(in_vetting) if in_vetting else {}
    asked = set(
        MailChallenge.objects.filter(
            round__in=[each.round for each in lists.values()], asked_by_id=actor.person_id
        ).values_list("round_id", flat=True)
    ) if lists else set()  # fmt: skip

    def had_part(listed: Checklist) -> bool:
        people = {listed.round.begun_by_id, *(row.person_id for row in listed.rows)}
        return actor.person_id in people or listed.round.pk in asked

    complete = {pk for pk, listed in lists.items() if listed.is_complete}
    mine = [each for each in in_vetting if each.pk in complete and not had_part(lists[each.pk])]
    listed_at = reverse("agencies-list")
    return [
        Panel(
            title=_("Agencies to decide about"),
            empty=_("No agency waits for your decision."),
            url=f"{listed_at}?status=in_vetting",
            rows=[_row(each, "agencies-approve") for each in mine[:SHOWN]],
        ),
        Panel(
            title=_("Agencies to vet"),
            empty=_("No agency waits to be vetted."),
            url=f"{listed_at}?status=applied",
            rows=[
                _row(each, "agencies-vetting" if each.pk in lists else "agencies-view", lists.get(each.pk))
                for each in agencies
                if each.pk not in complete
            ][:SHOWN],
        ),
    ]


def _row(agency: Agency, page: str, listed: Checklist | None = None) -> dict[str, Any]:
    detail = agency.country
    if listed is not None:
        count = len(listed.missing)
        words = ngettext("%(count)d check is open", "%(count)d checks are open", count) % {"count": count}
        detail = f"{detail} · {words}"
    return {
        "url": reverse(page, args=[agency.pk]),
        "title": str(agency),
        "detail": detail,
        "status": agency.status,
        "status_label": agency.get_status_display(),
    }


register(panels)
