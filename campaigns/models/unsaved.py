"""What somebody typed and has not saved yet: kept so that a closed window loses nothing."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from portal.models import User


class UnsavedText(models.Model):
    """One row: one person's form of one campaign as it was last typed; None: of one not begun yet.

    It is that person's alone and no part of the campaign: nobody else reads it, and saving removes it.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, null=True, related_name="+")
    fields = models.JSONField()  # name → [values], as a form is posted
    kept_at = models.DateTimeField()

    class Meta:
        verbose_name = _("unsaved text")
        verbose_name_plural = _("unsaved texts")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "campaign"], nulls_distinct=False, name="unsaved_once_per_person"
            )
        ]
