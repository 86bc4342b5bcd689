"""One row: one thing one person should know of. It names no content: a stolen mailbox learns nothing."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.kernel.identifiers import new_id
from portal.models.user import User


class NoticeKind(models.TextChoices):
    """What a notice may say: never a case, a target or a campaign by name, only that something waits."""

    AGENCY_APPLIED = "agency-applied", _("An agency applied")
    AGENCY_CHECKED = "agency-checked", _("An agency that you vet has answered")
    AGENCY_TO_DECIDE = "agency-to-decide", _("An agency waits for your decision")
    AGENCY_SUSPENDED = "agency-suspended", _("An agency was suspended")
    AGENCY_REINSTATED = "agency-reinstated", _("An agency was reinstated")
    AGENCY_LAPSED = "agency-lapsed", _("An agency has lapsed")
    PERSON_SUSPENDED = "person-suspended", _("A person was suspended")
    PERSON_REINSTATED = "person-reinstated", _("A person was reinstated")
    QUARANTINE_RELEASED = "quarantine-released", _("Something of yours is out of quarantine")
    QUARANTINE_DISCARDED = "quarantine-discarded", _("Something of yours was ended in quarantine")
    INVITATION_TO_CONFIRM = "invitation-to-confirm", _("An invitation waits for your confirmation")
    INVITATION_REVOKED = "invitation-revoked", _("An invitation of yours was revoked")
    PERSON_JOINED = "person-joined", _("Somebody joined the roster that you keep")
    ROLE_TO_CONFIRM = "role-to-confirm", _("A role change waits for your decision")
    ROLE_DECLINED = "role-declined", _("A role change that you proposed was declined")
    ROLE_CHANGED = "role-changed", _("Your role has changed")
    ATTESTATION_DUE = "attestation-due", _("People on the roster must be attested")
    ATTESTATION_OWN = "attestation-own", _("Your access ends soon unless somebody attests you")
    CAMPAIGN_TO_APPROVE = "campaign-to-approve", _("A campaign waits for your approval")
    CAMPAIGN_APPROVED = "campaign-approved", _("A campaign was approved")
    CAMPAIGN_RETURNED = "campaign-returned", _("A campaign came back to you")
    CAMPAIGN_REMARKED = "campaign-remarked", _("Somebody made a remark on a campaign of yours")
    CAMPAIGN_RECALLED = "campaign-recalled", _("A campaign was recalled")
    REQUEST_TO_COSIGN = "request-to-cosign", _("A case request waits for your signature")
    REQUEST_SUBMITTED = "request-submitted", _("A case request was submitted")
    REQUEST_WITHDRAWN = "request-withdrawn", _("A case request was withdrawn")
    QUESTION_ASKED = "question-asked", _("A question about your case request waits for an answer")
    QUESTION_ANSWERED = "question-answered", _("A question was answered")
    REQUEST_DECIDED = "request-decided", _("A case request was decided")
    CLIENT_KEYS_NEED_ATTENTION = "client-keys-need-attention", _("API keys need your attention")
    DEVICE_NEW = "device-new", _("A new device signed in to your account")
    FACTORS_CHANGED = "factors-changed", _("The ways to sign in to your account have changed")
    PASSWORD_CHANGED = "password-changed", _("The password of your account was changed")
    FACTOR_GUESSED = "factor-guessed", _("Somebody knows your password and failed at your second factor")
    TRAIL_BROKEN = "trail-broken", _("The audit trail does not hold")
    SIGN_IN_DISOWNED = "sign-in-disowned", _("A person reports a sign-in that was somebody else's")


class Notice(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    # A NoticeKind; not the column's choices, so that a new kind is not a migration.
    kind = models.CharField(max_length=40)
    path = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [
            models.Index(fields=["created_at"], condition=models.Q(mailed_at=None), name="notice_unmailed"),
            models.Index(fields=["person", "-created_at"], name="notice_of_person"),
        ]

    def __str__(self) -> str:
        return str(NoticeKind(self.kind).label)

    @property
    def url(self) -> str:
        return self.path
