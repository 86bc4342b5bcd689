"""One row: one browser that one person has signed in with. The cookie that names it opens nothing."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.kernel.identifiers import new_id
from portal.models.user import User

# What browsers and systems call themselves is anybody's text: only these names are ever kept or shown.
BROWSERS = ("Chrome", "Edge", "Firefox", "Opera", "Safari", "Samsung Internet")
SYSTEMS = ("Android", "ChromeOS", "iOS", "iPadOS", "Linux", "macOS", "Windows")


def device_label(browser: str, system: str) -> str:
    if browser and system:
        return gettext("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or gettext("Unknown browser")


class KnownDevice(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="devices")
    # Of the cookie's token: who reads this table cannot make the cookie.
    token_sha256 = models.CharField(max_length=64, unique=True)
    browser = models.CharField(max_length=20, blank=True, choices=[(name, name) for name in BROWSERS])
    system = models.CharField(max_length=20, blank=True, choices=[(name, name) for name in SYSTEMS])
    ip = models.GenericIPAddressField(null=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    # The person's very first one: the cool-off of the new officer covers it.
    is_first = models.BooleanField(default=False)
    forgotten_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("known device")
        verbose_name_plural = _("known devices")
        ordering = ["-last_seen"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(is_first=True), name="device_one_first_of_person"
            ),
            models.CheckConstraint(
                condition=models.Q(last_seen__gte=models.F("first_seen")), name="device_seen_in_order"
            ),
        ]
        indexes = [models.Index(fields=["person", "-last_seen"], name="device_of_person")]

    def __str__(self) -> str:
        return device_label(self.browser, self.system)

    @property
    def cooling_until(self) -> datetime | None:
        if self.is_first:
            return None
        return self.first_seen + timedelta(hours=settings.COOL_OFF_NEW_DEVICE_HOURS)
