"""The daily look at keys that end soon or that nobody uses."""

from celery import shared_task
from django.utils import timezone

from portal.clients import flows
from portal.kernel.actor import Actor


@shared_task(name="portal.clients.warn")
def warn() -> None:
    flows.warn(actor=Actor.system("client-keys"), now=timezone.now())
