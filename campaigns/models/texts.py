"""The ordered parts of a working text. Each row belongs to one campaign and holds a place in its list."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import LONG_MAX, SHORT_MAX, Campaign

PHONE_MAX = 40
URL_MAX = 200


class Part(models.Model):
    campaign: models.ForeignKey[Campaign]
    position = models.PositiveSmallIntegerField()

    class Meta:
        abstract = True
        ordering = ["position"]


class Tip(Part):
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="tips")
    text = models.CharField(_("tip"), max_length=SHORT_MAX, blank=True)

    class Meta(Part.Meta):
        verbose_name = _("tip")
        verbose_name_plural = _("tips")


class ScamExample(Part):
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="examples")
    title = models.CharField(_("name of the scam"), max_length=SHORT_MAX, blank=True)
    how_it_goes = models.TextField(_("how it goes"), max_length=LONG_MAX, blank=True)
    how_to_tell = models.TextField(_("how to tell"), max_length=LONG_MAX, blank=True)

    class Meta(Part.Meta):
        verbose_name = _("scam example")
        verbose_name_plural = _("scam examples")


class Resource(Part):
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="resources")
    name = models.CharField(_("name"), max_length=SHORT_MAX, blank=True)
    phone = models.CharField(_("phone"), max_length=PHONE_MAX, blank=True)
    url = models.URLField(_("web address"), max_length=URL_MAX, blank=True)
    hours = models.CharField(_("hours"), max_length=SHORT_MAX, blank=True)

    class Meta(Part.Meta):
        verbose_name = _("resource")
        verbose_name_plural = _("resources")
