"""The pages about API clients. A new key is in the answer to the POST that made it, and nowhere else."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.access import allowed, requires
from portal.clients import flows
from portal.clients.forms import ClientForm, EditForm, IssueForm, RotateForm, WhyForm
from portal.clients.pages import acts, crumbs, entries, found, found_key, key_rows
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, WrongState
from portal.models import Client, ClientKey
from portal.ui.forms import add_errors
from portal.ui.pagination import paginate

GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])
SHOWN = ("open", "attention", "closed", "all")


def _status(request: HttpRequest) -> int:
    return 422 if request.method == "POST" else 200


@require_safe
@requires("clients.list")
def list_clients(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    show = request.GET.get("show", "open")
    q = request.GET.get("q", "").strip().replace("\x00", "")[:80]
    clients = Client.objects.visible_to(actor).order_by("name", "pk")
    if show == "attention":
        keys = ClientKey.objects.needing_attention_at(now)
        clients = clients.filter(pk__in=keys.values("client"))
    elif show == "closed":
        clients = clients.exclude(closed_at=None)
    elif show != "all":
        show = "open"
        clients = clients.open()
    if q:
        # What stands in a log is the prefix, so whoever finds a key there finds its client here.
        clients = clients.filter(
            Q(name__icontains=q)
            | Q(pk__in=ClientKey.objects.filter(prefix__startswith=q[:17]).values("client"))
        )
    keys = ClientKey.objects.select_related("replaced_by")
    page = paginate(request, clients.prefetch_related(Prefetch("keys", queryset=keys)))
    context = {
        "page": page,
        "rows": [_row(client, now) for client in page],
        "show": show,
        "q": q,
        "filtered": bool(q) or show != "open",
        "may_register": allowed(actor, "clients.register"),
    }
    return render(request, "clients/list.html", context)


def _row(client: Client, now: Any) -> dict[str, Any]:
    keys = list(client.keys.all())
    for key in keys:
        key.client = client
    used = [key.last_used_at for key in keys if key.last_used_at]
    return {
        "client": client,
        "keys": [row for row in key_rows(keys, now) if row.state in ("active", "ending")],
        "last_used_at": max(used, default=None),
        "calls": sum(key.calls for key in keys),
    }


@require_safe
@requires("clients.view")
def view(request: HttpRequest, client_id: UUID) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    client = found(client_id, actor)
    keys = list(client.keys.select_related("issued_by", "revoked_by", "replaced_by"))
    for key in keys:
        key.client = client
    context = {
        "client": client,
        "crumbs": crumbs(),
        "acts": acts(actor, client),
        "rows": key_rows(keys, timezone.now(), actor),
        "entries": entries(client),
    }
    return render(request, "clients/view.html", context)


@GET_OR_POST
@requires("clients.register")
def register(request: HttpRequest) -> HttpResponse:
    form = ClientForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            client = flows.register(actor=request.actor, now=timezone.now(), **form.given())  # type: ignore[attr-defined]
        except Invalid as refused:
            add_errors(form, refused)
        else:
            messages.success(request, _("Registered. It can call once it has a key."))
            return redirect("clients-view", client.pk)
    context = {"form": form, "crumbs": crumbs()}
    return render(request, "clients/register.html", context, status=_status(request))


@GET_OR_POST
@requires("clients.edit")
def edit(request: HttpRequest, client_id: UUID) -> HttpResponse:
    client = _open(request, client_id)
    form = EditForm(request.POST or None, initial=EditForm.about(client))
    if request.method == "POST" and form.is_valid():
        try:
            flows.edit(
                client_id,
                actor=request.actor,  # type: ignore[attr-defined]
                now=timezone.now(),
                seen_revision=form.cleaned_data["seen_revision"],
                **form.given(),
            )
        except Invalid as refused:
            add_errors(form, refused)
        else:
            messages.success(request, _("Saved. It holds for every key of this client now."))
            return redirect("clients-view", client_id)
    context = {"form": form, "client": client, "crumbs": crumbs(client)}
    return render(request, "clients/edit.html", context, status=_status(request))


@GET_OR_POST
@requires("clients.issue")
def issue(request: HttpRequest, client_id: UUID) -> HttpResponse:
    client = _open(request, client_id)
    form = IssueForm(request.POST or None, initial={"seen_keys": client.keys.count()})
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            key, text = flows.issue(
                client_id,
                actor=request.actor,  # type: ignore[attr-defined]
                now=now,
                seen_keys=form.cleaned_data["seen_keys"],
                **form.given(now),
            )
        except Invalid as refused:
            form.refuse(refused)
        else:
            return _shown_once(request, client, key, text)
    context = {"form": form, "client": client, "crumbs": crumbs(client)}
    return render(request, "clients/issue.html", context, status=_status(request))


@GET_OR_POST
@requires("clients.rotate")
def rotate(request: HttpRequest, client_id: UUID, key_id: UUID) -> HttpResponse:
    client = _open(request, client_id)
    old = found_key(client, key_id)
    form = RotateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            key, text = flows.rotate(key_id, actor=request.actor, now=now, **form.given(now))  # type: ignore[attr-defined]
        except Invalid as refused:
            form.refuse(refused)
        else:
            return _shown_once(request, client, key, text, found_key(client, key_id))
    context = {"form": form, "client": client, "key": old, "crumbs": crumbs(client)}
    return render(request, "clients/rotate.html", context, status=_status(request))


@GET_OR_POST
@requires("clients.revoke")
def revoke(request: HttpRequest, client_id: UUID, key_id: UUID) -> HttpResponse:
    client = _open(request, client_id)
    key = found_key(client, key_id)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            flows.revoke(key_id, actor=request.actor, now=timezone.now(), why=form.cleaned_data["why"])  # type: ignore[attr-defined]
        except Invalid as refused:
            add_errors(form, refused)
        else:
            messages.success(request, _("Revoked. Every process refuses it within a second."))
            return redirect("clients-view", client_id)
    others = client.keys.usable_at(timezone.now()).exclude(pk=key.pk).count()
    context = {"form": form, "client": client, "key": key, "others": others, "crumbs": crumbs(client)}
    return render(request, "clients/revoke.html", context, status=_status(request))


@GET_OR_POST
@requires("clients.close")
def close(request: HttpRequest, client_id: UUID) -> HttpResponse:
    client = _open(request, client_id)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            flows.close(client_id, actor=request.actor, now=timezone.now(), why=form.cleaned_data["why"])  # type: ignore[attr-defined]
        except Invalid as refused:
            add_errors(form, refused)
        else:
            messages.success(request, _("Closed. None of its keys works any more."))
            return redirect("clients-view", client_id)
    keys = key_rows(
        client.keys.usable_at(timezone.now()).select_related("client", "replaced_by"), timezone.now()
    )
    context = {"form": form, "client": client, "rows": keys, "crumbs": crumbs(client)}
    return render(request, "clients/close.html", context, status=_status(request))


def _open(request: HttpRequest, client_id: UUID) -> Client:
    """The client to act on; the flow locks it and asks again."""
    client = found(client_id, request.actor)  # type: ignore[attr-defined]
    if client.closed_at is not None:
        raise WrongState(_("This client is closed."))
    return client


def _shown_once(
    request: HttpRequest, client: Client, key: ClientKey, text: str, old: ClientKey | None = None
) -> HttpResponse:
    """No redirect: the key would have to be kept for the next page."""
    context = {"client": client, "key": key, "text": text, "old": old, "crumbs": crumbs(client)}
    response = render(request, "clients/issued.html", context)
    response["Cache-Control"] = "no-store"
    return response
