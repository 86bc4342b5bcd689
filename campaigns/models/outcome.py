"""What clients report: events as they came, the exposure that they add up to, and how many there are of each.

No personal data is kept: a withdrawal is a keyed hash, an amount a band.
"""

from typing import Any

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from campaigns.models.version import Version
from portal.models import Client
from portal.models.agency import RegionField

# Each is judged by the call that brings it; checked again for each row it would cost more than the row.
TOLD: dict[str, Any] = {"on_delete": models.PROTECT, "db_index": False, "db_constraint": False}


class EventKind(models.TextChoices):
    ASSIGNED = "assigned", _("Assigned")
    SHOWN = "shown", _("Shown")
    REVIEWED = "reviewed", _("Reviewed")
    RECONSIDERED = "reconsidered", _("Reconsidered")
    PROCEEDED = "proceeded", _("Proceeded")
    REPORTED = "reported", _("Reported as a scam")
    CLEARED = "cleared", _("Found honest")


class OpenedPart(models.TextChoices):
    TIPS = "tips", _("Tips")
    EXAMPLES = "examples", _("Examples")
    RESOURCE = "resource", _("A resource")
    QUESTION = "question", _("The question")


class AmountBand(models.TextChoices):
    """Of the withdrawal's amount in US dollars, by the exchange's own rate of the moment."""

    UNDER_100 = "under_100", _("under 100 US dollars")
    TO_1000 = "100_999", _("100 to 999 US dollars")
    TO_10000 = "1000_9999", _("1,000 to 9,999 US dollars")
    TO_100000 = "10000_99999", _("10,000 to 99,999 US dollars")
    FROM_100000 = "from_100000", _("100,000 US dollars and more")


class OutcomeEvent(models.Model):
    """One row: one event, by the client's own id, so that a repeated call stores nothing twice.

    The table is partitioned by the id, which begins with its time: a partition holds a week, and goes as a
    whole (campaigns.outcomes.partitions).
    """

    id = models.UUIDField(primary_key=True)
    client = models.ForeignKey(Client, related_name="+", **TOLD)
    kind = models.CharField(max_length=12, choices=EventKind.choices)
    version = models.ForeignKey(Version, related_name="+", **TOLD)
    variant = models.CharField(max_length=20, blank=True)
    region = RegionField()
    language = models.CharField(max_length=10)
    part = models.CharField(max_length=10, choices=OpenedPart.choices, blank=True)
    amount_band = models.CharField(max_length=12, choices=AmountBand.choices, blank=True)
    # The first 16 bytes of HMAC-SHA-256 of the client's withdrawal reference under our key.
    reference = models.UUIDField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = _("outcome event")
        verbose_name_plural = _("outcome events")


class Exposure(models.Model):
    """One row: one warning and one withdrawal, with the first time of each thing that happened.

    Where and how it was shown is what the event says that leads: the first that it was shown, else the first
    that it was assigned, else the first of all. `rank` and `led_at` are of that event.
    """

    id = models.BigAutoField(primary_key=True)
    client = models.ForeignKey(Client, related_name="+", **TOLD)
    version = models.ForeignKey(Version, related_name="exposures", **TOLD)
    campaign = models.ForeignKey(Campaign, related_name="exposures", **TOLD)
    reference = models.UUIDField()
    rank = models.SmallIntegerField()
    led_at = models.DateTimeField()
    region = RegionField()
    language = models.CharField(max_length=10)
    variant = models.CharField(max_length=20, blank=True)
    amount_band = models.CharField(max_length=12, blank=True)
    assigned_at = models.DateTimeField(null=True)
    shown_at = models.DateTimeField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    reconsidered_at = models.DateTimeField(null=True)
    proceeded_at = models.DateTimeField(null=True)
    reported_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)
    # One bit for each part that was opened, in the order of OpenedPart.
    opened = models.SmallIntegerField(default=0)

    class Meta:
        verbose_name = _("exposure")
        verbose_name_plural = _("exposures")
        constraints = [
            models.UniqueConstraint(
                fields=["version", "client", "reference"], name="exposure_once_per_withdrawal"
            )
        ]
        indexes = [BrinIndex(fields=["led_at"], name="exposure_led", autosummarize=True)]


class Counted(models.Model):
    """How many exposures there are of a version in one hour (in which they began), one variant, language and
    region, and of how many each thing is true (campaigns.outcomes.measures)."""

    version = models.ForeignKey(Version, related_name="+", **TOLD)
    hour = models.DateTimeField()
    variant = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=10)
    region = RegionField()
    assigned = models.BigIntegerField()
    shown = models.BigIntegerField()
    reviewed = models.BigIntegerField()
    reconsidered = models.BigIntegerField()
    either = models.BigIntegerField()
    proceeded = models.BigIntegerField()
    unanswered = models.BigIntegerField()
    reported = models.BigIntegerField()
    cleared = models.BigIntegerField()
    tips = models.BigIntegerField()
    examples = models.BigIntegerField()
    resource = models.BigIntegerField()
    question = models.BigIntegerField()

    class Meta:
        abstract = True


class OutcomeCount(Counted):
    """The rollup. What the newest calls changed lies in OutcomeChange until it is added here."""

    id = models.BigAutoField(primary_key=True)

    class Meta:
        verbose_name = _("outcome count")
        verbose_name_plural = _("outcome counts")
        constraints = [
            models.UniqueConstraint(
                fields=["version", "hour", "variant", "language", "region"], name="counted_once"
            )
        ]


class OutcomeChange(Counted):
    """One row: by how much one call's events changed one count, more or less; committed with them."""

    id = models.BigAutoField(primary_key=True)

    class Meta:
        verbose_name = _("outcome change")
        verbose_name_plural = _("outcome changes")
