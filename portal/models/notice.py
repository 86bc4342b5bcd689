"""One row: one thing one person should know of. It names no content, so that a stolen mailbox learns nothing."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.kernel.identifiers import new_id
from portal.models.user import User


class Notice(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=40)
    path = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [
            models.Index(fields=["created_at"], condition=models.Q(mailed_at=None), name="notice_unmailed"),
            models.Index(fields=["person", "-created_at"], name="notice_of_person"),
        ]
