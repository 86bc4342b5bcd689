"""What the API serves, from when to when; and the one number that tells delivery processes to look again."""

from datetime import datetime

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.lifecycle import Phase
from campaigns.models.campaign import Campaign
from campaigns.models.version import Version
from portal.kernel.identifiers import new_id
from portal.models import User

REASON_MAX = 2000


class Publication(models.Model):
    """One row: an approved version is served from starts_at until the first of its ends."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="publications")
    version = models.OneToOneField(Version, on_delete=models.PROTECT, related_name="publication")
    published_at = models.DateTimeField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)  # None: until superseded or recalled
    # May lie ahead: the older version is served until the newer one's window opens.
    superseded_at = models.DateTimeField(null=True, blank=True)
    recalled_at = models.DateTimeField(null=True, blank=True)
    recalled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    recall_reason = models.TextField(blank=True, max_length=REASON_MAX)

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")
        ordering = ["-published_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign"],
                condition=models.Q(superseded_at=None, recalled_at=None),
                name="publication_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at=None) | models.Q(ends_at__gt=models.F("starts_at")),
                name="publication_ends_after_start",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="publication_no_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="publication_frozen",
                fields=["id", "campaign", "version", "published_at", "starts_at", "ends_at"],
            ),
            pgtrigger.Trigger(
                name="publication_recall_is_final",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.recalled_at IS NOT NULL AND NEW.recalled_at IS DISTINCT FROM OLD.recalled_at"
                ),
                func="RAISE EXCEPTION 'a recall is final' USING ERRCODE = '23514';",
            ),
            pgtrigger.Trigger(
                name="publication_needs_two_approvals",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF (SELECT count(DISTINCT d.person_id) FROM campaigns_decision d
                        WHERE d.version_id = NEW.version_id AND d.verdict = 'approved') < 2
                       OR (SELECT count(DISTINCT d.stage) FROM campaigns_decision d
                        WHERE d.version_id = NEW.version_id AND d.verdict = 'approved') < 2 THEN
                        RAISE EXCEPTION 'two people publish, one of each house' USING ERRCODE = '23514';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def is_servable_at(self, now: datetime) -> bool:
        """Is or will be served, unless somebody stops it."""
        return (
            self.recalled_at is None
            and (self.ends_at is None or self.ends_at > now)
            and (self.superseded_at is None or self.superseded_at > now)
        )

    def phase_at(self, now: datetime) -> Phase:
        if self.recalled_at is not None:
            return Phase.RECALLED
        if self.superseded_at is not None and self.superseded_at <= now:
            return Phase.SUPERSEDED
        if self.ends_at is not None and self.ends_at <= now:
            return Phase.ENDED
        return Phase.LIVE if self.starts_at <= now else Phase.SCHEDULED


class DeliveryRevision(models.Model):
    """One row in all. Bumped in each transaction that changes what is served: its lock orders the commits."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    revision = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("delivery revision")
        verbose_name_plural = _("delivery revisions")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="delivery_revision_one_row")]
