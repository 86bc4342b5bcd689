"""The worker reads translators' files; a sweep finds those whose task was lost."""

from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from campaigns.bulk import flows
from campaigns.models import TranslationImport
from campaigns.models.translationimport import ImportStatus

LOST = timedelta(minutes=2)


@shared_task(name="campaigns.bulk.read")
def read_import(import_id: str) -> None:
    flows.read(UUID(import_id), now=timezone.now())


@shared_task(name="campaigns.bulk.sweep")
def sweep() -> int:
    lost = TranslationImport.objects.filter(
        status=ImportStatus.WAITING, uploaded_at__lt=timezone.now() - LOST
    ).values_list("pk", flat=True)
    for import_id in (found := list(lost)):
        read_import.delay(str(import_id))
    return len(found)
