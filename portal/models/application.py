"""One row: one application of an agency, from the first answer to its confirmation by the first supervisor.

Nobody signs in to apply. A draft belongs to the browser that began it; once sent it is frozen but for who the
first supervisor is, and only the link mailed to his or her official address makes an agency of it. PostgreSQL
refuses the rest.
"""

from datetime import datetime, timedelta

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.kernel.actor import Actor
from portal.kernel.identifiers import new_id
from portal.kernel.lifecycle import Lifecycle
from portal.models.agency import Agency, RegionField
from portal.models.document import ContentType
from portal.models.guards import lifecycle_guard

CONFIRM_DAYS = 7
DRAFT_HOURS = 24
MAX_DOMAINS = 5
MAX_DOCUMENTS = 5
NAME_MAX = 160
PERSON_MAX = 120
PURPOSE_MAX = 4000


class ApplicationStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    UNCONFIRMED = "unconfirmed", _("Not confirmed yet")
    CONFIRMED = "confirmed", _("Confirmed")


APPLICATION_LIFECYCLE: Lifecycle[ApplicationStatus] = Lifecycle(
    {
        "save": {ApplicationStatus.DRAFT: ApplicationStatus.DRAFT},
        "attach": {ApplicationStatus.DRAFT: ApplicationStatus.DRAFT},
        "detach": {ApplicationStatus.DRAFT: ApplicationStatus.DRAFT},
        "apply": {ApplicationStatus.DRAFT: ApplicationStatus.UNCONFIRMED},
        "resend": {ApplicationStatus.UNCONFIRMED: ApplicationStatus.UNCONFIRMED},
        "correct": {ApplicationStatus.UNCONFIRMED: ApplicationStatus.UNCONFIRMED},
        "confirm": {ApplicationStatus.UNCONFIRMED: ApplicationStatus.CONFIRMED},
    },
    dict(ApplicationStatus.choices),  # type: ignore[arg-type]
)

# What may still change after it was sent; and what may be corrected, but with another link.
_LIVE = "ARRAY['status', 'agency_id', 'token_sha256', 'confirmed_at', 'supervisor_name', 'supervisor_email']"


class ApplicationQuerySet(models.QuerySet["AgencyApplication"]):
    def visible_to(self, actor: Actor) -> "ApplicationQuerySet":
        """Applicants hold a session or a link, and are let through by that alone."""
        return self if actor.kind == "system" or actor.of_exchange else self.none()

    def forgotten_at(self, now: datetime) -> "ApplicationQuerySet":
        """Drafts that nobody sent, and sent ones that nobody confirmed in time."""
        return self.filter(
            models.Q(status=ApplicationStatus.DRAFT, begun_at__lte=now - timedelta(hours=DRAFT_HOURS))
            | models.Q(status=ApplicationStatus.UNCONFIRMED, sent_at__lte=now - timedelta(days=CONFIRM_DAYS))
        )


class AgencyApplication(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    status = models.CharField(
        max_length=12, choices=ApplicationStatus.choices, default=ApplicationStatus.DRAFT
    )
    # As typed, part by part, also what is wrong; emptied when the draft is sent.
    answers = models.JSONField(default=dict)
    name = models.CharField(_("name"), max_length=NAME_MAX, blank=True)
    local_name = models.CharField(_("name in the own language"), max_length=NAME_MAX, blank=True)
    local_language = models.CharField(_("language of that name"), max_length=10, blank=True)
    country = RegionField(verbose_name=_("country"), max_length=2, blank=True)
    regions = ArrayField(RegionField(), verbose_name=_("regions"), default=list)
    languages = ArrayField(models.CharField(max_length=10), verbose_name=_("languages"), default=list)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    is_training = models.BooleanField(_("training agency"), default=False)
    domains = ArrayField(models.CharField(max_length=253), verbose_name=_("official domains"), default=list)
    website = models.URLField(_("website"), blank=True)
    switchboard = models.CharField(_("public switchboard number"), max_length=40, blank=True)
    switchboard_source = models.URLField(_("where the number is published"), blank=True)
    head_name = models.CharField(_("head of unit"), max_length=PERSON_MAX, blank=True)
    head_post = models.CharField(_("post of the head of unit"), max_length=PERSON_MAX, blank=True)
    supervisor_name = models.CharField(_("first supervisor"), max_length=PERSON_MAX, blank=True)
    supervisor_email = models.EmailField(_("e-mail address of the first supervisor"), blank=True)
    purpose = models.TextField(_("purpose"), max_length=PURPOSE_MAX, blank=True)
    # The interface language of whoever applied: the mail is written in it.
    language = models.CharField(max_length=10, default="en")
    begun_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    # Of the link mailed last: the worker makes its token as it mails it (portal.models.applicationmail).
    token_sha256 = models.CharField(max_length=64, unique=True, null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    agency = models.OneToOneField(
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="application"
    )

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("agency application")
        verbose_name_plural = _("agency applications")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="draft", sent_at=None)
                | (~models.Q(status="draft") & models.Q(sent_at__isnull=False)),
                name="application_sent_has_moment",
            ),
            models.CheckConstraint(
                condition=models.Q(status="confirmed", agency__isnull=False, confirmed_at__isnull=False)
                | (~models.Q(status="confirmed") & models.Q(agency=None, confirmed_at=None)),
                name="application_confirmed_has_agency",
            ),
        ]
        triggers = [
            lifecycle_guard("application", list(APPLICATION_LIFECYCLE.steps())),
            pgtrigger.Trigger(
                name="application_fits",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=f"""
                    IF NEW.status <> 'draft' AND (
                        NEW.name = '' OR NEW.country = '' OR NEW.switchboard = ''
                        OR cardinality(NEW.domains) NOT BETWEEN 1 AND {MAX_DOMAINS}
                        OR NEW.supervisor_email <> lower(NEW.supervisor_email)
                        OR NEW.supervisor_email NOT LIKE '_%@_%'
                        OR reverse(split_part(reverse(NEW.supervisor_email), '@', 1)) <> ALL (NEW.domains)
                    ) THEN
                        RAISE EXCEPTION 'the application is incomplete' USING ERRCODE = '23514';
                    END IF;
                    IF TG_OP = 'UPDATE' AND OLD.status <> 'draft'
                        AND to_jsonb(NEW) - {_LIVE} IS DISTINCT FROM to_jsonb(OLD) - {_LIVE} THEN
                        RAISE EXCEPTION 'an application is frozen once it was sent' USING ERRCODE = '42501';
                    END IF;
                    IF TG_OP = 'UPDATE' AND OLD.status <> 'draft'
                        AND (NEW.supervisor_name, NEW.supervisor_email)
                            IS DISTINCT FROM (OLD.supervisor_name, OLD.supervisor_email)
                        AND (NEW.status <> 'unconfirmed' OR NEW.token_sha256 IS NOT NULL) THEN
                        RAISE EXCEPTION 'another first supervisor takes another link' USING ERRCODE = '42501';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(
                name="application_confirmed_stays",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__status="confirmed"),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.get_status_display()

    @property
    def expires_at(self) -> datetime | None:
        """The end of the link, exclusive."""
        return self.sent_at and self.sent_at + timedelta(days=CONFIRM_DAYS)

    def is_open_at(self, now: datetime) -> bool:
        """Whether its link still confirms it."""
        return (
            self.status == ApplicationStatus.UNCONFIRMED
            and self.expires_at is not None
            and now < self.expires_at
        )


class ApplicationDocument(models.Model):
    """One row: one file that came with an application, in private storage, with the SHA-256 of its bytes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    application = models.ForeignKey(AgencyApplication, on_delete=models.CASCADE, related_name="documents")
    name = models.CharField(_("name"), max_length=140)
    path = models.CharField(max_length=80, unique=True, editable=False)
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField("SHA-256", max_length=64)
    content_type = models.CharField(_("kind of file"), max_length=40, choices=ContentType.choices)
    uploaded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("document of an application")
        verbose_name_plural = _("documents of applications")
        ordering = ["uploaded_at", "id"]
        triggers = [
            pgtrigger.Protect(name="application_document_frozen", operation=pgtrigger.Update),
            pgtrigger.Trigger(
                name="application_document_in_draft",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM portal_agencyapplication a
                        WHERE a.id = NEW.application_id AND a.status = 'draft'
                    ) THEN
                        RAISE EXCEPTION 'documents come with the draft' USING ERRCODE = '42501';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="application_document_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM portal_agencyapplication a
                        WHERE a.id = OLD.application_id AND a.status = 'confirmed'
                    ) THEN
                        RAISE EXCEPTION 'documents of a confirmed application stay' USING ERRCODE = '42501';
                    END IF;
                    RETURN OLD;
                """,
            ),
        ]

    def __str__(self) -> str:
        """Never the file's name, which may hold a person's: this goes into the audit trail."""
        return f"{self.get_content_type_display()} {self.sha256[:12]}"

    @property
    def agency_id(self) -> object:
        return self.application.agency_id
