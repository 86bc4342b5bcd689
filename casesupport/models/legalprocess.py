"""One row: the order or letter behind a case request."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from casesupport.lifecycle import RequestStatus
from casesupport.models.caserequest import CaseRequest
from casesupport.models.document import Document
from casesupport.models.guards import only_while
from portal.kernel.identifiers import new_id


class Instrument(models.TextChoices):
    POLICE_LETTER = "police_letter", _("Letter of the agency")
    PRODUCTION_ORDER = "production_order", _("Production order")
    SUBPOENA = "subpoena", _("Subpoena")
    SEARCH_WARRANT = "search_warrant", _("Search warrant")
    COURT_ORDER = "court_order", _("Court order")
    TREATY_REQUEST = "treaty_request", _("Treaty request (MLAT)")


class LegalProcess(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case_request = models.OneToOneField(CaseRequest, on_delete=models.PROTECT, related_name="legal_process")
    instrument = models.CharField(_("instrument"), max_length=30, choices=Instrument.choices, blank=True)
    authority = models.CharField(_("issuing authority"), max_length=200, blank=True)
    reference = models.CharField(_("its reference"), max_length=100, blank=True)
    issued_on = models.DateField(_("date"), null=True, blank=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("legal process")
        verbose_name_plural = _("legal processes")
        triggers = [
            only_while(
                "legal_process_stands",
                RequestStatus.DRAFT,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
            ),
        ]

    def __str__(self) -> str:
        return self.reference or str(self.pk)
