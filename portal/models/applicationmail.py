"""The mails that an application asks for: how often, and to which address, whatever it says by now."""

from datetime import datetime, timedelta

import pgtrigger
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from portal.kernel.identifiers import new_id
from portal.models.application import CONFIRM_DAYS, AgencyApplication, ApplicationStatus

# To one address, whoever asks: strangers name it.
MAILS_A_DAY = 3
DAY = timedelta(days=1)


class ApplicationMailQuerySet(models.QuerySet["ApplicationMail"]):
    def mailed_to(self, address: object, now: datetime) -> "ApplicationMailQuerySet":
        """What counts against the address' limit; of every application, and of each address it named."""
        return self.filter(address=address, mailed_at__gt=now - DAY)

    def spent_at(self, now: datetime) -> "ApplicationMailQuerySet":
        """What is of no application any more, and counts no longer."""
        return self.filter(application=None).exclude(mailed_at__gt=now - DAY)

    def waiting_at(self, now: datetime) -> "ApplicationMailQuerySet":
        """The newest of each open application, where it is not mailed and its address has room for it."""
        rows = ApplicationMail.objects.order_by()
        newer = rows.filter(application=OuterRef("application")).filter(
            Q(asked_at__gt=OuterRef("asked_at")) | Q(asked_at=OuterRef("asked_at"), pk__gt=OuterRef("pk"))
        )
        mailed = rows.mailed_to(OuterRef("address"), now).values("address").annotate(count=Count("pk"))
        waiting = self.filter(
            ~Exists(newer),
            mailed_at=None,
            application__status=ApplicationStatus.UNCONFIRMED,
            application__sent_at__gt=now - timedelta(days=CONFIRM_DAYS),
        )
        return waiting.alias(to_it=Coalesce(Subquery(mailed.values("count")), 0)).filter(
            to_it__lt=MAILS_A_DAY
        )


class ApplicationMail(models.Model):
    """One row: one mail with the link, asked for by whoever applies. Only the newest of each goes out."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # None once it is forgotten; the mail counts against its address to the end of the day.
    application = models.ForeignKey(
        AgencyApplication, on_delete=models.SET_NULL, null=True, related_name="mails"
    )
    # The first supervisor's at that time: it may be corrected later, and the mail was written nevertheless.
    address = models.EmailField()
    asked_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects = ApplicationMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail of an application")
        verbose_name_plural = _("mails of applications")
        ordering = ["asked_at", "id"]
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(mailed_at=None), name="application_unmailed"),
            models.Index(fields=["address", "mailed_at"], name="application_mailed_to"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="application_mail_written_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["mailed_at", "application"]),
            ),
            pgtrigger.Trigger(
                name="application_mail_to_its_supervisor",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM portal_agencyapplication a
                        WHERE a.id = NEW.application_id AND a.status = 'unconfirmed'
                        AND a.supervisor_email = NEW.address
                    ) THEN
                        RAISE EXCEPTION 'only the first supervisor is written to' USING ERRCODE = '23514';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
