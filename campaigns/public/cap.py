"""A publication as a Common Alerting Protocol 1.2 document (OASIS; domain, section 4).

The order of elements is the standard's. A version that replaces another is an Update, a recall a Cancel; both
name what they are about. What a training agency publishes is an Exercise.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as xml

from django.utils.translation import gettext, override

from campaigns.models import Publication
from campaigns.models.campaign import ScamType
from portal.ui.regions import region_label

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
CONTENT_TYPE = "application/cap+xml"
ALERT, CANCEL = "alert", "cancel"


def identifier(publication: Publication, kind: str = ALERT) -> str:
    return f"{publication.pk}" if kind == ALERT else f"{publication.pk}.{CANCEL}"


def sender(publication: Publication) -> str:
    """The agency's official domain: one word that names it in the whole world."""
    return str(publication.campaign.agency.domains[0])


def instant(moment: datetime) -> str:
    """The standard forbids the Z and writes UTC as -00:00."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S-00:00")


def sent_at(publication: Publication, kind: str = ALERT) -> datetime:
    return publication.recalled_at if kind == CANCEL and publication.recalled_at else publication.published_at


def reference(publication: Publication, kind: str = ALERT) -> str:
    return f"{sender(publication)},{identifier(publication, kind)},{instant(sent_at(publication, kind))}"


def document(publication: Publication, earlier: Publication | None, kind: str = ALERT) -> bytes:
    """The whole alert. `earlier` is the publication that this one replaced, of the same campaign."""
    content = publication.version.content
    root = xml.Element("alert", {"xmlns": NAMESPACE})
    _add(root, "identifier", identifier(publication, kind))
    _add(root, "sender", sender(publication))
    _add(root, "sent", instant(sent_at(publication, kind)))
    _add(root, "status", "Exercise" if content["agency"]["training"] else "Actual")
    _add(root, "msgType", "Cancel" if kind == CANCEL else "Update" if earlier else "Alert")
    _add(root, "scope", "Public")
    if kind == CANCEL:
        _add(root, "references", reference(publication))
    elif earlier:
        _add(root, "references", " ".join(_replaced(publication, earlier)))
    for tag, text in content["texts"].items():
        root.append(_info(publication, content, tag, text, kind))
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(root, encoding="utf-8")


def _replaced(publication: Publication, earlier: Publication) -> Iterator[str]:
    """What went before: the warning, and the Cancel that ended it where this one puts a recall right."""
    yield reference(earlier)
    if earlier.recalled_at is not None and earlier.recalled_at <= publication.published_at:
        yield reference(earlier, CANCEL)


def _info(
    publication: Publication, content: dict[str, Any], tag: str, text: dict[str, Any], kind: str
) -> xml.Element:
    """A Cancel says what is over and where; the recalled words and contacts it does not spread further."""
    info = xml.Element("info")
    _add(info, "language", tag)
    _add(info, "category", "Security")
    _add(info, "event", _event(content["scam_type"], tag))
    _add(info, "responseType", "Assess")
    _add(info, "responseType", "Avoid")
    _add(info, "urgency", "Past" if kind == CANCEL else "Expected")
    _add(info, "severity", "Moderate")
    _add(info, "certainty", "Likely")
    _pair(info, "eventCode", "scam-type", content["scam_type"])
    _add(info, "effective", instant(publication.published_at))
    _add(info, "onset", instant(publication.starts_at))
    if publication.ends_at:
        _add(info, "expires", instant(publication.ends_at))
    _add(info, "senderName", content["agency"]["name"].get(tag, ""))
    _add(info, "headline", text["headline"])
    if kind == ALERT:
        _words(info, text)
    _pair(info, "parameter", "scam-type", content["scam_type"])
    _pair(info, "parameter", "content-sha256", publication.version.sha256)
    _pair(info, "parameter", "version", str(content["number"]))
    for code in content["regions"]:
        area = xml.SubElement(info, "area")
        with override(tag.lower()):
            _add(area, "areaDesc", region_label(code))
        _pair(area, "geocode", "ISO3166-2" if "-" in code else "ISO3166-1", code)
    return info


def _words(info: xml.Element, text: dict[str, Any]) -> None:
    _add(info, "description", "\n\n".join(_description(text)))
    _add(info, "instruction", "\n".join(text["tips"]))
    first = next(iter(text["resources"]), None)
    if first and first["url"]:
        _add(info, "web", first["url"])
    if contact := next((each for each in text["resources"] if each["phone"]), None):
        _add(info, "contact", f"{contact['name']} {contact['phone']}")


def _description(text: dict[str, Any]) -> Iterator[str]:
    yield text["body"]
    for example in text["examples"]:
        yield "\n".join(filter(None, (example["title"], example["how_it_goes"], example["how_to_tell"])))


def _event(scam_type: str, tag: str) -> str:
    """In the document's language where the interface speaks it, else in English."""
    with override(tag.lower()):
        return gettext(str(ScamType(scam_type).label))


def _add(parent: xml.Element, name: str, text: str) -> None:
    xml.SubElement(parent, name).text = fitting(text)


def _pair(parent: xml.Element, name: str, value_name: str, value: str) -> None:
    pair = xml.SubElement(parent, name)
    _add(pair, "valueName", value_name)
    _add(pair, "value", value)


def fitting(text: str) -> str:
    return "".join(sign for sign in text if _fits(sign))


def _fits(sign: str) -> bool:
    """What XML 1.0 can hold."""
    code = ord(sign)
    return sign in "\t\n\r" or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
