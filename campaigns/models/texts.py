"""The ordered parts of a working text. Each row belongs to one campaign and holds a place in its list."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import LONG_MAX, SHORT_MAX, Campaign, ScamType
from portal.kernel.languages import NAMES

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
    scam_type = models.CharField(_("scam type"), max_length=30, choices=ScamType.choices, blank=True)
    title = models.CharField(_("name of the scam"), max_length=SHORT_MAX, blank=True)
    how_it_goes = models.TextField(_("how it goes"), max_length=LONG_MAX, blank=True)
    how_to_tell = models.TextField(_("how to tell"), max_length=LONG_MAX, blank=True)

    class Meta(Part.Meta):
        verbose_name = _("scam example")
        verbose_name_plural = _("scam examples")


class Answer(Part):
    """What a user may answer to the campaign's question, and the words that answer leads to."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="answers")
    label = models.CharField(_("answer"), max_length=SHORT_MAX, blank=True)
    advice = models.TextField(_("what it leads to"), max_length=LONG_MAX, blank=True)
    is_warning_sign = models.BooleanField(_("a sign of the scam"), default=False)

    class Meta(Part.Meta):
        verbose_name = _("answer")
        verbose_name_plural = _("answers")


class Resource(Part):
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="resources")
    name = models.CharField(_("name"), max_length=SHORT_MAX, blank=True)
    phone = models.CharField(_("phone"), max_length=PHONE_MAX, blank=True)
    url = models.URLField(_("web address"), max_length=URL_MAX, blank=True)
    hours = models.CharField(_("hours"), max_length=SHORT_MAX, blank=True)
    # In which it answers; none named: not known.
    languages = ArrayField(
        models.CharField(max_length=10, choices=list(NAMES.items())),
        verbose_name=_("languages"),
        default=list,
    )
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    class Meta(Part.Meta):
        verbose_name = _("resource")
        verbose_name_plural = _("resources")


class Source(Part):
    """Where the figures of the text come from, and of which day they are."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="sources")
    name = models.CharField(_("source"), max_length=SHORT_MAX, blank=True)
    url = models.URLField(_("web address"), max_length=URL_MAX, blank=True)
    as_of = models.DateField(_("figures of"), null=True, blank=True)

    class Meta(Part.Meta):
        verbose_name = _("source")
        verbose_name_plural = _("sources")
