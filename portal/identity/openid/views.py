"""“Sign in with your agency”: from an address to the agency's provider, and back; and where it is set."""

import secrets
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import requests
from allauth.core.internal import ratelimit
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.access import allowed, public, requires
from portal.identity.openid import flows
from portal.identity.openid.forms import AddressForm, ProviderForm, RemovalForm
from portal.identity.openid.token import decoded
from portal.kernel.errors import Invalid, NotVisible
from portal.models import Agency, SignInProvider
from portal.models.agency import AgencyStatus
from portal.ui.forms import add_errors

NONCES = "openid_nonces"
LIMITS = {"openid": "20/m/ip"}


class ProviderAdapter(OpenIDConnectOAuth2Adapter):
    """allauth's, but the token's signature and nonce are always judged, not only its issuer and audience."""

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        nonces = self.request.session.pop(NONCES, {})
        return decoded(
            id_token,
            jwks_uri=str(self.openid_config["jwks_uri"]),
            issuer=app.settings["issuer"],
            client_id=app.client_id,
            nonce=nonces.get(self.provider_id),
        )


@require_http_methods(["GET", "HEAD", "POST"])
@public("people of an agency with a provider of its own begin their sign-in here")
def start(request: HttpRequest) -> HttpResponse:
    """From the address' domain to a link out: a form may not redirect to another site (form-action)."""
    if request.user.is_authenticated:
        return redirect("home")
    following = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(
        following, {request.get_host()}, require_https=request.is_secure()
    ):
        following = ""
    if request.method != "POST":
        return render(request, "openid/start.html", {"form": AddressForm(), "next": following})
    if limited := ratelimit.consume_or_429(request, app="portal", action="openid", config=LIMITS):
        return limited
    form = AddressForm(request.POST)
    if form.is_valid():
        email = form.cleaned_data["email"].lower()
        provider = provider_for(email.rpartition("@")[2])
        if provider is None:
            form.add_error("email", _("No agency signs in this way with that address. Use your password."))
        elif target := _way_out(request, provider, email, following):
            context = {"target": target, "host": urlsplit(target).hostname, "agency": provider.agency}
            return render(request, "openid/leave.html", context)
        else:
            form.add_error(None, _("Your agency’s sign-in does not answer. Try again, or use your password."))
    return render(request, "openid/start.html", {"form": form, "next": following}, status=422)


def provider_for(domain: str) -> SignInProvider | None:
    """By the domain alone: whether a person has an account is not told."""
    found = SignInProvider.objects.select_related("agency")
    return found.filter(agency__status=AgencyStatus.APPROVED, agency__domains__contains=[domain]).first()


def _way_out(request: HttpRequest, provider: SignInProvider, email: str, following: str) -> str:
    nonce = secrets.token_urlsafe(24)
    wanted = {"nonce": nonce, "login_hint": email}
    if provider.acr_values:
        wanted["acr_values"] = " ".join(provider.acr_values)
    try:
        found = get_adapter(request).get_provider(request, str(provider.pk))
        answer = found.redirect(request, "login", next_url=following or None, auth_params=wanted)
    except (requests.RequestException, OAuth2Error, KeyError, ValueError):
        return ""
    request.session[NONCES] = {str(provider.pk): nonce}
    return str(answer["Location"]) if answer.status_code == 302 else ""


@require_safe
@public("the agency's provider sends people back here")
def callback(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    try:
        adapter = ProviderAdapter(request, str(provider_id))
        return OAuth2CallbackView.adapter_view(adapter)(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    except (KeyError, ValueError, TypeError) as error:
        # A provider that answers with something else than its own description promised.
        get_adapter(request).on_authentication_error(request, adapter.get_provider(), exception=error)
        raise


def _agency(request: HttpRequest, agency_id: UUID) -> Agency:
    agency = Agency.objects.visible_to(request.actor).filter(pk=agency_id).first()  # type: ignore[attr-defined]
    if agency is None:
        raise NotVisible
    return agency


@require_http_methods(["GET", "HEAD", "POST"])
@requires("agencies.view_provider")
def set_provider(request: HttpRequest, agency_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    agency = _agency(request, agency_id)
    provider = SignInProvider.objects.filter(agency=agency).select_related("set_by").first()
    form = ProviderForm(request.POST or None, initial=ProviderForm.initial_of(provider))
    if request.method == "POST" and form.is_valid():
        try:
            flows.set_provider(agency.pk, actor=actor, now=timezone.now(), **form.answers())
        except Invalid as refused:
            add_errors(form, refused)
        else:
            messages.success(
                request, _("The sign-in provider is set. Try it with one of the agency’s people.")
            )
            return redirect("agencies-openid", agency.pk)
    context = {
        "agency": agency,
        "crumbs": [
            (_("Agencies"), reverse("agencies-list")),
            (agency, reverse("agencies-view", args=[agency.pk])),
        ],
        "provider": provider,
        "factors": provider.factors if provider else [],
        "form": form,
        "removal": RemovalForm(),
        "may_set": allowed(actor, "agencies.set_provider"),
        "callback": f"{settings.BASE_URL}{reverse('openid_connect_callback', args=[provider.pk])}"
        if provider
        else "",
    }
    return render(request, "openid/provider.html", context, status=422 if form.errors else 200)


@require_POST
@requires("agencies.remove_provider")
def remove_provider(request: HttpRequest, agency_id: UUID) -> HttpResponse:
    form = RemovalForm(request.POST)
    why = form.cleaned_data["why"] if form.is_valid() else ""
    flows.remove_provider(agency_id, actor=request.actor, now=timezone.now(), why=why)  # type: ignore[attr-defined]
    messages.success(request, _("The sign-in provider is removed."))
    return redirect("agencies-openid", agency_id)
