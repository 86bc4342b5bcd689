"""What the API serves, from when to when; the one number that tells delivery processes to look again, and who
has looked."""

from collections.abc import Iterable
from datetime import datetime

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.delivery.channel import HOST_MAX
from campaigns.lifecycle import Phase
from campaigns.models.campaign import Campaign
from campaigns.models.version import Version
from portal.kernel.identifiers import new_id
from portal.models import Client, User

REASON_MAX = 2000


class RecallReason(models.TextChoices):
    """The code that is counted; what exactly was wrong stands in words beside it."""

    CONTACT = "contact", _("A number, address or contact is wrong")
    WRONG_FACT = "wrong_fact", _("A fact or figure is wrong")
    OUTDATED = "outdated", _("It is out of date")
    HARMFUL = "harmful", _("The wording can do harm")
    AUDIENCE = "audience", _("It reaches the wrong people")
    ACCOUNT = "account", _("An account behind it is or may be in other hands")
    OTHER = "other", _("Another reason")


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
    recall_code = models.CharField(max_length=12, choices=RecallReason.choices, blank=True)
    recall_reason = models.TextField(blank=True, max_length=REASON_MAX)
    # The delivery revision without it. Whoever answers with this one, or a later, serves it no more.
    recall_revision = models.BigIntegerField(null=True, blank=True)
    # By PostgreSQL's clock: just before the recall's commit, and just after it; the commit lies between.
    recall_announced_at = models.DateTimeField(null=True, blank=True)
    recall_committed_at = models.DateTimeField(null=True, blank=True)

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
                    "OLD.recalled_at IS NOT NULL AND (NEW.recalled_at, NEW.recalled_by_id, NEW.recall_code,"
                    " NEW.recall_reason, NEW.recall_revision, NEW.recall_announced_at)"
                    " IS DISTINCT FROM (OLD.recalled_at, OLD.recalled_by_id, OLD.recall_code,"
                    " OLD.recall_reason, OLD.recall_revision, OLD.recall_announced_at)"
                    " OR OLD.recall_committed_at IS DISTINCT FROM NEW.recall_committed_at"
                    " AND OLD.recall_committed_at IS NOT NULL"
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


def newest(publications: Iterable[Publication], now: datetime) -> Publication | None:
    """Of one campaign's: the newest that is or will be served, else the newest of all."""
    return max(publications, key=lambda each: (each.is_servable_at(now), each.published_at), default=None)


class DeliveryRevision(models.Model):
    """One row in all. Bumped in each transaction that changes what is served: its lock orders the commits."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    revision = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("delivery revision")
        verbose_name_plural = _("delivery revisions")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="delivery_revision_one_row")]


class DeliveryChange(models.Model):
    """One row: what a revision changed, so that a process need look at no more than that.

    No publication and no keys: everything may have changed. campaigns.delivery.tasks forgets old ones.
    """

    revision = models.BigIntegerField()
    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, null=True, related_name="+")
    of_keys = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("delivery change")
        verbose_name_plural = _("delivery changes")
        indexes = [models.Index(fields=["revision"], name="delivery_changed_when")]


class DeliveryProcess(models.Model):
    """One row: one process that serves warnings, as it last said itself. All times by PostgreSQL's clock."""

    id = models.UUIDField(primary_key=True, editable=False)
    # Whose it is: a client that evaluates by itself; None: one of ours.
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    host = models.CharField(max_length=HOST_MAX)
    pid = models.PositiveIntegerField()
    # The one it began with: it never held what an earlier one took away.
    first_revision = models.BigIntegerField()
    revision = models.BigIntegerField()
    started_at = models.DateTimeField()
    # When it last compared its revision with the database's; from then its lease runs.
    confirmed_at = models.DateTimeField()
    # It said that it ends. One that was killed said nothing.
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("delivery process")
        verbose_name_plural = _("delivery processes")


class DeliveryAcknowledgement(models.Model):
    """One row: a process answers with this revision. campaigns.delivery.tasks says how long it is kept."""

    process = models.ForeignKey(DeliveryProcess, on_delete=models.CASCADE, related_name="acknowledgements")
    revision = models.BigIntegerField()
    # Not a moment later did it answer with what it held before: it had this one, or its lease was over.
    stopped_at = models.DateTimeField()
    served_at = models.DateTimeField()

    class Meta:
        verbose_name = _("delivery acknowledgement")
        verbose_name_plural = _("delivery acknowledgements")
        constraints = [
            models.UniqueConstraint(fields=["process", "revision"], name="acknowledged_once"),
            models.CheckConstraint(
                condition=models.Q(stopped_at__lte=models.F("served_at")), name="acknowledged_in_order"
            ),
        ]
        indexes = [models.Index(fields=["served_at"], name="acknowledged_when")]
        triggers = [pgtrigger.Protect(name="acknowledged_for_good", operation=pgtrigger.Update)]
