"""API clients and their keys. A client may hold several keys at once, so that one can follow another.

Client: one row is one machine of the exchange, with what it may do, from where and how often.
ClientKey: one row is one key of a client, known by its SHA-256; the key itself is kept nowhere.
"""

from datetime import datetime, timedelta
from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.kernel.actor import Actor, Role
from portal.kernel.identifiers import new_id
from portal.models.user import User

NAME_MAX = 80
DESCRIPTION_MAX = 1000
CONTACT_MAX = 200
NOTE_MAX = 200
WHY_MAX = 1000
LEAST_PER_MINUTE, MOST_PER_MINUTE = 1, 10_000_000
DEFAULT_PER_MINUTE = 6000


class Scope(models.TextChoices):
    CAMPAIGNS_READ = "campaigns:read", _("Read live campaigns")
    EVENTS_WRITE = "events:write", _("Report what users did")


class KeyState(models.TextChoices):
    """Judged by the clock when it is asked for, never stored."""

    ACTIVE = "active", pgettext_lazy("key", "Active")
    ENDING = "ending", pgettext_lazy("key", "Ending")
    EXPIRED = "expired", pgettext_lazy("key", "Expired")
    REVOKED = "revoked", pgettext_lazy("key", "Revoked")


class NetworkField(models.Field):
    """An IP network in CIDR form. PostgreSQL's own type refuses one with host bits set."""

    def db_type(self, connection: Any) -> str:
        return "cidr"


class ClientQuerySet(models.QuerySet["Client"]):
    def visible_to(self, actor: Actor) -> "ClientQuerySet":
        """Compliance leads and auditors know the exchange's machines; nobody else does."""
        if actor.kind == "system" or actor.role in (Role.COMPLIANCE_LEAD, Role.AUDITOR):
            return self
        return self.none()

    def open(self) -> "ClientQuerySet":
        return self.filter(closed_at=None)


class Client(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("name"), max_length=NAME_MAX)
    description = models.TextField(_("what it does"), max_length=DESCRIPTION_MAX, blank=True)
    contact = models.CharField(_("who looks after it"), max_length=CONTACT_MAX, blank=True)
    scopes = ArrayField(models.CharField(max_length=30, choices=Scope.choices), verbose_name=_("scopes"))
    # Where calls may come from; none listed: from anywhere.
    networks = ArrayField(NetworkField(), verbose_name=_("networks"), default=list, blank=True)
    per_minute = models.PositiveIntegerField(_("calls per minute"), default=DEFAULT_PER_MINUTE)
    # Grows with every edit, so that nobody overwrites what they have not seen.
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closed_why = models.TextField(max_length=WHY_MAX, blank=True)

    objects = ClientQuerySet.as_manager()

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        constraints = [
            models.UniqueConstraint(
                Lower("name"), condition=models.Q(closed_at=None), name="client_open_name_once"
            ),
            models.CheckConstraint(condition=models.Q(scopes__len__gt=0), name="client_has_a_scope"),
            models.CheckConstraint(
                condition=models.Q(per_minute__gte=LEAST_PER_MINUTE, per_minute__lte=MOST_PER_MINUTE),
                name="client_rate_in_range",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="client_no_delete", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="client_closed_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__closed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        return "active" if self.closed_at is None else "closed"

    @property
    def scope_labels(self) -> list[str]:
        return [str(Scope(scope).label) for scope in self.scopes]


class ClientKeyQuerySet(models.QuerySet["ClientKey"]):
    def usable_at(self, now: datetime) -> "ClientKeyQuerySet":
        return self.filter(revoked_at=None, expires_at__gt=now, client__closed_at=None)

    def expiring_at(self, now: datetime) -> "ClientKeyQuerySet":
        """Usable keys whose end is near and that nothing follows, or that are used although one does."""
        soon = now + timedelta(days=settings.CLIENT_KEY_EXPIRY_WARNING_DAYS)
        followed = models.Q(replaced_by__isnull=False)
        used_still = models.Q(last_used_at__gt=models.F("replaced_by__issued_at"))
        return self.usable_at(now).filter(~followed | used_still, expires_at__lte=soon)

    def unused_at(self, now: datetime) -> "ClientKeyQuerySet":
        """Usable keys that nobody has used for long: each is an open door that nobody needs."""
        since = now - timedelta(days=settings.CLIENT_KEY_UNUSED_DAYS)
        return self.usable_at(now).filter(last_seen_before(since), replaced_by=None)

    def needing_attention_at(self, now: datetime) -> "ClientKeyQuerySet":
        return self.filter(
            models.Q(pk__in=self.expiring_at(now).values("pk"))
            | models.Q(pk__in=self.unused_at(now).values("pk"))
        )


def last_seen_before(moment: datetime) -> models.Q:
    return models.Q(last_used_at__lt=moment) | models.Q(last_used_at=None, issued_at__lt=moment)


class ClientKey(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="keys")
    prefix = models.CharField(max_length=24, unique=True)
    key_sha256 = models.CharField(max_length=64, unique=True)
    note = models.CharField(_("note"), max_length=NOTE_MAX, blank=True)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    # The end is exclusive. It may be brought forward, never put off.
    expires_at = models.DateTimeField()
    replaced_by = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaces"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    revoked_why = models.TextField(max_length=WHY_MAX, blank=True)
    # Written about once a minute by the processes that answer, so true to the minute.
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_ip = models.GenericIPAddressField(null=True, blank=True)
    calls = models.PositiveBigIntegerField(default=0)
    # When the leads were last told that it needs attention.
    warned_at = models.DateTimeField(null=True, blank=True)

    objects = ClientKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("client key")
        verbose_name_plural = _("client keys")
        ordering = ["-issued_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gte=models.F("issued_at")), name="client_key_ends_after_issue"
            )
        ]
        triggers = [
            pgtrigger.Protect(name="client_key_no_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="client_key_frozen",
                fields=["id", "client", "prefix", "key_sha256", "issued_at", "issued_by"],
            ),
            pgtrigger.Trigger(
                name="client_key_only_ends_sooner",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NEW.expires_at > OLD.expires_at"
                    " OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)"
                ),
                func="RAISE EXCEPTION 'a key is never prolonged nor revived' USING ERRCODE = '23514';",
            ),
            pgtrigger.Trigger(
                name="client_key_of_an_open_client",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF (SELECT closed_at FROM portal_client WHERE id = NEW.client_id) IS NOT NULL THEN
                        RAISE EXCEPTION 'a closed client gets no key' USING ERRCODE = '23514';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.prefix

    def state_at(self, now: datetime) -> KeyState:
        """Asks the client too: load it along."""
        if self.revoked_at is not None or self.client.closed_at is not None:
            return KeyState.REVOKED
        if self.expires_at <= now:
            return KeyState.EXPIRED
        return KeyState.ENDING if self.replaced_by_id else KeyState.ACTIVE

    @property
    def last_seen(self) -> datetime:
        """When it was last used; one that never was, when it was issued."""
        return self.last_used_at or self.issued_at
