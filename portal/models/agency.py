"""One row: one police force or other law-enforcement body, as vetted by the exchange."""

from typing import TYPE_CHECKING
from uuid import UUID

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.kernel.actor import Actor
from portal.kernel.identifiers import new_id
from portal.kernel.lifecycle import Lifecycle
from portal.kernel.regions import is_region
from portal.models.guards import lifecycle_guard, reinstated_by_another


class AgencyStatus(models.TextChoices):
    APPLIED = "applied", _("Applied")
    IN_VETTING = "in_vetting", _("In vetting")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    SUSPENDED = "suspended", _("Suspended")
    LAPSED = "lapsed", _("Lapsed")


AGENCY_LIFECYCLE: Lifecycle[AgencyStatus] = Lifecycle(
    {
        "vet": {
            AgencyStatus.APPLIED: AgencyStatus.IN_VETTING,
            AgencyStatus.LAPSED: AgencyStatus.IN_VETTING,
        },
        "approve": {AgencyStatus.IN_VETTING: AgencyStatus.APPROVED},
        "refuse": {
            AgencyStatus.APPLIED: AgencyStatus.REFUSED,
            AgencyStatus.IN_VETTING: AgencyStatus.REFUSED,
        },
        "suspend": {AgencyStatus.APPROVED: AgencyStatus.SUSPENDED},
        "reinstate": {AgencyStatus.SUSPENDED: AgencyStatus.APPROVED},
        "lapse": {
            AgencyStatus.APPROVED: AgencyStatus.LAPSED,
            AgencyStatus.SUSPENDED: AgencyStatus.LAPSED,
        },
    },
    dict(AgencyStatus.choices),  # type: ignore[arg-type]
)


def validate_region(code: str) -> None:
    if not is_region(code):
        raise ValidationError(_("“%(code)s” is not an ISO 3166 region code."), params={"code": code})


class RegionField(models.CharField):
    """An ISO 3166-1 alpha-2 code or ISO 3166-2 subdivision."""

    def __init__(self, **options: object) -> None:
        options.setdefault("max_length", 6)
        options.setdefault("validators", [validate_region])
        super().__init__(**options)  # type: ignore[arg-type]


class AgencyQuerySet(models.QuerySet["Agency"]):
    def visible_to(self, actor: Actor) -> "AgencyQuerySet":
        if actor.kind == "system" or actor.of_exchange:
            return self
        return self.filter(pk=actor.agency_id) if actor.of_agency else self.none()


class Agency(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("name"), max_length=160)
    slug = models.SlugField(max_length=60, unique=True)
    country = RegionField(verbose_name=_("country"), max_length=2)
    regions = ArrayField(RegionField(), verbose_name=_("regions"))
    languages = ArrayField(models.CharField(max_length=10), verbose_name=_("languages"))
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    domains = ArrayField(models.CharField(max_length=253), verbose_name=_("official domains"))
    switchboard = models.CharField(_("public switchboard number"), max_length=40)
    switchboard_source = models.URLField(_("where the number is published"))
    website = models.URLField(_("website"), blank=True)
    head_name = models.CharField(_("head of unit"), max_length=120, blank=True)
    head_post = models.CharField(_("post of the head of unit"), max_length=120, blank=True)
    is_training = models.BooleanField(_("training agency"), default=False)
    status = models.CharField(max_length=20, choices=AgencyStatus.choices, default=AgencyStatus.APPLIED)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AgencyQuerySet.as_manager()

    if TYPE_CHECKING:
        name_en: str  # a column of portal.translation

    class Meta:
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")
        ordering = ["name_en"]
        triggers = [
            lifecycle_guard("agency", list(AGENCY_LIFECYCLE.steps())),
            reinstated_by_another(
                "agency", link="agency_id", leaves="OLD.status = 'suspended' AND NEW.status <> 'suspended'"
            ),
            pgtrigger.Trigger(
                name="agency_decided_by_vetting",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                func="""
                    IF OLD.status IN ('applied', 'in_vetting') AND NEW.status IN ('approved', 'refused')
                        AND NOT EXISTS (
                            SELECT 1 FROM portal_vettingdecision d
                            WHERE d.agency_id = NEW.id AND d.verdict = NEW.status
                            AND d.round_id IS NOT DISTINCT FROM (
                                SELECT id FROM portal_vettinground WHERE agency_id = NEW.id
                                ORDER BY number DESC LIMIT 1
                            )
                        )
                    THEN
                        RAISE EXCEPTION 'status without a decision of the vetting' USING ERRCODE = '23514';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        """In the reader's language where the agency has such a name, else in English."""
        return self.name or self.name_en or self.slug

    @property
    def agency_id(self) -> UUID:
        """An agency is its own: permissions and the audit trail ask every thing the same question."""
        return self.pk
