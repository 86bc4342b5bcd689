"""The worker's side of re-attestation."""

from celery import shared_task
from django.utils import timezone

from portal.agencies.roster.attestation.reminders import remind


@shared_task(name="portal.agencies.remind")
def remind_of_attestation() -> None:
    remind(now=timezone.now())
