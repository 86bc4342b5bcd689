"""allauth's pages that we use, under our own address, and ours; its sign-up and e-mail pages are left out."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import path, re_path
from django.views.decorators.cache import never_cache

from portal.identity import enrolment, views
from portal.identity.openid import views as openid

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    # The key has a dash of its own: only the part before the first one is the person.
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        never_cache(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("sessions/", views.list_sessions, name="sessions-list"),
    path("sessions/others/end/", views.end_others, name="sessions-end-others"),
    path("sessions/disown/", views.disown, name="sessions-disown"),
    path("sessions/alive/", views.alive, name="sessions-alive"),
    path("sessions/kept/", views.kept_form, name="sessions-kept"),
    path("sessions/<slug:trail>/end/", views.end, name="sessions-end"),
    path("proof/<str:number>/", views.waiting, name="proof-waiting"),
    path("agency/", openid.start, name="account_agency"),
    path("openid/<uuid:provider_id>/callback/", openid.callback, name="openid_connect_callback"),
    path("2fa/", enrolment.FactorsView.as_view(), name="mfa_index"),
    path("2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/totp/activate/", totp.activate_totp, name="mfa_activate_totp"),
    path("2fa/totp/replace/", enrolment.ReplaceAppView.as_view(), name="mfa_replace_totp"),
    path("2fa/totp/deactivate/", enrolment.RemoveAppView.as_view(), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/generate/",
        enrolment.MakeRecoveryCodesView.as_view(),
        name="mfa_generate_recovery_codes",
    ),
    path("2fa/webauthn/", enrolment.KeysView.as_view(), name="mfa_list_webauthn"),
    path("2fa/webauthn/add/", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path("2fa/webauthn/login/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path(
        "2fa/webauthn/reauthenticate/",
        enrolment.ProveWithKeyView.as_view(),
        name="mfa_reauthenticate_webauthn",
    ),
    path("2fa/webauthn/keys/<int:pk>/edit/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/remove/", enrolment.RemoveKeyView.as_view(), name="mfa_remove_webauthn"),
]
