"""What a comparison with the agencies we know finds: look-alike domains, and the same agency twice.

Findings are kept as they were made, in every language of the interface: evidence does not change later.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.utils import translation

from portal.agencies import duplicates, lookalikes
from portal.agencies.vetting.checklist import Item
from portal.models import Agency
from portal.models.agency import AgencyStatus
from portal.models.vetting import CheckKind

Finding = dict[str, Any]
COMMON = frozenset({"place"})  # reasons that many agencies share: they inform, and flag nothing


def findings_of(agency: Agency, item: Item) -> list[Finding]:
    """Each with `code`, `other`, `serious` and `text` by language; `agency` where it is about another one."""
    if item.kind == CheckKind.LOOKALIKE:
        known = known_domains(agency)
        return _in_every_language(lambda: _lookalikes(item.subject, known))
    return _in_every_language(lambda: _duplicates(agency))


def are_serious(findings: list[Finding]) -> bool:
    """Whether somebody must answer them."""
    return any(each["serious"] for each in findings)


def are_known(findings: list[Finding], logged: Mapping[str, Any]) -> bool:
    """Whether the same was found before, whatever the words."""
    return "findings" in logged and [_key(each) for each in logged["findings"]] == [
        _key(each) for each in findings
    ]


def known_domains(agency: Agency) -> dict[str, str]:
    """Domains of the other agencies, but for those refused: an impostor's must not vouch for a second one."""
    others = Agency.objects.exclude(pk=agency.pk).exclude(status=AgencyStatus.REFUSED)
    return {domain: other.name_en or "" for other in others for domain in other.domains}


def _lookalikes(domain: str, known: Mapping[str, str]) -> list[Finding]:
    return [
        {"code": each.code, "other": each.other, "serious": each.is_serious, "text": each.text}
        for each in lookalikes.findings(domain, known=known)
    ]


def _duplicates(agency: Agency) -> list[Finding]:
    return [
        {
            "code": reason.code,
            "other": str(each.agency.pk),
            "agency": each.agency.name_en,
            "serious": bool({reason.code for reason in each.reasons} - COMMON),
            "text": reason.text,
        }
        for each in duplicates.of(agency)
        for reason in each.reasons
    ]


def _in_every_language(find: Callable[[], list[Finding]]) -> list[Finding]:
    """The same findings, in a steady order, with their words in each language."""
    told: dict[tuple[str, str], Finding] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for each in find():
                kept = told.setdefault(_key(each), {**each, "text": {}})
                kept["text"][language] = each["text"]
    return [told[key] for key in sorted(told)]


def _key(finding: Finding) -> tuple[str, str]:
    return finding["code"], finding["other"]
