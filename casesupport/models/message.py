"""One row: one question of the exchange or one answer of the agency. Written once."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from casesupport.models.caserequest import CaseRequest
from portal.kernel.identifiers import new_id
from portal.models import User
from portal.models.guards import append_only

BODY_MAX = 10_000


class MessageKind(models.TextChoices):
    QUESTION = "question", _("Question")
    ANSWER = "answer", _("Answer")


class Message(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case_request = models.ForeignKey(CaseRequest, on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=10, choices=MessageKind.choices)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    body = models.TextField(_("text"), max_length=BODY_MAX)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["at", "id"]
        triggers = append_only("message")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d}"
