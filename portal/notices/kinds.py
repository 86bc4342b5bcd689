"""What a notice may say. Never a name of a case, a target or a campaign: only that something waits."""

from django.utils.translation import gettext_lazy as _

KINDS = {
    "campaign-to-approve": _("A campaign waits for your approval"),
    "campaign-approved": _("A campaign was approved"),
    "campaign-returned": _("A campaign came back to you"),
    "campaign-recalled": _("A campaign was recalled"),
    "request-submitted": _("A case request was submitted"),
    "question-asked": _("A question about your case request waits for an answer"),
    "question-answered": _("A question was answered"),
    "request-decided": _("A case request was decided"),
}
