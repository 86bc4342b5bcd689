"""The worker's side of invitations: it makes the link, so that neither broker nor database carries it."""

from datetime import timedelta

from celery import shared_task
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from portal.agencies.roster.invitations.links import acceptable, address_of, new_token
from portal.models import Invitation


@shared_task(
    name="portal.agencies.mail_invitation", autoretry_for=(OSError,), retry_backoff=True, max_retries=5
)
def mail_invitation(invitation_id: str) -> None:
    now = timezone.now()
    with transaction.atomic():
        invitation = (
            Invitation.objects.open()
            .select_related("agency")
            .select_for_update(skip_locked=True, of=("self",))
            .filter(pk=invitation_id, mailed_at=None)
            .first()
        )
        if invitation is None or not acceptable(invitation, now):
            return
        # If the commit fails after the mail is out, its link is dead, and the sweep sends another.
        url = address_of(new_token(invitation, now=now))
        with translation.override(invitation.language):
            context = {"invitation": invitation, "url": url}
            subject = render_to_string("emails/invitation_subject.txt", context).strip()
            send_mail(subject, render_to_string("emails/invitation.txt", context), None, [invitation.email])


@shared_task(name="portal.agencies.sweep_invitations")
def sweep_invitations() -> None:
    """Mail what is a minute old and unmailed: its task was lost between commit and broker, or failed."""
    now = timezone.now()
    late = Invitation.objects.open().filter(
        mailed_at=None, confirmed_at__lt=now - timedelta(minutes=1), expires_at__gt=now
    )
    for invitation_id in late.order_by("confirmed_at").values_list("pk", flat=True)[:500]:
        mail_invitation.delay(str(invitation_id))
