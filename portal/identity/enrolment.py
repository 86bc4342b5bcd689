"""allauth's pages about factors made stricter: removing takes a fresh proof, and the last one stays.

An authenticator app is replaced in one step, so that a lost phone never leaves an account without a factor.
"""

from datetime import datetime
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.signals import authenticator_removed
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import ListWebAuthnView, ReauthenticateWebAuthnView, RemoveWebAuthnView
from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.generic.edit import FormView

from portal.identity.factors import is_on_trial, proves_from
from portal.identity.proof import is_fresh
from portal.kernel.errors import ProofNeeded
from portal.models import User


class FactorsView(IndexView):
    """One's own factors; those on trial say until when."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        app = context["authenticators"].get(Authenticator.Type.TOTP)
        context["app_trial_until"] = trial_until(app.instance) if app else None
        return context


class KeysView(ListWebAuthnView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        for key in context["authenticators"]:
            key.trial_until = trial_until(key)
        return context


class Proven:
    """Only with a factor that counts, given within minutes: a recovery code clears nothing away."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_fresh(request):
            raise ProofNeeded(_("Confirm with your second factor; then it is done."))
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return response


@method_decorator(transaction.atomic, name="post")
class RemoveAppView(Proven, DeactivateTOTPView):
    pass


class MakeRecoveryCodesView(Proven, GenerateRecoveryCodesView):
    pass


class RemoveKeyForm(forms.Form):
    def __init__(self, *args: Any, authenticator: Authenticator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.authenticator = authenticator

    def clean(self) -> dict[str, Any]:
        if not get_adapter().can_delete_authenticator(self.authenticator):
            raise get_adapter().validation_error("cannot_delete_authenticator")
        return super().clean() or {}


@method_decorator(transaction.atomic, name="post")
class RemoveKeyView(Proven, RemoveWebAuthnView):
    form_class = RemoveKeyForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "authenticator": self.object}


class ReplaceAppView(ActivateTOTPView):
    """The new phone takes the old one's place. Set up with a recovery code, it is on trial first."""

    template_name = "mfa/totp/replace_form.html"

    @method_decorator(reauthentication_required(app="allauth.mfa"))
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not _apps(request).exists():
            return redirect("mfa_activate_totp")
        # Past the inherited one, which sends whoever has an app to its removal.
        return FormView.dispatch(self, request, *args, **kwargs)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(pk=self.request.user.pk)
            for old in _apps(self.request):
                old.delete()
                authenticator_removed.send(
                    sender=Authenticator, request=self.request, user=self.request.user, authenticator=old
                )
            return super().form_valid(form)


def _apps(request: HttpRequest) -> Any:
    return Authenticator.objects.filter(user_id=request.user.pk, type=Authenticator.Type.TOTP)


class ProveWithKeyView(ReauthenticateWebAuthnView):
    def form_invalid(self, form: forms.Form) -> HttpResponse:
        """Here again, with what waits for it, and not to the sign-in page."""
        for problem in form.errors.get("credential", []):
            messages.error(self.request, str(problem))
        return redirect(self.passthrough_next_url(reverse("mfa_reauthenticate_webauthn")))


def trial_until(factor: Authenticator) -> datetime | None:
    return proves_from(factor) if is_on_trial(factor, timezone.now()) else None
