"""Every hour: what nobody sent or confirmed in time goes, each in a transaction of its own; mails follow."""

import structlog
from celery import shared_task
from django.utils import timezone

from portal.access import scope_of
from portal.agencies.application.forgetting import flows
from portal.kernel.actor import Actor
from portal.kernel.errors import PortalError
from portal.models import AgencyApplication, ApplicationMail

log = structlog.get_logger(__name__)
AT_ONCE = 1000
JOB = Actor.system("forget-applications")


@shared_task(name="portal.agencies.application.forget")
def forget() -> int:
    now, gone = timezone.now(), 0
    due = AgencyApplication.objects.forgotten_at(now).values_list("pk", flat=True)
    for application_id in due[:AT_ONCE]:
        try:
            with scope_of(JOB):
                flows.forget(application_id, actor=JOB, now=now)
            gone += 1
        except PortalError:  # confirmed, or forgotten by another worker, since it was listed
            log.info("application not forgotten", application=str(application_id))
    ApplicationMail.objects.spent_at(now).delete()
    return gone
