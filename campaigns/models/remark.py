"""What people say about one place of a frozen text, before it is decided."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from campaigns.models.version import Version
from portal.kernel.identifiers import new_id
from portal.kernel.languages import NAMES
from portal.models import User
from portal.models.guards import append_only

REMARK_MAX = 2000
PLACE_MAX = 40


class RemarkQuerySet(models.QuerySet["Remark"]):
    def threads(self) -> "RemarkQuerySet":
        """What began each thread, oldest first, with its answers and everybody's names."""
        answers = Remark.objects.select_related("author").order_by("written_at")
        return (
            self.filter(answers_to=None)
            .select_related("author", "settled_by", "version")
            .prefetch_related(models.Prefetch("answers", queryset=answers))
            .order_by("written_at")
        )

    def open(self) -> "RemarkQuerySet":
        return self.filter(answers_to=None, settled_at=None)


class Remark(models.Model):
    """One row: a remark, or an answer to one. It says what stood there, for the place may move or go."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="remarks")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="remarks")
    # "" and "": about the whole. Places are those of campaigns.review.sides: body, tips.0.text, …
    language = models.CharField(max_length=10, choices=list(NAMES.items()), blank=True)
    place = models.CharField(max_length=PLACE_MAX, blank=True)
    quoted = models.TextField(blank=True)
    answers_to = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="answers"
    )
    body = models.TextField(_("remark"), max_length=REMARK_MAX)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = RemarkQuerySet.as_manager()

    class Meta:
        verbose_name = _("remark")
        verbose_name_plural = _("remarks")
        ordering = ["written_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(settled_by=None, settled_at=None)
                | models.Q(settled_by__isnull=False, settled_at__isnull=False, answers_to=None),
                name="remark_settled_by_somebody",
            ),
        ]
        triggers = [
            *append_only("remark", but=["settled_by", "settled_at"]),
            pgtrigger.Trigger(
                name="remark_of_one_campaign",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM campaigns_version v
                        WHERE v.id = NEW.version_id AND v.campaign_id = NEW.campaign_id
                    ) OR EXISTS (
                        SELECT 1 FROM campaigns_remark r WHERE r.id = NEW.answers_to_id
                        AND (r.campaign_id <> NEW.campaign_id OR r.answers_to_id IS NOT NULL)
                    ) THEN
                        RAISE EXCEPTION 'a remark belongs to its version and its thread' USING ERRCODE = '23514';
                    END IF;
                    RETURN NEW;
                """,  # noqa: E501
            ),
        ]
