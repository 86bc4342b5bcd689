"""The roster's addresses: /roster/ is one's own house, /agencies/<id>/roster/ an agency's, for compliance."""

from django.urls import path

from portal.agencies.roster import views
from portal.agencies.roster.attestation.views import attest
from portal.agencies.roster.departure.views import depart
from portal.agencies.roster.export.views import export
from portal.agencies.roster.invitations import views as invitations
from portal.agencies.roster.roles import views as roles

urlpatterns = [
    path("account/invitation/<str:token>/", invitations.accept, name="account_invitation"),
    path("roster/", views.list_people, name="roster-list"),
    path("roster/export/", export, name="roster-export"),
    path("roster/invite/", invitations.invite, name="roster-invite"),
    path("roster/attest/", attest, name="roster-attest"),
    path(
        "roster/invitations/<uuid:invitation_id>/confirm/",
        invitations.confirm_invitation,
        name="roster-confirm-invitation",
    ),
    path(
        "roster/invitations/<uuid:invitation_id>/revoke/",
        invitations.revoke_invitation,
        name="roster-revoke-invitation",
    ),
    path("roster/invitations/<uuid:invitation_id>/resend/", invitations.resend, name="roster-resend"),
    path("roster/people/<uuid:membership_id>/role/", roles.propose_role, name="roster-propose-role"),
    path("roster/people/<uuid:membership_id>/depart/", depart, name="roster-depart"),
    path("roster/roles/<uuid:change_id>/confirm/", roles.confirm_role, name="roster-confirm-role"),
    path("roster/roles/<uuid:change_id>/decline/", roles.decline_role, name="roster-decline-role"),
    path("agencies/<uuid:agency_id>/roster/", views.list_people, name="agency-roster-list"),
    path("agencies/<uuid:agency_id>/roster/export/", export, name="agency-roster-export"),
    path("agencies/<uuid:agency_id>/roster/invite/", invitations.invite, name="agency-roster-invite"),
    path("agencies/<uuid:agency_id>/roster/attest/", attest, name="agency-roster-attest"),
]
