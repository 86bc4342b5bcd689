"""The page of re-attestation: each person, here or gone; the answers once more; then the act."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from portal.access import requires
from portal.agencies.roster.attestation import flows
from portal.agencies.roster.attestation.reminders import due_soon
from portal.agencies.roster.pages import House, actor_of, crumbs, house_of
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid
from portal.models import Membership
from portal.ui.pagination import paginate

HERE, LEFT = "here", "left"


def _candidates(house: House, actor: Actor) -> QuerySet[Membership]:
    return (
        Membership.objects.filter(agency=house.agency_id, ended_at=None, suspended_at=None)
        .exclude(user=actor.person_id)
        .select_related("user", "attested_by")
        .order_by("attested_at", "pk")
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("agencies.attest")
def attest(request: HttpRequest, agency_id: UUID | None = None) -> HttpResponse:
    """Whose term ends soon, or (?all=1) everyone. Whoever is not answered about stays as he or she is."""
    actor = actor_of(request)
    house = house_of(request, agency_id, "agencies.attest")
    now = timezone.now()
    answers = _answers(request)
    errors: list[str] = []
    if request.method == "POST" and request.POST.get("step") != "change":
        people = list(_candidates(house, actor).filter(pk__in=answers))
        if not people:
            errors = [_("Say of at least one person whether he or she still works here.")]
        elif request.POST.get("step") != "confirm":
            return _check(request, house, people, answers)
        else:
            here, left = (
                [each for each, said in answers.items() if said == wanted] for wanted in (HERE, LEFT)
            )
            try:
                flows.attest(here, has_left=left, actor=actor, now=now)
            except Invalid as refused:
                errors = [str(text) for texts in refused.errors.values() for text in texts]
            else:
                messages.success(request, _done(len(here), len(left)))
                return redirect(house.url("list"))
    everyone = _candidates(house, actor)
    due = everyone.filter(attested_at__lte=due_soon(now))
    shown = everyone if "all" in request.GET or answers else due
    page = paginate(request, shown, size=100)
    context = {
        "house": house,
        "crumbs": crumbs(house.agency_id, house.agency),
        "back": house.url("list"),
        "page": page,
        "rows": [
            {"membership": each, "said": answers.get(each.pk), "is_late": now >= each.attested_until}
            for each in page
        ],
        "everyone": "all" in request.GET or bool(answers),
        "days": settings.ATTESTATION_DAYS,
        "errors": errors,
    }
    return render(request, "agencies/roster/attest.html", context, status=422 if errors else 200)


def _answers(request: HttpRequest) -> dict[UUID, str]:
    """{membership: here or left} as typed; what is neither counts as no answer."""
    found = {}
    for name, said in request.POST.items():
        kind, _dash, text = name.partition("-")
        if kind != "person" or said not in (HERE, LEFT):
            continue
        try:
            found[UUID(text)] = str(said)
        except ValueError:
            continue
    return found


def _check(
    request: HttpRequest, house: House, people: Iterable[Membership], answers: dict[UUID, str]
) -> HttpResponse:
    said: dict[str, list[Any]] = {HERE: [], LEFT: []}
    for each in people:
        said[answers[each.pk]].append(each)
    context = {
        "house": house,
        "crumbs": crumbs(house.agency_id, house.agency),
        "here": said[HERE],
        "left": said[LEFT],
        "days": settings.ATTESTATION_DAYS,
    }
    return render(request, "agencies/roster/attest_check.html", context)


def _done(here: int, left: int) -> str:
    parts = []
    if here:
        parts.append(
            ngettext("%(count)d person attested.", "%(count)d people attested.", here) % {"count": here}
        )
    if left:
        parts.append(ngettext("%(count)d departure.", "%(count)d departures.", left) % {"count": left})
    return " ".join(parts)
