"""One row: one export of the audit trail that an auditor asked for; its file is kept for a day."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.kernel.actor import Actor
from portal.kernel.identifiers import new_id


class ExportFormat(models.TextChoices):
    CSV = "csv", _("CSV, for a spreadsheet")
    JSONL = "jsonl", _("JSON Lines, for programs")


class AuditExportQuerySet(models.QuerySet["AuditExport"]):
    def visible_to(self, actor: Actor) -> "AuditExportQuerySet":
        """To whoever asked for it, and to nobody else."""
        return self.filter(asked_by=actor.person_id) if actor.kind == "person" else self.none()


class AuditExport(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    format = models.CharField(max_length=8, choices=ExportFormat.choices)
    search = models.JSONField(default=dict)
    # Frozen when asked: later rows, its own among them, are not part of it.
    upto_seq = models.BigIntegerField()
    rows_found = models.BigIntegerField()
    # Where the writing stands: rows and bytes of the unfinished file, and the last number written.
    rows = models.BigIntegerField(default=0)
    written = models.BigIntegerField(default=0)
    seq = models.BigIntegerField(null=True)
    touched_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(default=0)
    removed_at = models.DateTimeField(null=True)

    objects = AuditExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export of the audit trail")
        verbose_name_plural = _("exports of the audit trail")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def share(self) -> float:
        return self.rows / self.rows_found if self.rows_found else 1.0
