"""Asks the DNS for one TXT record and tells every way in which it can fail apart. Touches no database."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

import dns.exception
import dns.flags
import dns.name
import dns.nameserver
import dns.resolver
from django.conf import settings

from portal.models.vetting import DnsOutcome

PORT = 53
SEEN_MAX, SEEN_LENGTH = 5, 200  # what a stranger's server says is kept in small amounts
# DNSSEC OK, in packets that are not fragmented (DNS flag day 2020).
PAYLOAD = 1232


@dataclass(frozen=True, slots=True)
class Answer:
    """`seen`: the values that were there, printable and cut; `is_signed`: our resolver validated them."""

    outcome: DnsOutcome
    seen: tuple[str, ...] = ()
    is_signed: bool = False


def nameservers(given: list[str]) -> list[dns.nameserver.Nameserver]:
    """From 9.9.9.9, 127.0.0.1:5353, 2620:fe::fe or [2620:fe::fe]:53; raises ValueError for anything else."""
    found: list[dns.nameserver.Nameserver] = []
    for each in given:
        address, port = each, str(PORT)
        if each.startswith("["):
            address, _bracket, rest = each[1:].partition("]")
            port = rest.removeprefix(":") or port
        elif each.count(":") == 1:
            address, _colon, port = each.partition(":")
        found.append(dns.nameserver.Do53Nameserver(str(ip_address(address)), int(port)))
    return found


def _resolver() -> dns.resolver.Resolver:
    given = nameservers(settings.DNS_RESOLVERS)
    resolver = dns.resolver.Resolver(configure=not given)
    if given:
        resolver.nameservers = given
    resolver.timeout = settings.DNS_SECONDS / 2.5  # of one try; every server is asked before the end
    resolver.lifetime = settings.DNS_SECONDS
    resolver.use_edns(0, dns.flags.DO, PAYLOAD)
    resolver.flags = dns.flags.RD | dns.flags.AD
    return resolver


def look_up(name: str, value: str) -> Answer:
    """Whether `value` is among the TXT records under `name`. Aliases (CNAME) are followed."""
    try:
        asked = dns.name.from_text(name.rstrip(".") + ".", idna_codec=dns.name.IDNA_2008)
    except (dns.exception.DNSException, UnicodeError):
        return Answer(DnsOutcome.BAD_NAME)
    try:
        answer = _resolver().resolve(asked, "TXT", search=False)
    except dns.resolver.NXDOMAIN:
        return Answer(DnsOutcome.NO_NAME)
    except dns.resolver.NoAnswer:
        return Answer(DnsOutcome.NO_TEXT)
    except dns.resolver.LifetimeTimeout:
        return Answer(DnsOutcome.TIMED_OUT)
    except (dns.exception.DNSException, OSError, ValueError):
        return Answer(DnsOutcome.FAILED)
    texts = list(_texts(answer))
    is_signed = bool(answer.response.flags & dns.flags.AD)
    found = any(_bare(text) == value for text in texts)
    outcome = DnsOutcome.FOUND if found else DnsOutcome.OTHER_VALUE
    return Answer(outcome, tuple(_shown(text) for text in texts[:SEEN_MAX]), is_signed)


def _texts(answer: dns.resolver.Answer) -> Iterator[str]:
    """Each record's strings are one text (RFC 7208 section 3.3); bytes beyond ASCII are escaped."""
    for record in answer:
        yield b"".join(record.strings).decode("ascii", "backslashreplace")


def _bare(text: str) -> str:
    """Some control panels keep the quotation marks that were typed around the value."""
    text = text.strip()
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] == '"' else text


def _shown(text: str) -> str:
    return "".join(sign if sign.isprintable() else "·" for sign in text)[:SEEN_LENGTH]
