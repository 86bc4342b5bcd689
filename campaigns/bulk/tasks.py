"""The worker reads translators' files; a sweep finds those whose task was lost."""

from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from campaigns.bulk import flows
from campaigns.models import TranslationImport
from campaigns.models.translationimport import ImportStatus

LOST = timedelta(minutes=2)
HOPELESS = timedelta(minutes=30)


@shared_task(name="campaigns.bulk.read")
def read_import(import_id: str) -> None:
    flows.read(UUID(import_id), now=timezone.now())


@shared_task(name="campaigns.bulk.sweep")
def sweep() -> int:
    now = timezone.now()
    waiting = TranslationImport.objects.filter(status=ImportStatus.WAITING, uploaded_at__lt=now - LOST)
    found = list(waiting.values_list("pk", "uploaded_at"))
    for import_id, uploaded_at in found:
        if uploaded_at < now - HOPELESS:
            flows.give_up(import_id, now=now)
        else:
            read_import.delay(str(import_id))
    return len(found)
