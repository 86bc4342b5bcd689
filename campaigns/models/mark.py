"""An agency's mark: the picture that heads its warnings, cleaned, and named by its own bytes."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.kernel.actor import Actor
from portal.models import Agency, User
from portal.models.guards import append_only


class AgencyMarkQuerySet(models.QuerySet["AgencyMark"]):
    def visible_to(self, actor: Actor) -> "AgencyMarkQuerySet":
        """Marks are public once served; before that they are the agency's own."""
        if actor.kind == "system":
            return self
        return self.filter(agency_id=actor.agency_id) if actor.of_agency else self.none()


class AgencyMark(models.Model):
    """One row: one picture as it is served, forever under the SHA-256 of its bytes.

    The bytes stay in the database: they are at most 64 KiB, and an approval that names their digest must find
    them in every backup and on every host.
    """

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="marks")
    sha256 = models.CharField(max_length=64)
    picture = models.BinaryField()  # PNG
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    objects = AgencyMarkQuerySet.as_manager()

    class Meta:
        verbose_name = _("agency mark")
        verbose_name_plural = _("agency marks")
        ordering = ["-uploaded_at"]
        constraints = [models.UniqueConstraint(fields=["agency", "sha256"], name="mark_once_per_agency")]
        triggers = [
            *append_only("mark"),
            pgtrigger.Trigger(
                name="mark_is_named_by_its_bytes",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF encode(sha256(NEW.picture), 'hex') <> NEW.sha256 OR length(NEW.picture) > 65536 THEN
                        RAISE EXCEPTION 'a mark is named by its bytes' USING ERRCODE = '23514';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.width}×{self.height} · {self.sha256[:12]}"
