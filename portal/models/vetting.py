"""The vetting of an agency: its rounds, the checks of each, the challenges that prove a domain.

Checks are written once, and none after the round was decided (portal.models.vettingdecision).
"""

from datetime import datetime, timedelta

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.kernel.identifiers import new_id
from portal.models.agency import Agency
from portal.models.guards import append_only
from portal.models.user import User

NOTE_MAX = 4000
CHALLENGE_DAYS = 14
MAIL_CHALLENGE_DAYS = 7


class VettingRound(models.Model):
    """One row: one vetting of one agency. After a lapse a new one begins, and nothing of the old counts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="vetting_rounds")
    number = models.PositiveIntegerField()
    begun_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    begun_at = models.DateTimeField()

    class Meta:
        verbose_name = _("vetting")
        verbose_name_plural = _("vettings")
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["agency", "number"], name="vetting_round_numbered")]
        triggers = append_only("vetting_round")

    def __str__(self) -> str:
        return f"{self.agency} · {self.number}"


class CheckKind(models.TextChoices):
    DOMAIN_DNS = "domain_dns", _("Domain, by its DNS")
    DOMAIN_MAIL = "domain_mail", _("Domain, by a published mailbox")
    SWITCHBOARD = "switchboard_callback", _("Switchboard call-back")
    DOCUMENTS = "documents", _("Documents")
    LOOKALIKE = "lookalike", _("Look-alike domains")
    DUPLICATES = "duplicates", _("Duplicates")


class CheckResult(models.TextChoices):
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")
    FLAGGED = "flagged", _("Flagged")
    ACKNOWLEDGED = "acknowledged", _("Flag acknowledged")


SETTLED = frozenset({CheckResult.PASSED, CheckResult.ACKNOWLEDGED})


class VettingCheck(models.Model):
    """One row: one result of one check. The newest of its kind and subject in the round counts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    round = models.ForeignKey(VettingRound, on_delete=models.PROTECT, related_name="checks")
    # Within the round, without gaps: whoever decides names the newest that he or she saw.
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=24, choices=CheckKind.choices)
    # A domain, a document's id, the number to dial; "" where the round has one check of the kind.
    subject = models.CharField(max_length=253, blank=True)
    result = models.CharField(max_length=12, choices=CheckResult.choices)
    # Without one it was a job of ours.
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    note = models.TextField(blank=True, max_length=NOTE_MAX)
    evidence = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("check")
        verbose_name_plural = _("checks")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="vetting_check_numbered"),
            models.CheckConstraint(
                condition=models.Q(result__in=CheckResult.values) & models.Q(kind__in=CheckKind.values),
                name="vetting_check_known",
            ),
        ]
        triggers = [
            *append_only("vetting_check"),
            pgtrigger.Trigger(
                name="vetting_check_while_in_vetting",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF EXISTS (SELECT 1 FROM portal_vettingdecision d WHERE d.round_id = NEW.round_id) THEN
                        RAISE EXCEPTION 'the round is decided' USING ERRCODE = '23514';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    @property
    def is_settled(self) -> bool:
        return self.result in SETTLED


class DnsOutcome(models.TextChoices):
    FOUND = "found", _("The record is there.")
    OTHER_VALUE = "other_value", _("There is a record under this name, but with another value.")
    NO_NAME = "no_name", _("There is no record under this name.")
    NO_TEXT = "no_text", _("The name exists, but has no TXT record.")
    TIMED_OUT = "timed_out", _("The name servers did not answer in time.")
    FAILED = "failed", _("The name servers answered with a failure.")
    BAD_NAME = "bad_name", _("The name is too long or not a name.")


class DomainChallenge(models.Model):
    """One row: one value that an agency is asked to publish in the DNS of one of its domains."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    round = models.ForeignKey(VettingRound, on_delete=models.PROTECT, related_name="domain_challenges")
    domain = models.CharField(max_length=253)
    token = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    # "Check now" was pressed; the worker has not answered yet while this is later than checked_at.
    asked_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=DnsOutcome.choices, blank=True)
    seen = ArrayField(models.CharField(max_length=200), default=list)
    is_signed = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("domain challenge")
        verbose_name_plural = _("domain challenges")
        ordering = ["issued_at"]
        indexes = [
            models.Index(fields=["issued_at"], condition=models.Q(verified_at=None), name="domain_unverified")
        ]

    @property
    def name(self) -> str:
        """Where the record is set."""
        return f"_lepp-challenge.{self.domain.rstrip('.')}"

    @property
    def value(self) -> str:
        return f"lepp-verification={self.token}"

    @property
    def expires_at(self) -> datetime:
        return self.issued_at + timedelta(days=CHALLENGE_DAYS)

    def is_open_at(self, now: datetime) -> bool:
        return self.verified_at is None and now < self.expires_at

    @property
    def is_expired(self) -> bool:
        return self.verified_at is None and timezone.now() >= self.expires_at

    @property
    def is_waiting(self) -> bool:
        """For the worker. One that says nothing for two minutes is no longer waited for."""
        if self.asked_at is None or (self.checked_at is not None and self.checked_at >= self.asked_at):
            return False
        return timezone.now() - self.asked_at < timedelta(minutes=2)


class MailAnswer(models.TextChoices):
    CONFIRMED = "confirmed", _("Confirmed")
    DENIED = "denied", _("Did not apply")


class MailChallenge(models.Model):
    """One row: one link sent to a mailbox that the agency publishes. Only the newest of a round counts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    round = models.ForeignKey(VettingRound, on_delete=models.PROTECT, related_name="mail_challenges")
    address = models.EmailField()
    source_url = models.URLField(max_length=500)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    # The worker makes the token as it mails it; only its digest is kept.
    token_sha256 = models.CharField(max_length=64, unique=True, null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=10, choices=MailAnswer.choices, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("mail challenge")
        verbose_name_plural = _("mail challenges")
        ordering = ["asked_at", "pk"]
        indexes = [
            models.Index(fields=["asked_at"], condition=models.Q(mailed_at=None), name="challenge_unmailed")
        ]

    @property
    def expires_at(self) -> datetime:
        return self.asked_at + timedelta(days=MAIL_CHALLENGE_DAYS)

    def is_open_at(self, now: datetime) -> bool:
        return self.answered_at is None and now < self.expires_at

    @property
    def is_expired(self) -> bool:
        return self.answered_at is None and timezone.now() >= self.expires_at
