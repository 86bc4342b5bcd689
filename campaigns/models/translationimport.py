"""A translator's file on its way in: judged by a worker, shown, and taken in by a person."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from portal.kernel.identifiers import new_id
from portal.kernel.languages import NAMES
from portal.models import User


class ImportStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting to be read")
    READ = "read", _("Read")
    REFUSED = "refused", _("Refused")
    TAKEN_IN = "taken_in", _("Taken in")
    DROPPED = "dropped", _("Dropped")


class TranslationImport(models.Model):
    """One row: one file for one language of one draft. Its bytes are removed once they have been read."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="imports")
    language = models.CharField(max_length=10, choices=list(NAMES.items()))
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=4, choices=[("xlsx", "XLSX"), ("csv", "CSV")])
    content = models.BinaryField(null=True)
    status = models.CharField(max_length=10, choices=ImportStatus.choices, default=ImportStatus.WAITING)
    problem = models.CharField(max_length=30, blank=True)
    # [{number, key, before, after, problems: [[code, value]]}], of what would change or cannot be taken in.
    rows = models.JSONField(default=list)
    unchanged = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0)  # of the draft that the rows were compared with
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("import of translations")
        verbose_name_plural = _("imports of translations")
        ordering = ["-uploaded_at"]

    @property
    def is_clean(self) -> bool:
        return self.status == ImportStatus.READ and not any(row["problems"] for row in self.rows)
