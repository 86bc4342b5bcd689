"""One row: one act. Append-only, numbered without gaps and hash-chained by PostgreSQL itself.

The trigger takes the chain's lock, so rows are chained in commit order; it is held until the
transaction ends, which is why a flow records last. A row's hash is the SHA-256 of the row before it
joined to the row's own columns as JSON (null columns left out, so that a later nullable column
does not disturb old hashes).
"""

from typing import Any

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models.guards import append_only

CHAIN_LOCK = 7_220_157

# `row` is to_jsonb(the audit row). The same expression makes the hash and verifies it.
HASH_SQL = """encode(sha256(convert_to((
    SELECT jsonb_object_agg(key, value)::text FROM jsonb_each({row} - 'hash') WHERE value <> 'null'::jsonb
), 'UTF8')), 'hex')"""


class ChainTrigger(pgtrigger.Trigger):
    """Numbers and hashes the new row under the chain's lock."""

    def get_func(self, model: Any) -> str:
        return f"""
            PERFORM set_config('TimeZone', 'UTC', true);
            PERFORM pg_advisory_xact_lock({CHAIN_LOCK});
            SELECT seq, hash INTO last_seq, last_hash FROM portal_auditevent ORDER BY seq DESC LIMIT 1;
            NEW.seq := COALESCE(last_seq, 0) + 1;
            NEW.previous_hash := COALESCE(last_hash, repeat('0', 64));
            NEW.hash := {HASH_SQL.format(row="to_jsonb(NEW)")};
            RETURN NEW;
        """  # noqa: S608 - constants of ours


class AuditEvent(models.Model):
    seq = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    event = models.CharField(max_length=60)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=60)
    actor_label = models.CharField(max_length=160)
    actor_role = models.CharField(max_length=24, blank=True)
    actor_agency_id = models.UUIDField(null=True)
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
            models.Index(fields=["actor_id", "seq"], name="audit_of_actor"),
        ]
        triggers = [
            ChainTrigger(
                name="audit_chain",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("last_seq", "bigint"), ("last_hash", "text")],
                func="",
            ),
            *append_only("audit"),
        ]
