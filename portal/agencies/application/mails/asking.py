"""Asks the worker for a mail, and says when the next may be asked for.

What an applicant learns here rests on the own asking alone. Whether a mail goes out at once also hangs on
what others asked for with the same address (portal.agencies.application.tasks), and that is nobody's to know.
"""

from datetime import datetime, timedelta

from django.db import transaction

from portal.agencies.application.tasks import mail
from portal.models import AgencyApplication, ApplicationMail
from portal.models.applicationmail import DAY, MAILS_A_DAY

WAIT = timedelta(minutes=5)  # a mail takes its time, and a second click is no second wish


def ask(application: AgencyApplication, now: datetime) -> ApplicationMail:
    """The caller holds the application's lock. What a crash loses after its commit is swept up."""
    asked = ApplicationMail.objects.create(
        application=application, address=application.supervisor_email, asked_at=now
    )
    transaction.on_commit(lambda: mail.delay(str(application.pk)), robust=True)
    return asked


def next_at(application: AgencyApplication, now: datetime) -> datetime:
    """From when on the link may be asked for again: now, or later."""
    rows = application.mails.filter(address=application.supervisor_email, asked_at__gt=now - DAY)
    moments = list(rows.values_list("asked_at", flat=True))
    if len(moments) >= MAILS_A_DAY:
        return moments[-MAILS_A_DAY] + DAY
    return max(now, moments[-1] + WAIT) if moments else now
