"""How roles and statuses are called and shown: one place, so that a word never differs between pages."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.kernel.actor import Role

Text = str | Promise

ROLES: dict[Role, Text] = {
    Role.OFFICER: _("Officer"),
    Role.SUPERVISOR: _("Supervisor"),
    Role.COMPLIANCE_REVIEWER: _("Compliance reviewer"),
    Role.CASE_ANALYST: _("Case analyst"),
    Role.COMPLIANCE_LEAD: _("Compliance lead"),
    Role.AUDITOR: _("Auditor"),
}


@dataclass(frozen=True, slots=True)
class Badge:
    """Colour, icon and text always together: no meaning by colour alone."""

    tone: str  # neutral, info, wait, good, bad, stop
    icon: str
    label: Text


BADGES: dict[str, Badge] = {
    # a campaign and its versions
    "draft": Badge("neutral", "pencil", pgettext_lazy("status", "Draft")),
    "agency_review": Badge("wait", "eye-check", pgettext_lazy("status", "In agency review")),
    "compliance_review": Badge("wait", "shield-search", pgettext_lazy("status", "In compliance review")),
    "in_review": Badge("wait", "eye-check", pgettext_lazy("status", "In review")),
    "returned": Badge("wait", "arrow-back-up", pgettext_lazy("status", "Returned")),
    "approved": Badge("good", "rubber-stamp", pgettext_lazy("status", "Approved")),
    "rejected": Badge("bad", "x", pgettext_lazy("status", "Rejected")),
    "withdrawn": Badge("neutral", "arrow-back-up", pgettext_lazy("status", "Withdrawn")),
    "scheduled": Badge("info", "calendar-time", pgettext_lazy("status", "Scheduled")),
    "live": Badge("good", "speakerphone", pgettext_lazy("status", "Live")),
    "ended": Badge("neutral", "circle-check", pgettext_lazy("status", "Ended")),
    "recalled": Badge("stop", "hand-stop", pgettext_lazy("status", "Recalled")),
    "superseded": Badge("neutral", "versions", pgettext_lazy("status", "Superseded")),
    # an agency and its people
    "in_vetting": Badge("wait", "shield-search", pgettext_lazy("status", "In vetting")),
    "applied": Badge("wait", "inbox", pgettext_lazy("status", "Applied")),
    "vetted": Badge("good", "shield-check", pgettext_lazy("status", "Vetted")),
    "active": Badge("good", "circle-check", pgettext_lazy("status", "Active")),
    "invited": Badge("wait", "mail", pgettext_lazy("status", "Invited")),
    "suspended": Badge("stop", "lock", pgettext_lazy("status", "Suspended")),
    "expired": Badge("bad", "hourglass", pgettext_lazy("status", "Expired")),
    "revoked": Badge("stop", "ban", pgettext_lazy("status", "Revoked")),
    # a case request, its targets and what comes of it
    "awaiting_cosignature": Badge("wait", "signature", pgettext_lazy("status", "Awaiting co-signature")),
    "submitted": Badge("info", "send", pgettext_lazy("status", "Submitted")),
    "filed": Badge("info", "send", pgettext_lazy("status", "Filed")),
    "acknowledged": Badge("info", "mail-opened", pgettext_lazy("status", "Acknowledged")),
    "in_triage": Badge("wait", "list-check", pgettext_lazy("status", "In triage")),
    "quarantined": Badge("stop", "shield-exclamation", pgettext_lazy("status", "Quarantined")),
    "awaiting_agency": Badge("wait", "message-2", pgettext_lazy("status", "Awaiting the agency")),
    "decided": Badge("good", "gavel", pgettext_lazy("status", "Decided")),
    "disclosed": Badge("good", "package", pgettext_lazy("status", "Disclosed")),
    "closed": Badge("neutral", "archive", pgettext_lazy("status", "Closed")),
    "produced": Badge("good", "circle-check", pgettext_lazy("status", "Produced")),
    "partly_produced": Badge("good", "progress-check", pgettext_lazy("status", "Partly produced")),
    "no_data": Badge("neutral", "circle-minus", pgettext_lazy("status", "No data")),
    "refused": Badge("bad", "circle-x", pgettext_lazy("status", "Refused")),
    "narrowed": Badge("wait", "filter", pgettext_lazy("status", "Narrowed")),
    "in_force": Badge("good", "snowflake", pgettext_lazy("status", "In force")),
    "lapsed": Badge("neutral", "hourglass", pgettext_lazy("status", "Lapsed")),
    "lifted": Badge("neutral", "lock-off", pgettext_lazy("status", "Lifted")),
    "overdue": Badge("bad", "clock-exclamation", pgettext_lazy("status", "Overdue")),
    "paused": Badge("neutral", "clock-pause", pgettext_lazy("status", "Paused")),
    "running": Badge("info", "clock-play", pgettext_lazy("status", "Running")),
    # outcomes of a warning
    "shown": Badge("neutral", "eye", pgettext_lazy("status", "Shown")),
    "reconsidered": Badge("good", "arrow-back-up", pgettext_lazy("status", "Reconsidered")),
    "reviewed": Badge("info", "book", pgettext_lazy("status", "Reviewed")),
    "proceeded": Badge("neutral", "arrow-right", pgettext_lazy("status", "Proceeded")),
    # a translation, and a translator's file
    "missing": Badge("bad", "circle-dashed", pgettext_lazy("status", "Missing")),
    "outdated": Badge("wait", "refresh-alert", pgettext_lazy("status", "Outdated")),
    "translated": Badge("info", "language", pgettext_lazy("status", "Translated")),
    "waiting": Badge("wait", "hourglass", pgettext_lazy("status", "Waiting")),
    "read": Badge("info", "file-search", pgettext_lazy("status", "Read")),
    "taken_in": Badge("good", "check", pgettext_lazy("status", "Taken in")),
    "dropped": Badge("neutral", "x", pgettext_lazy("status", "Dropped")),
    # long work
    "queued": Badge("neutral", "clock", pgettext_lazy("status", "Queued")),
    "done": Badge("good", "check", pgettext_lazy("status", "Done")),
    "failed": Badge("bad", "alert-triangle", pgettext_lazy("status", "Failed")),
    "pending": Badge("wait", "hourglass", pgettext_lazy("status", "Pending")),
}


def register_badge(status: str, badge: Badge) -> None:
    """For a status of an app's own, from its AppConfig.ready."""
    BADGES[status] = badge


def badge_for(status: str, label: Text = "") -> Badge:
    known = BADGES.get(status)
    if known is None:
        return Badge("neutral", "point", label or status.replace("_", " ").capitalize())
    return Badge(known.tone, known.icon, label or known.label)
