"""How allauth's OpenID Connect fits our house: a provider an agency, known people only, ids kept only."""

from typing import Any
from uuid import UUID

import requests
import structlog
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import render
from django.utils import timezone

from portal.audit import record
from portal.identity.fieldkeys import decrypt
from portal.identity.openid import events
from portal.identity.openid.claims import Claims, claims_of
from portal.identity.people import actor_for, address_of
from portal.kernel.actor import Actor
from portal.models import Membership, SignInProvider, User
from portal.models.agency import AgencyStatus

log = structlog.get_logger(__name__)
FACTOR_AT_PROVIDER = "openid_factor"


class Unredirected(requests.Session):
    """Back-channel calls go where the provider's description says, and nowhere it then points to."""

    def request(self, *args: Any, **options: Any) -> requests.Response:
        options.setdefault("timeout", 5)
        options["allow_redirects"] = False
        return super().request(*args, **options)


class AgencyProviderAdapter(DefaultSocialAccountAdapter):
    def get_requests_session(self) -> requests.Session:
        return Unredirected()

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """Our rows as allauth's apps, never saved: their secrets rest encrypted in ours."""
        found = SignInProvider.objects.filter(agency__status=AgencyStatus.APPROVED)
        if provider is not None:
            found = found.filter(pk=provider) if _is_uuid(provider) else found.none()
        return [app_of(each) for each in found]

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        provider = SignInProvider.objects.select_related("agency").get(
            pk=sociallogin.provider.app.provider_id
        )
        claims = claims_of(sociallogin.account.extra_data, provider)
        problem = "process" if sociallogin.state.get("process") != "login" else claims.problem
        user = None
        if not problem:
            user, problem = person_behind(sociallogin, claims, provider)
        if problem or user is None:
            _write(events.PROVIDER_REFUSED, request, user, provider, problem=problem)
            raise ImmediateHttpResponse(render(request, "openid/refused.html", status=403))
        sociallogin.account.extra_data = {}
        if not sociallogin.is_existing:
            sociallogin.user = user
            with transaction.atomic():
                sociallogin.save(request, connect=True)
                _write(events.PROVIDER_LINKED, request, user, provider)
        else:
            sociallogin.account.save(update_fields=["extra_data"])
        if claims.has_factor:
            request.session[FACTOR_AT_PROVIDER] = str(user.pk)

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, **rest: Any
    ) -> None:
        log.warning("openid sign-in failed", provider=str(provider.app.provider_id), error=str(error),
                    exception=repr(exception) if exception else "")  # fmt: skip
        raise ImmediateHttpResponse(
            render(request, "openid/refused.html", {"cancelled": error == "cancelled"}, status=401)
        )


def app_of(provider: SignInProvider) -> SocialApp:
    return SocialApp(
        provider="openid_connect",
        provider_id=str(provider.pk),
        name=str(provider.agency_id),
        client_id=provider.client_id,
        secret=decrypt(provider.client_secret),
        settings={
            "server_url": provider.issuer.rstrip("/"),
            "issuer": provider.issuer,
            "oauth_pkce_enabled": True,
            "scope": ["openid", "email"],
        },
    )


def person_behind(
    sociallogin: SocialLogin, claims: Claims, provider: SignInProvider
) -> tuple[User | None, str]:
    """The person and "", or a code of why not. A known subject counts; an address only for the first time."""
    agency = provider.agency
    if sociallogin.is_existing:
        user = sociallogin.user
    else:
        if claims.email.rpartition("@")[2] not in agency.domains:
            return None, "domain"
        if not claims.email_verified:
            return None, "email-unverified"
        user = User.objects.filter(email=claims.email).first()
        if user is None:
            return None, "unknown"
        if SocialAccount.objects.filter(user=user, provider=str(provider.pk)).exists():
            return user, "other-subject"
    if not Membership.objects.filter(user=user, agency=agency, ended_at=None).exists():
        return user, "not-of-agency"
    return user, ""


def _write(
    event: str, request: HttpRequest, user: User | None, provider: SignInProvider, problem: str = ""
) -> None:
    """In the audit trail only for people we know; what strangers claim is not kept."""
    if user is None:
        log.info("openid sign-in refused", agency=str(provider.agency_id), problem=problem)
        return
    circumstances: dict[str, Any] = {
        "ip": address_of(request),
        "request_id": getattr(request, "request_id", ""),
    }
    actor = actor_for(user, **circumstances) or Actor(
        kind="person", id=str(user.pk), label=user.name, **circumstances
    )
    data = {"issuer": provider.issuer} | ({"problem": problem} if problem else {})
    with transaction.atomic():
        record(event, actor=actor, subject=user, at=timezone.now(), data=data)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
