"""One row: one act. Append-only, numbered without gaps and hash-chained by PostgreSQL itself.

The trigger takes the chain's lock, so rows are chained in commit order; it is held until the
transaction ends, which is why a flow records last. A row's hash is the SHA-256 of the row as JSON, its
columns sorted as jsonb sorts them, without the hash itself and without null columns (so that a later
nullable column does not disturb old hashes). The hash of the row before is one of the columns.
"""

from typing import Any

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models.guards import append_only
from portal.models.words import Words

CHAIN_LOCK = 7_220_157
GENESIS = "0" * 64  # what the first row names as the hash before it


def sealed_sql(model: type[models.Model], row: str) -> str:
    """SQL for the very text that is hashed, of a row by the name `row`; the session's zone must be UTC."""
    absent = [
        f"CASE WHEN {row}.{field.column} IS NULL THEN '{field.column}' END"
        for field in model._meta.local_fields
        if field.null
    ]
    return f"(to_jsonb({row}) - ARRAY['hash', {', '.join(absent)}])::text"


def hash_sql(model: type[models.Model], row: str) -> str:
    """The same expression makes the hash and verifies it."""
    return f"encode(sha256(convert_to({sealed_sql(model, row)}, 'UTF8')), 'hex')"


class ChainTrigger(pgtrigger.Trigger):
    """Numbers, dates and hashes the new row under the chain's lock."""

    def get_func(self, model: Any) -> str:
        # The schema is named: a temporary table of that name would be found first and could forge the head.
        return f"""
            zone := current_setting('TimeZone');
            IF zone <> 'UTC' THEN PERFORM set_config('TimeZone', 'UTC', true); END IF;
            PERFORM pg_advisory_xact_lock({CHAIN_LOCK});
            SELECT seq, hash INTO last_seq, last_hash FROM public.portal_auditevent ORDER BY seq DESC LIMIT 1;
            NEW.seq := COALESCE(last_seq, 0) + 1;
            NEW.recorded_at := clock_timestamp();
            NEW.previous_hash := COALESCE(last_hash, repeat('0', 64));
            NEW.hash := {hash_sql(model, "NEW")};
            IF zone <> 'UTC' THEN PERFORM set_config('TimeZone', zone, true); END IF;
            RETURN NEW;
        """  # noqa: S608 - constants of ours


class AuditEvent(models.Model):
    seq = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    # By the database's clock, set by the trigger: an act dated back is seen.
    recorded_at = models.DateTimeField(null=True, editable=False)
    event = models.CharField(max_length=60)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=60)
    actor_label = models.CharField(max_length=160)
    actor_role = models.CharField(max_length=24, blank=True)
    actor_agency_id = models.UUIDField(null=True)
    actor_agency_label = models.CharField(max_length=160, null=True)  # noqa: DJ001 - as session
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=60)
    subject_label = models.CharField(max_length=200)
    subject_agency_id = models.UUIDField(null=True)
    why = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    ip = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    session = models.CharField(max_length=16, null=True)  # noqa: DJ001 - null is left out of older rows' hashes
    previous_hash = models.CharField(max_length=64, editable=False, default="")
    hash = models.CharField(max_length=64, editable=False, default="")

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit trail")
        ordering = ["-seq"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "seq"], name="audit_of_subject"),
            models.Index(fields=["subject_agency_id", "seq"], name="audit_of_agency"),
            models.Index(fields=["actor_agency_id", "seq"], name="audit_by_agency"),
            models.Index(fields=["actor_id", "seq"], name="audit_of_actor"),
            models.Index(fields=["event", "seq"], name="audit_of_event"),
            models.Index(fields=["at"], name="audit_at"),
            models.Index(fields=["ip"], name="audit_from_ip", condition=models.Q(ip__isnull=False)),
            models.Index(fields=["request_id"], name="audit_of_request", condition=~models.Q(request_id="")),
            models.Index(
                fields=["session", "seq"], name="audit_of_session", condition=models.Q(session__isnull=False)
            ),
            GinIndex(Words("why"), name="audit_why", condition=~models.Q(why="")),
        ]
        triggers = [
            ChainTrigger(
                name="audit_chain",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("last_seq", "bigint"), ("last_hash", "text"), ("zone", "text")],
                func="",
            ),
            *append_only("audit"),
        ]
