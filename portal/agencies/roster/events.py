from django.utils.translation import gettext_lazy as _

from portal.audit.events import register

INVITED = "agencies.invited"
INVITATION_CONFIRMED = "agencies.invitation_confirmed"
INVITATION_REVOKED = "agencies.invitation_revoked"
INVITATION_RESENT = "agencies.invitation_resent"
INVITATION_ACCEPTED = "agencies.invitation_accepted"
ROLE_PROPOSED = "agencies.role_proposed"
ROLE_CONFIRMED = "agencies.role_confirmed"
ROLE_DECLINED = "agencies.role_declined"
ATTESTED = "agencies.attested"
REMINDED = "agencies.attestation_reminded"
DEPARTED = "agencies.departed"
ROSTER_EXPORTED = "agencies.roster_exported"

register(
    {
        INVITED: _("Person invited"),
        INVITATION_CONFIRMED: _("Invitation confirmed by a second person"),
        INVITATION_REVOKED: _("Invitation revoked"),
        INVITATION_RESENT: _("Invitation sent again"),
        INVITATION_ACCEPTED: _("Invitation accepted"),
        ROLE_PROPOSED: _("Role change proposed"),
        ROLE_CONFIRMED: _("Role change confirmed by a second person"),
        ROLE_DECLINED: _("Role change declined"),
        ATTESTED: _("Person attested"),
        REMINDED: _("Reminded of the attestation"),
        DEPARTED: _("Departure"),
        ROSTER_EXPORTED: _("Roster exported"),
    }
)
