"""One row: what an agency asks of the exchange. Its words are the agency's and stand once submitted."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from casesupport.lifecycle import LIFECYCLE, OPEN, OPEN_AT_EXCHANGE, WITH_AGENCY, RequestStatus
from portal.access.permissions import is_auditor, is_case_analyst, is_compliance_lead
from portal.kernel.actor import Actor
from portal.kernel.identifiers import new_id
from portal.models import Agency, User
from portal.models.guards import lifecycle_guard, quarantine_guards

if TYPE_CHECKING:
    from casesupport.models.legalprocess import LegalProcess

OFFENCE_MAX = 200
TEXT_MAX = 20_000
MAX_TERM_DAYS = 3650


class RequestType(models.TextChoices):
    INFORMATION = "information", _("Information")
    PRESERVATION = "preservation", _("Preservation")
    FREEZE = "freeze", _("Freeze")
    SEIZURE = "seizure", _("Seizure or asset return")
    EMERGENCY = "emergency", _("Emergency")


# What a stolen mailbox would misuse first needs a second person of the agency (domain, section 5).
NEEDS_COSIGNATURE = (RequestType.EMERGENCY, RequestType.FREEZE)
NAMES_TERM = (RequestType.PRESERVATION, RequestType.FREEZE)
NAMES_DATA = (RequestType.INFORMATION, RequestType.PRESERVATION, RequestType.EMERGENCY)


class DataCategory(models.TextChoices):
    SUBSCRIBER = "subscriber", _("Subscriber: who holds the account")
    IDENTIFICATION = "identification", _("Identification: sign-ins, addresses, devices")
    TRANSACTIONS = "transactions", _("Transactions: deposits, trades, withdrawals")
    CONTENT = "content", _("Content and other data")


# The agency's words: changed in a draft and never after it.
WORDS = (
    "offence", "facts", "imminent_danger", "necessity",
    "data_categories", "wanted_from", "wanted_until", "term_days",
)  # fmt: skip


def _row(which: str) -> str:
    return ", ".join(f"{which}.{name}" for name in WORDS)


class CaseRequestQuerySet(models.QuerySet["CaseRequest"]):
    def visible_to(self, actor: Actor) -> "CaseRequestQuerySet":
        """Own agency's for its officers; at the exchange, what reached it (a draft is the agency's alone).

        A lead reads what is in quarantine whatever its state; so does an auditor.
        """
        if actor.kind == "system":
            return self
        if actor.of_agency:
            return self.filter(agency_id=actor.agency_id)
        if is_compliance_lead(actor) or is_auditor(actor):
            return self.filter(Q(submitted_at__isnull=False) | Q(quarantined_at__isnull=False))
        if is_case_analyst(actor):
            return self.filter(submitted_at__isnull=False)
        return self.none()


class CaseRequest(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reference = models.CharField(_("reference"), max_length=24, unique=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="case_requests")
    type = models.CharField(_("type"), max_length=20, choices=RequestType.choices)
    offence = models.CharField(_("offence"), max_length=OFFENCE_MAX, blank=True)
    facts = models.TextField(_("facts"), max_length=TEXT_MAX, blank=True)
    imminent_danger = models.TextField(_("imminent danger"), max_length=TEXT_MAX, blank=True)
    necessity = models.TextField(_("necessity"), max_length=TEXT_MAX, blank=True)
    data_categories = ArrayField(
        models.CharField(max_length=20, choices=DataCategory.choices),
        verbose_name=_("data wanted"),
        default=list,
        blank=True,
    )
    # Half-open: the last day wanted is the day before wanted_until.
    wanted_from = models.DateField(_("data from"), null=True, blank=True)
    wanted_until = models.DateField(_("data until"), null=True, blank=True)
    term_days = models.PositiveSmallIntegerField(
        _("term in days"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_TERM_DAYS)],
    )

    status = models.CharField(max_length=24, choices=RequestStatus.choices, default=RequestStatus.DRAFT)
    # Counts the saves of a draft: an editor names the one that was seen.
    revision = models.PositiveIntegerField(default=1)
    # Since a suspension: nothing moves it until a compliance lead has looked (casesupport.quarantine).
    quarantined_at = models.DateTimeField(_("in quarantine since"), null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    submitted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    cosigned_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # When it reached the exchange: at submission or, where one is needed, at the co-signature.
    submitted_at = models.DateTimeField(null=True, blank=True)
    assigned_to = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decision_note = models.TextField(_("note on the decision"), max_length=TEXT_MAX, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    if TYPE_CHECKING:
        legal_process: "LegalProcess"

    objects = CaseRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("case request")
        verbose_name_plural = _("case requests")
        ordering = ["-changed_at"]
        indexes = [
            models.Index(fields=["agency", "-changed_at"], name="request_of_agency"),
            models.Index(fields=["status", "-changed_at"], name="request_by_status"),
            models.Index(fields=["assigned_to", "status"], name="request_of_analyst"),
            models.Index(
                fields=["quarantined_at"],
                condition=Q(quarantined_at__isnull=False),
                name="request_in_quarantine",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(wanted_from=None) | Q(wanted_until=None) | Q(wanted_until__gt=F("wanted_from")),
                name="request_wanted_until_after_from",
            ),
            models.CheckConstraint(
                condition=Q(status__in=WITH_AGENCY, submitted_at=None)
                | Q(status__in=[*OPEN_AT_EXCHANGE, RequestStatus.CLOSED], submitted_at__isnull=False)
                | Q(status__in=[RequestStatus.WITHDRAWN, RequestStatus.DISCARDED]),
                name="request_submitted_at_fits_status",
            ),
            models.CheckConstraint(
                condition=~Q(type__in=NEEDS_COSIGNATURE)
                | Q(submitted_at=None)
                | (Q(cosigned_by__isnull=False) & ~Q(cosigned_by=F("submitted_by"))),
                name="request_cosigned_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(
                    status__in=[RequestStatus.IN_TRIAGE, RequestStatus.AWAITING_AGENCY, RequestStatus.CLOSED]
                )
                | Q(assigned_to__isnull=False),
                name="request_assigned_while_worked_on",
            ),
            models.CheckConstraint(
                condition=Q(quarantined_at=None) | Q(status__in=OPEN), name="request_quarantined_while_open"
            ),
        ]
        triggers = [
            lifecycle_guard("request", list(LIFECYCLE.steps())),
            *quarantine_guards("request", ends=RequestStatus.DISCARDED),
            pgtrigger.Protect(name="request_no_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="request_identity", fields=["id", "reference", "agency", "type", "created_by"]
            ),
            pgtrigger.Protect(
                name="request_words_stand",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    f"OLD.status <> 'draft' AND ({_row('OLD')}) IS DISTINCT FROM ({_row('NEW')})"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def needs_cosignature(self) -> bool:
        return self.type in NEEDS_COSIGNATURE

    @property
    def names_term(self) -> bool:
        return self.type in NAMES_TERM

    @property
    def names_data(self) -> bool:
        return self.type in NAMES_DATA

    @property
    def last_day_wanted(self) -> date | None:
        return self.wanted_until and self.wanted_until - timedelta(days=1)

    @property
    def data_labels(self) -> list[str]:
        return [str(DataCategory(code).label) for code in self.data_categories]
