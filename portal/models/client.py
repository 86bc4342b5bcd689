"""One row: one machine of the exchange, known by the SHA-256 of its key. The key itself is not kept."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.kernel.identifiers import new_id
from portal.models.user import User


class Scope(models.TextChoices):
    CAMPAIGNS_READ = "campaigns:read", _("Read live campaigns")
    EVENTS_WRITE = "events:write", _("Report what users did")


class ClientQuerySet(models.QuerySet["Client"]):
    def valid_at(self, now: datetime) -> "ClientQuerySet":
        return self.filter(revoked_at=None).filter(models.Q(expires_at=None) | models.Q(expires_at__gt=now))


class Client(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=24, unique=True)
    key_sha256 = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=30, choices=Scope.choices), verbose_name=_("scopes"))
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ClientQuerySet.as_manager()

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")

    def __str__(self) -> str:
        return self.name
