"""Fresh proof: an act that asks for the second factor again is set aside, and done once it was given.

A form is kept sealed in the session under a number that the page asking for the factor carries as its
`next`. With the proof given, the browser is told to send that page's form on to the act's own address (307);
there the kept form takes its place. So the act passes every middleware as itself, at its own address, once.
"""

import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from portal.identity.factors import PROVING, proving_from, proving_types
from portal.identity.keeping import Kept, keep, kept
from portal.kernel.errors import Forbidden, ProofNeeded
from portal.models import User
from portal.ui.errors import API_PREFIX, answer
from portal.ui.typed import TOKEN, typed

# What is asked for a factor, by name.
PLACES = frozenset({"account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"})
GO_ON = {"callback": "portal.identity.proof.go_on", "state": {}}
SET_ASIDE = "set_aside"
SET_ASIDE_SECONDS = 600
SET_ASIDE_MAX = 5
CLOCK_SECONDS = 60
# Ids of factors that this session proved although they are still on trial (portal.identity.factors).
ON_TRIAL = "factors_on_trial"


def is_fresh(request: HttpRequest) -> bool:
    """Whether this session proved a second factor within the last minutes; a password never counts."""
    now = time.time()
    on_trial = request.session.get(ON_TRIAL, [])
    return any(
        record.get("method") == "mfa"
        and record.get("type") in PROVING
        and record.get("id") not in on_trial
        and now - app_settings.REAUTHENTICATION_TIMEOUT < record.get("at", 0) <= now + CLOCK_SECONDS
        for record in get_authentication_records(request, request.user)
    )


def has_proved(request: HttpRequest, user: User) -> bool:
    """Whether a factor that counts was given at any time in this session."""
    on_trial = request.session.get(ON_TRIAL, [])
    return any(
        record.get("method") == "mfa" and record.get("type") in PROVING and record.get("id") not in on_trial
        for record in get_authentication_records(request, user)
    )


class ProofMiddleware:
    """After PortalErrorMiddleware, so that it is asked first: a page instead of a refusal."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """The form that waited takes the place of the code that came with the proof."""
        number = _number_in(request.POST.get("next", "")) if request.method == "POST" else ""
        if not number or _asks_for_proof(request.path):
            return None
        waiting = _taken(request, number)
        if waiting is None or waiting.path != request.get_full_path():
            return redirect("proof-waiting", number=number)
        form = waiting.fields.copy()
        form[TOKEN] = request.POST.get(TOKEN, "")
        request.POST = QueryDict(form.urlencode())
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, ProofNeeded | ReauthenticationRequired):
            return None
        if not request.user.is_authenticated or request.path.startswith(API_PREFIX):
            return None
        place = place_of_proof(request, is_act=isinstance(exception, ProofNeeded))
        if place is None:
            return answer(request, Forbidden(_why_not(request), code="proof-impossible"))
        if request.session.get(ON_TRIAL):
            messages.warning(request, _why_not(request))
        if request.method != "POST":
            return _ask(request, place, request.get_full_path())
        if request.FILES:
            # What was typed could be kept, the files not: half a form is not done.
            context = {"typed": typed(request.POST), "place": place, "following": _next(back_of(request))}
            return render(request, "account/proof_files.html", context, status=403)
        return _ask(request, place, reverse("proof-waiting", args=[set_aside(request)]))


def place_of_proof(request: HttpRequest, *, is_act: bool) -> str | None:
    """Where this person proves it: by the factor that the session used before, else by the strongest one."""
    ways = {way["id"]: way["url"] for way in get_adapter(request).get_reauthentication_methods(request.user)}
    if is_act:
        types = proving_types(request.user.pk, timezone.now())
        wanted = {"mfa_reauthenticate": "totp", "mfa_reauthenticate:webauthn": "webauthn"}
        ways = {name: url for name, url in ways.items() if wanted.get(name) in types}
    if not ways:
        return None
    used = [record.get("type") for record in get_authentication_records(request, request.user)]
    if "totp" in used and "webauthn" not in used and "mfa_reauthenticate" in ways:
        return str(ways["mfa_reauthenticate"])
    return str(ways.get("mfa_reauthenticate:webauthn") or next(iter(ways.values())))


def set_aside(request: HttpRequest) -> str:
    """Keeps the form under a new number; the oldest of too many is dropped."""
    number, back = secrets.token_urlsafe(9), back_of(request)
    waiting = request.session.get(SET_ASIDE, {})
    waiting[number] = {"form": keep(request, person_id=str(request.user.pk), back=back), "back": back}
    request.session[SET_ASIDE] = dict(list(waiting.items())[-SET_ASIDE_MAX:])
    request.session[STATE_SESSION_KEY] = GO_ON
    return number


def go_on(request: HttpRequest, state: dict[str, Any]) -> HttpResponse:
    """allauth's call once the factor is proved: to the act that waits, or to the page that was asked for."""
    following = get_next_redirect_url(request) or reverse("home")
    if request.session.get(SET_ASIDE):
        request.session[STATE_SESSION_KEY] = GO_ON
    waiting = _waiting(request, _number_in(following))
    return (
        redirect(following) if waiting is None else HttpResponseRedirect(waiting.path, preserve_request=True)
    )


def come_back(request: HttpRequest, number: str) -> HttpResponse:
    """Somebody opens the address of an act that waits: still to be proved, or done or too old by now."""
    if _waiting(request, number) and (place := place_of_proof(request, is_act=True)):
        return _ask(request, place, request.path)
    messages.info(
        request,
        _("This step was done already, or waited too long for its confirmation. Look before you repeat it."),
    )
    return redirect(request.session.get(SET_ASIDE, {}).get(number, {}).get("back") or "home")


def back_of(request: HttpRequest) -> str:
    """The page that the form was on, if it is one of ours: safe to open, as the act's own address is not."""
    referer = request.META.get("HTTP_REFERER", "")
    if url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure()):
        parts = urlsplit(referer)
        place = parts.path + (f"?{parts.query}" if parts.query else "")
        # Two slashes at the beginning of a path are another site's address once its host is gone.
        is_a_path = url_has_allowed_host_and_scheme(place, None)
        if parts.netloc == request.get_host() and is_a_path and not _asks_for_proof(parts.path):
            return place
    return reverse("home")


def _next(path: str) -> str:
    return urlencode({"next": path})


def _ask(request: HttpRequest, place: str, following: str) -> HttpResponse:
    target = f"{place}?{_next(following)}"
    if getattr(request, "htmx", False):
        return HttpResponse(headers={"HX-Redirect": target})
    return redirect(target)


def _why_not(request: HttpRequest) -> str:
    since = proving_from(request.user.pk, timezone.now())
    if since is None:
        return _("This step needs an authenticator app or a passkey. Set one up under sign-in security.")
    return _(
        "This step needs an authenticator app or a passkey. Yours was set up with a recovery code: it"
        " confirms from %(since)s on. If it cannot wait, let a colleague do it."
    ) % {"since": date_format(localtime(since), "DATETIME_FORMAT")}


def _number_in(path: str) -> str:
    """Of the act that waits, if the path is the one that names it."""
    match = _resolved(path)
    return str(match.kwargs["number"]) if match and match.view_name == "proof-waiting" else ""


def _asks_for_proof(path: str) -> bool:
    match = _resolved(path)
    return match is not None and match.view_name in PLACES


def _resolved(path: str) -> ResolverMatch | None:
    try:
        return resolve(urlsplit(path).path)
    except (Resolver404, ValueError):
        return None


def _waiting(request: HttpRequest, number: str) -> Kept | None:
    sealed = request.session.get(SET_ASIDE, {}).get(number, {}).get("form", "")
    return kept(sealed, person_id=str(request.user.pk), seconds=SET_ASIDE_SECONDS) if sealed else None


def _taken(request: HttpRequest, number: str) -> Kept | None:
    """Once: the session is read and written again by each request, so the cache decides between two."""
    waiting = _waiting(request, number)
    if waiting is None or not cache.add(f"set-aside.{number}", 1, timeout=SET_ASIDE_SECONDS):
        return None
    request.session[SET_ASIDE][number]["form"] = ""
    request.session.modified = True
    return waiting
