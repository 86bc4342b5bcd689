"""The register of event names. One that nobody registered is refused: no typing error is recorded."""

from django.utils.functional import Promise

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
