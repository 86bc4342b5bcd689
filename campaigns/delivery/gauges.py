"""How old each process's truth is, for monitors: of ours, and of clients that evaluate by themselves."""

from typing import Any

from prometheus_client import CollectorRegistry, Gauge

from portal import metrics

# Whoever has been silent for longer is no process any more; until then its age grows.
WATCHED = "1 hour"
PROCESSES = f"""
SELECT coalesce(k.name, ''), d.host, d.pid, d.revision,
       extract(epoch FROM clock_timestamp() - d.confirmed_at)::float8
FROM campaigns_deliveryprocess d LEFT JOIN portal_client k ON k.id = d.client_id
WHERE d.ended_at IS NULL AND d.confirmed_at > clock_timestamp() - interval '{WATCHED}'
"""  # noqa: S608 - a constant
NEWEST = "SELECT coalesce(max(revision), 0) FROM campaigns_deliveryrevision"


def collect(registry: CollectorRegistry, cursor: Any) -> None:
    labels = ["client", "host", "pid"]
    age = Gauge(
        "portal_delivery_truth_age_seconds",
        "Since this process last confirmed its revision; client is empty for processes of the portal",
        labels,
        registry=registry,
    )
    revision = Gauge(
        "portal_delivery_process_revision", "What this process answers with", labels, registry=registry
    )
    newest = Gauge("portal_delivery_revision", "The newest revision", registry=registry)
    cursor.execute(NEWEST)
    newest.set(cursor.fetchone()[0])
    cursor.execute(PROCESSES)
    for client, host, pid, number, seconds in cursor.fetchall():
        age.labels(client, host, pid).set(seconds)
        revision.labels(client, host, pid).set(number)


metrics.register(collect)
