"""How far a draft's translation into one language has come, and who has read it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from portal.kernel.languages import NAMES
from portal.models import User


class Translation(models.Model):
    """One row: one language of one campaign's working text, beside the language it is translated from.

    `sources` holds, for each text, the digest of the words it was translated from; where those have changed
    since, the translation is outdated. `reviewed_digest` covers both languages, so that a review holds for
    exactly what the reviewer read.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="translations")
    language = models.CharField(max_length=10, choices=list(NAMES.items()))
    sources = models.JSONField(default=dict)
    translated_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    translated_at = models.DateTimeField(null=True)
    reviewed_digest = models.CharField(max_length=64, blank=True)
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("translation")
        verbose_name_plural = _("translations")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "language"], name="translation_once_per_language")
        ]
