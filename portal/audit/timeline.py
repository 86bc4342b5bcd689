"""What happened to one thing, oldest first, for everyone who may see the thing."""

from typing import Any

from django.db.models import QuerySet

from portal.models import AuditEvent


def timeline_of(*subjects: Any) -> QuerySet[AuditEvent]:
    """The caller has found `subjects` through visible_to; their history is then theirs to see."""
    by_type: dict[str, list[str]] = {}
    for subject in subjects:
        by_type.setdefault(subject._meta.model_name, []).append(str(subject.pk))
    found = AuditEvent.objects.none()
    for kind, ids in by_type.items():
        found = found | AuditEvent.objects.filter(subject_type=kind, subject_id__in=ids)
    return found.order_by("seq")
