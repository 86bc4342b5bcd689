"""Where a call comes from, and whether that is allowed."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from django.utils.translation import gettext_lazy as _

from portal.kernel.errors import Invalid, Text

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MOST_NETWORKS = 50
LONGEST = 60
# Wider than this a list says nothing; every address at once is said by leaving it empty.
WIDEST = {4: 8, 6: 16}
MAPPED = IPv6Network("::ffff:0:0/96")


def address_before_proxies(environ: Mapping[str, Any], proxies: int) -> str:
    """The caller's address as it was sent, before so many proxies of ours; empty where it cannot be told.

    The same address that sign-in goes by (ALLAUTH_TRUSTED_PROXY_COUNT), read from a WSGI environment.
    """
    forwarded = environ.get("HTTP_X_FORWARDED_FOR") if proxies > 0 else None
    if not forwarded:
        return str(environ.get("REMOTE_ADDR") or "")
    hops = forwarded.split(",")
    return str(hops[-proxies]).strip() if len(hops) >= proxies else ""


def read_address(text: str) -> Address | None:
    """An address without its port. One of IPv4 that comes as IPv6 is read as IPv4; zones name no network."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    if "%" in text:
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def lies_in(address: Address | None, networks: Iterable[Network]) -> bool:
    return address is not None and any(address in network for network in networks)


def read_networks(texts: Iterable[str]) -> list[str]:
    """The networks in their shortest form, in order, each once; raises Invalid on `networks`."""
    found: set[Network] = set()
    wrong: list[Text] = []
    for text in filter(None, (each.strip() for each in texts)):
        network, refusal = _read_network(text)
        if network is None:
            wrong.append(refusal)
        else:
            found.add(network)
    if len(found) > MOST_NETWORKS:
        wrong.append(_("At most %(most)d networks.") % {"most": MOST_NETWORKS})
    if wrong:
        raise Invalid({"networks": wrong[:5]})
    ordered = sorted(found, key=lambda each: (each.version, int(each.network_address), each.prefixlen))
    return [str(network) for network in ordered]


def _read_network(text: str) -> tuple[Network | None, Text]:
    shown = {"network": text[:LONGEST]}
    if "%" in text:
        return None, _("“%(network)s” has a zone, which means nothing outside its own machine.") % shown
    try:
        network = ip_network(text if len(text) <= LONGEST else "", strict=False)
        address = ip_address(text.partition("/")[0])
    except ValueError:
        return None, _("“%(network)s” is no network. Write it as 203.0.113.0/24 or 2001:db8::/32.") % shown
    if isinstance(network, IPv6Network) and network.subnet_of(MAPPED):
        inner = IPv6Address(network.network_address).ipv4_mapped
        network = IPv4Network((int(inner or 0), network.prefixlen - MAPPED.prefixlen))
        address = IPv6Address(address).ipv4_mapped or address
    if network.prefixlen == 0:
        return None, _("“%(network)s” is every address: to allow them all, leave the field empty.") % shown
    if network.prefixlen < WIDEST[network.version]:
        widest = {"widest": WIDEST[network.version]}
        return None, _("“%(network)s” is too wide to protect anything: /%(widest)d at most.") % (
            shown | widest
        )
    if address != network.network_address:
        meant = {"whole": str(network), "one": f"{address}/{network.max_prefixlen}"}
        return None, _("“%(network)s” is one address in a network: write %(whole)s or %(one)s.") % (
            shown | meant
        )
    return network, ""
