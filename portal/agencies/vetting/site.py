"""What is on the agency's own site: hosts and pages at its official domains, in whatever spelling."""

from urllib.parse import urlsplit

from portal.kernel import domains
from portal.models import Agency


def is_official(host: str, agency: Agency, *, below: bool) -> bool:
    """Whether the host is an official domain of the agency or, where `below`, lies under one."""
    try:
        asked = domains.canonical(host)
        official = [domains.canonical(each) for each in agency.domains]
    except ValueError:
        return False
    return any(domains.is_within(asked, each) if below else asked == each for each in official)


def is_own_page(url: str, agency: Agency) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return is_official(host, agency, below=True)
