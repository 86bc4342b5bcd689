"""The register of event names. One that nobody registered is refused: no typing error is recorded."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

VERIFIED = "audit.verified"
EXPORTED = "audit.exported"
DOWNLOADED = "audit.downloaded"

_labels: dict[str, str | Promise] = {}


def register(events: dict[str, str | Promise]) -> None:
    """Called once by each app with {event: label}; a past-tense name with its app: `campaigns.submitted`."""
    for event, label in events.items():
        if _labels.get(event, label) != label:
            raise ValueError(f"{event} is registered twice")
        _labels[event] = label


def is_registered(event: str) -> bool:
    return event in _labels


def label_of(event: str) -> str | Promise:
    return _labels.get(event, event)


def choices() -> list[tuple[str, str | Promise]]:
    return sorted(_labels.items())


register(
    {
        VERIFIED: _("Audit trail verified"),
        EXPORTED: _("Export of the audit trail asked for"),
        DOWNLOADED: _("Export of the audit trail downloaded"),
    }
)
