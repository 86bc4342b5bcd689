"""The demo exchange: a withdrawal page that asks the portal's API over HTTP, as a real client does.

It exists in demo mode only. It holds the demo client's key on the server, never in the page: the page reports
to this server, and this server to the portal.
"""

import hashlib
import json
import re
import time
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, cast
from uuid import UUID

import httpx
from django import forms
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from campaigns.component.published import published
from portal.access import public
from portal.kernel.identifiers import new_id
from portal.kernel.languages import NAMES, bcp47
from portal.kernel.regions import countries
from portal.ui.regions import region_label

TIMEOUT = httpx.Timeout(2.0)
SALT = "demo-withdrawal"


class WithdrawalForm(forms.Form):
    region = forms.ChoiceField(label=gettext_lazy("The user's region"))
    language = forms.ChoiceField(
        label=gettext_lazy("The user's language"),
        choices=[(bcp47(code), name) for code, name in NAMES.items()],
    )
    asset = forms.ChoiceField(
        label=gettext_lazy("Asset"), choices=[(code, code) for code in ("USDT", "BTC", "ETH")]
    )
    amount = forms.CharField(label=gettext_lazy("Amount"), max_length=20, initial="2500")
    address = forms.CharField(
        label=gettext_lazy("To address"), max_length=120, initial="TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE"
    )

    new_address = forms.BooleanField(
        label=gettext_lazy("It is the first withdrawal to this address"), required=False, initial=True
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        by_name = sorted((region_label(code), code) for code in countries())
        cast(forms.ChoiceField, self.fields["region"]).choices = [(code, name) for name, code in by_name]

    def clean_amount(self) -> str:
        try:
            amount = Decimal(self.cleaned_data["amount"])
        except InvalidOperation:
            amount = Decimal(0)
        if not amount.is_finite() or amount <= 0:
            raise forms.ValidationError(_("Give an amount above zero."))
        return str(self.cleaned_data["amount"])


def _client() -> httpx.Client:
    return httpx.Client(
        base_url=settings.BASE_URL,
        headers={"Authorization": f"Bearer {settings.DEMO_CLIENT_KEY}"},
        timeout=TIMEOUT,
    )


def _report(ticket: dict[str, str], *kinds: tuple[str, str]) -> str | None:
    """Post what happened, as a client would; the reason if the portal did not take it."""
    now = datetime.now(UTC).isoformat()
    events = [
        {
            "id": event_id(ticket, kind, part),
            "kind": kind,
            "part": part,
            "occurred_at": now,
            **{name: ticket[name] for name in ("campaign", "version", "region", "language", "reference")},
        }
        for kind, part in kinds
    ]
    try:
        with _client() as client:
            answer = client.post("/api/v1/campaigns/events", json={"events": events})
    except httpx.HTTPError as error:
        return type(error).__name__
    refused = answer.json().get("refused") if answer.status_code == 200 else [answer.json()]
    return refused[0]["detail"] if refused else None


def event_id(ticket: dict[str, str], kind: str, part: str) -> str:
    """The UUIDv7 of one event of one withdrawal, whoever tells of it: the page's script, its form, a second
    click. So the portal counts it once.
    """
    chance = hashlib.sha256(f"{ticket['reference']} {kind} {part}".encode()).digest()
    bits = int.from_bytes(chance[:10], "big")
    begun = int(ticket["begun"]) << 80
    return str(UUID(int=begun | 7 << 76 | (bits >> 68) << 64 | 2 << 62 | bits & (1 << 62) - 1))


@public("the demo exchange's own page; it shows what any user of the exchange would see")
def start(request: HttpRequest) -> HttpResponse:
    """A withdrawal is started: ask what applies, show it before anything is sent."""
    form = WithdrawalForm(request.POST or None, initial={"region": "HK", "language": "zh-Hant"})
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            with _client() as client:
                answer = client.get(
                    "/api/v1/campaigns/fragment",
                    params={
                        **{name: asked[name] for name in ("region", "language", "asset")},
                        "new_address": "true" if asked["new_address"] else "false",
                    },
                )
        except httpx.HTTPError as error:
            # A withdrawal never waits for a warning: without an answer it goes on.
            return render(
                request,
                "demo/withdrawal.html",
                context | {"failed": type(error).__name__, "done": "unwarned"},
            )
        if answer.status_code == 204:
            return render(request, "demo/withdrawal.html", context | {"done": "unwarned"})
        if answer.status_code != 200:
            failed = answer.json().get("detail", str(answer.status_code))
            return render(request, "demo/withdrawal.html", context | {"failed": failed, "done": "unwarned"})
        article = named(answer.text)
        ticket = {
            "campaign": article["campaign"],
            "version": article["version"],
            "region": asked["region"],
            "language": article["language"],
            "reference": f"w-{new_id().hex}",
            "begun": str(int(time.time() * 1000)),
        }
        context |= {
            # The exchange shows the portal's fragment as it came, over its own connection to the portal.
            "fragment": mark_safe(answer.text),  # noqa: S308
            "article": article,
            "script": published()["script"],
            "ticket": signing.dumps(ticket, salt=SALT),
            "asked": asked,
        }
    return render(request, "demo/withdrawal.html", context)


def named(fragment: str) -> dict[str, str]:
    """The campaign, version and language that a fragment says it is of."""
    return dict(re.findall(r' data-([a-z]+)="([^"]*)"', fragment[: fragment.index(">")]))


SHOWN = ("shown", "")
OUTCOMES = {
    "reconsider": ("reconsidered", ""),
    "review": ("reviewed", "resource"),
    "proceed": ("proceeded", ""),
}
# What the web component tells of.
TOLD = frozenset(
    [SHOWN, *OUTCOMES.values(), *(("reviewed", part) for part in ("tips", "examples", "question"))]
)


@require_POST
@public("the demo exchange's own page; it reports only on a withdrawal that it began")
def outcome(request: HttpRequest) -> HttpResponse:
    """What the user did with the warning: the buttons' form, which needs no script."""
    did = request.POST.get("did", "")
    ticket = _begun(request.POST.get("ticket", ""))
    if ticket is None or did not in OUTCOMES:
        return render(
            request,
            "demo/withdrawal.html",
            {"form": WithdrawalForm(), "failed": _("This withdrawal is too old or unknown. Start again.")},
            status=400,
        )
    # Without a script this is the first that is heard of it: who chose has seen the warning.
    failed = _report(ticket, SHOWN, OUTCOMES[did])
    context = {"form": WithdrawalForm(), "done": did, "failed": failed, "ticket": request.POST["ticket"]}
    return render(request, "demo/withdrawal.html", context)


@require_POST
@public("the demo exchange's own page; it reports only on a withdrawal that it began")
def report(request: HttpRequest) -> HttpResponse:
    """What the web component saw. The page is believed the kind alone; the ticket says the rest."""
    if request.content_type != "application/json":
        return HttpResponse(status=400)  # the body of a form has been read already
    try:
        said = json.loads(request.body)
        event = (said["kind"], said["part"])
        ticket = _begun(said["withdrawal"])
    except (ValueError, KeyError, TypeError):
        return HttpResponse(status=400)
    if ticket is None or event not in TOLD:
        return HttpResponse(status=400)
    # 502: the component comes again, with the same event.
    return HttpResponse(status=502 if _report(ticket, event) else 204)


def _begun(ticket: object) -> dict[str, str] | None:
    """The withdrawal that this page began, at most an hour ago."""
    try:
        return cast(dict[str, str], signing.loads(str(ticket), salt=SALT, max_age=3600))
    except signing.BadSignature:
        return None
