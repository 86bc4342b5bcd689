"""Have the link sent again, and correct to whom, until the application is confirmed."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.agencies.application import events
from portal.agencies.application.content import Given
from portal.agencies.application.mails.asking import ask, next_at
from portal.agencies.roster.invitations.addresses import one_spelling
from portal.audit import record
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, NotVisible
from portal.models import AgencyApplication
from portal.models.application import APPLICATION_LIFECYCLE, ApplicationStatus

MOST_ASKED = 15  # by one application in all: corrections are no way around the limit of one address
SUPERVISOR = ("supervisor_name", "supervisor_email")


@transaction.atomic
def resend(application_id: UUID, *, actor: Actor, now: datetime) -> AgencyApplication:
    """Ask for the link once more; the one before works until the new one is mailed.

    Too early it does nothing and is no error: the newest link is on its way, or lies in the mailbox.
    """
    application = _open(application_id, "resend", now)
    if now < next_at(application, now):
        return application
    ask(application, now)
    record(events.RESENT, actor=actor, subject=application, at=now)
    return application


@transaction.atomic
def correct(
    application_id: UUID, *, actor: Actor, now: datetime, supervisor_name: str, supervisor_email: str
) -> AgencyApplication:
    """Name the first supervisor anew, at the same domains. The link sent before opens nothing from now on."""
    application = _open(application_id, "correct", now)
    given = replace(given_of(application), supervisor_name=supervisor_name, supervisor_email=supervisor_email)
    if errors := given.wrong(SUPERVISOR):
        raise Invalid(errors)
    fresh = {"supervisor_name": supervisor_name.strip(), "supervisor_email": one_spelling(supervisor_email)}
    changed = [field for field in SUPERVISOR if getattr(application, field) != fresh[field]]
    if not changed:  # a second click
        return application
    if application.mails.count() >= MOST_ASKED:
        text = _("This application asked for too many mails. Apply again.")
        raise Invalid({"supervisor_email": [text]})
    for field in SUPERVISOR:
        setattr(application, field, fresh[field])
    application.token_sha256 = None
    application.save(update_fields=[*SUPERVISOR, "token_sha256"])
    ask(application, now)
    record(events.CORRECTED, actor=actor, subject=application, at=now, data={"changed": changed})
    return application


def given_of(application: AgencyApplication) -> Given:
    """What was sent, as the value that the rules judge."""
    return Given(**{name: getattr(application, name) for name in Given.__slots__})


def _open(application_id: UUID, verb: str, now: datetime) -> AgencyApplication:
    """Under lock; raises WrongState for what is confirmed, and NotVisible for what has run out."""
    application = AgencyApplication.objects.select_for_update().filter(pk=application_id).first()
    if application is None:
        raise NotVisible
    APPLICATION_LIFECYCLE.after(ApplicationStatus(application.status), verb)
    if not application.is_open_at(now):
        raise NotVisible(_("This application was never confirmed, and is deleted. Apply again."))
    return application
