"""One row: one file in private storage, with the SHA-256 of its bytes."""

from uuid import UUID

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from casesupport.lifecycle import RequestStatus
from casesupport.models.caserequest import CaseRequest
from casesupport.models.guards import only_while
from portal.kernel.identifiers import new_id
from portal.models import User
from portal.models.document import ContentType
from portal.models.guards import append_only


class Document(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case_request = models.ForeignKey(CaseRequest, on_delete=models.PROTECT, related_name="documents")
    name = models.CharField(_("name"), max_length=140)
    # Random, and so unguessable even to whoever knows every id.
    path = models.CharField(max_length=80, unique=True, editable=False)
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField("SHA-256", max_length=64)
    content_type = models.CharField(_("kind of file"), max_length=40, choices=ContentType.choices)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["uploaded_at", "id"]
        triggers = [
            pgtrigger.Protect(name="document_frozen", operation=pgtrigger.Update),
            only_while(
                "document_attached_when_owed",
                RequestStatus.DRAFT,
                RequestStatus.AWAITING_AGENCY,
                operation=pgtrigger.Insert,
            ),
            only_while("document_removed_in_draft", RequestStatus.DRAFT, operation=pgtrigger.Delete),
            append_only("document")[1],
        ]

    def __str__(self) -> str:
        """Never the file's name, which may hold a person's: this goes into the audit trail."""
        return f"{self.get_content_type_display()} {self.sha256[:12]}"

    @property
    def agency_id(self) -> UUID:
        return self.case_request.agency_id
