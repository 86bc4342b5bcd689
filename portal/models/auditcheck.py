"""One row: one verification of the chain, how far it got and what it found."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.kernel.identifiers import new_id


class AuditCheck(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )  # None: the hourly job
    asked_at = models.DateTimeField()
    since_seq = models.BigIntegerField(default=0)  # 0: from the first row
    upto_seq = models.BigIntegerField()
    # Where it stands: the last row read, and its hash.
    seq = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    rows = models.BigIntegerField(default=0)
    heads = models.IntegerField(default=0)  # signed heads compared
    faults = models.JSONField(default=list)
    touched_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def is_whole(self) -> bool:
        return not self.faults

    @property
    def share(self) -> float:
        """How much of it is read, from 0 to 1."""
        length = self.upto_seq - self.since_seq
        return min(max((self.seq - self.since_seq) / length, 0.0), 1.0) if length > 0 else 1.0
