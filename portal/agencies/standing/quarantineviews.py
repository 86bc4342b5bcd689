"""What waits in quarantine, of every kind on one page; and the one form by which a thing leaves it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from portal.access import allowed, hold_agencies, hold_standing, requires
from portal.agencies.standing.forms import ReleaseForm
from portal.agencies.standing.quarantine import Source, sources_for
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, PortalError, WrongState
from portal.models import Agency, Suspension
from portal.ui.pagination import paginate

# As many as somebody can have looked at.
MAX_AT_ONCE = 200


@require_safe
@requires("quarantine.list")
def list_waiting(request: HttpRequest) -> HttpResponse:
    return _page(request, request.GET.get("kind", ""))


def _page(
    request: HttpRequest, kind: str, form: ReleaseForm | None = None, chosen: frozenset[str] = frozenset()
) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sources = sources_for(actor)
    waiting = {each.name: each.waiting(actor) for each in sources}
    counts = {name: rows.count() for name, rows in waiting.items()}
    # Without a choice: the first kind of which something waits.
    source = next((each for each in sources if each.name == kind), None) or next(
        (each for each in sources if counts[each.name]), sources[0]
    )
    rows = waiting[source.name]
    agencies = Agency.objects.filter(pk__in=rows.order_by().values("agency_id"))
    agency = request.GET.get("agency", "")
    if any(str(each.pk) == agency for each in agencies):
        rows = rows.filter(agency_id=agency)
    page = paginate(request, rows)
    context = {
        "kinds": [(each.name, each.title, counts[each.name]) for each in sources],
        "source": source,
        "page": page,
        "rows": [(thing, source.row(thing)) for thing in page],
        "agencies": agencies,
        "asked_agency": agency,
        "suspensions": Suspension.objects.visible_to(actor)
        .open()
        .select_related("agency", "membership__user", "membership__agency", "suspended_by"),
        "form": form or ReleaseForm(initial={"seen": ReleaseForm.stamp()}),
        "chosen": chosen,
        "may_release": allowed(actor, source.permission),
    }
    return render(request, "standing/quarantine.html", context, status=422 if form else 200)


@require_POST
@requires("quarantine.release")
def release(request: HttpRequest) -> HttpResponse:
    """All that was ticked, or nothing: if one has changed, the list is looked at again."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    kind = request.POST.get("kind", "")
    source = next((each for each in sources_for(actor) if each.name == kind), None)
    if source is None:
        raise PortalError(_("The form named no kind."))
    chosen = _ids(request.POST.getlist("chosen"))
    form = ReleaseForm(request.POST)
    if not chosen:
        form.add_error(None, _("Tick what you looked at."))
    if form.is_valid():
        try:
            with transaction.atomic():
                _hold(source, chosen, actor)
                for thing_id in chosen:
                    _let_out(source, thing_id, actor, form)
        except Invalid as refused:
            form.lay(refused)
        else:
            said = ngettext("%(count)d released.", "%(count)d released.", len(chosen))
            messages.success(request, said % {"count": len(chosen)})
            return redirect(f"{reverse('quarantine-list')}?kind={source.name}")
    return _page(request, kind, form, frozenset(str(each) for each in chosen))


def _hold(source: Source, chosen: list[UUID], actor: Actor) -> None:
    """All of them before the first is released: its row of the trail holds the chain's lock, and in that
    nothing may be waited for. In the order of portal.access.standing; what is not there the release says."""
    seen = dict(source.waiting(actor).filter(pk__in=chosen).values_list("pk", "agency_id"))
    hold_agencies(set(seen.values()))
    hold_standing(actor)
    rows = source.waiting(actor).model._default_manager.filter(pk__in=seen).order_by("pk")
    list(rows.select_for_update().values_list("pk", flat=True))


def _let_out(source: Source, thing_id: UUID, actor: Actor, form: ReleaseForm) -> None:
    given = form.cleaned_data
    source.release(thing_id, actor=actor, now=timezone.now(), why=given["why"], seen=given["seen"])


def _ids(texts: list[str]) -> list[UUID]:
    """In one order, so that two who release the same things wait for each other."""
    try:
        return sorted({UUID(text) for text in texts[:MAX_AT_ONCE]})
    except ValueError:
        raise PortalError(_("The form named something that does not exist.")) from None


def leave(
    request: HttpRequest, thing: Any, *, back: str, crumbs: Any, verb: str, flow: Callable[..., Any]
) -> HttpResponse:
    """The page of an app on which one thing is released or discarded."""
    if thing.quarantined_at is None:
        raise WrongState(_("It is not in quarantine any more."), code="not-quarantined")
    form = ReleaseForm(request.POST or None, initial={"seen": ReleaseForm.stamp()})
    if request.method == "POST" and form.is_valid():
        actor: Actor = request.actor  # type: ignore[attr-defined]
        given = form.cleaned_data
        try:
            flow(thing.pk, actor=actor, now=timezone.now(), why=given["why"], seen=given["seen"])
        except Invalid as refused:
            form.lay(refused)
        else:
            done = _("Released. It goes on from where it stood.") if verb == "release" else _("Discarded.")
            messages.success(request, done)
            return redirect(back)
    context = {"thing": thing, "back": back, "crumbs": crumbs, "verb": verb, "form": form}
    return render(request, "standing/leave.html", context, status=422 if request.method == "POST" else 200)
