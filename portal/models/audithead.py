"""One row: the head of the audit trail as signed on one UTC day. Written once; only its mailing is noted."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models.guards import append_only


class AuditHead(models.Model):
    date = models.DateField(_("day (UTC)"), primary_key=True)
    seq = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    key = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    file = models.TextField()  # what is handed out, byte for byte: the document and its signature
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("signed head")
        verbose_name_plural = _("signed heads")
        ordering = ["-date"]
        triggers = append_only("audithead", but=["mailed_at"])

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d}"
