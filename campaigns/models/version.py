"""Frozen texts and what was decided about them. Both are written once; PostgreSQL refuses the rest."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from portal.kernel.identifiers import new_id
from portal.models import User
from portal.models.guards import append_only

COMMENT_MAX = 4000


class Version(models.Model):
    """One row: one frozen text with its audience and window; what is submitted, approved and served."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    # campaigns.authoring.freeze says what it holds.
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    submitted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="version_numbered")]
        triggers = append_only("version")

    def __str__(self) -> str:
        return f"{self.campaign.title} · {self.number}"


class Stage(models.TextChoices):
    AGENCY = "agency_review", _("Agency")
    COMPLIANCE = "compliance_review", _("Compliance")


class Verdict(models.TextChoices):
    APPROVED = "approved", _("Approved")
    RETURNED = "returned", _("Returned")
    REJECTED = "rejected", _("Rejected")


class ReviewReason(models.TextChoices):
    GENERIC = "generic", _("The wording is too general to be believed")
    HARD_TO_READ = "hard_to_read", _("Hard to read")
    WRONG_FACT = "wrong_fact", _("A fact or figure is wrong or has no source")
    TRANSLATION = "translation", _("A translation is wrong or missing")
    RESOURCE = "resource", _("A contact or address is wrong or missing")
    AUDIENCE = "audience", _("Region, window or priority is wrong")
    NOT_OURS = "not_ours", _("Not a warning that belongs at a withdrawal")
    OTHER = "other", _("Another reason")


class Decision(models.Model):
    """One row: one person decided about exactly (version, SHA-256) at one stage."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="decisions")
    sha256 = models.CharField(max_length=64)
    stage = models.CharField(max_length=20, choices=Stage.choices)
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    reasons = ArrayField(models.CharField(max_length=20, choices=ReviewReason.choices), default=list)
    comment = models.TextField(blank=True, max_length=COMMENT_MAX)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["decided_at"]
        constraints = [models.UniqueConstraint(fields=["version", "stage"], name="decision_once_per_stage")]
        triggers = [
            *append_only("decision"),
            pgtrigger.Trigger(
                name="decision_binds_bytes_and_outsiders",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM campaigns_version v WHERE v.id = NEW.version_id AND v.sha256 = NEW.sha256
                    ) THEN
                        RAISE EXCEPTION 'a decision names the SHA-256 of its version' USING ERRCODE = '23514';
                    END IF;
                    IF NEW.verdict = 'approved' AND EXISTS (
                        SELECT 1 FROM campaigns_contribution c
                        JOIN campaigns_version v ON v.campaign_id = c.campaign_id
                        WHERE v.id = NEW.version_id AND c.person_id = NEW.person_id
                    ) THEN
                        RAISE EXCEPTION 'a contributor cannot approve' USING ERRCODE = '23514';
                    END IF;
                    RETURN NEW;
                """,  # noqa: E501
            ),
        ]
