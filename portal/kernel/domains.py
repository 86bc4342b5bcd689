"""Internet domains in one spelling: lower-case A-labels (xn--…), so that equal domains are equal strings.

The Public Suffix List is the snapshot inside tldextract: nothing here asks the network.
"""

import re
import unicodedata
from functools import cache, lru_cache

import idna
import tldextract

MAX_DOMAIN = 253
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@cache
def _suffixes() -> tldextract.TLDExtract:
    return tldextract.TLDExtract(
        cache_dir=None,
        suffix_list_urls=(),
        include_psl_private_domains=True,
        extra_suffixes=("europa.eu",),  # below it each institution of the European Union has its own
    )


def canonical(text: str) -> str:
    """The domain in its one spelling; raises ValueError for what is not a domain with a dot in it.

    Surrounding blanks, capitals, full-width letters and one trailing dot are forgiven. Ports, paths,
    schemes and addresses are not: who typed them meant something else.
    """
    given = unicodedata.normalize("NFKC", text.strip()[: MAX_DOMAIN + 2]).replace("。", ".")
    if not given or len(given) > MAX_DOMAIN:
        raise ValueError("not a domain")
    try:
        domain = idna.encode(given.removesuffix("."), uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as refused:
        raise ValueError("not a domain") from refused
    labels = domain.split(".")
    if len(labels) < 2 or len(domain) > MAX_DOMAIN or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError("not a domain")
    if labels[-1].isdigit():
        raise ValueError("an IP address is not a domain")
    return domain


def readable(domain: str) -> str:
    """As people write it: xn--… labels in their own script. What cannot be decoded stays as it is."""
    return ".".join(_readable(label) for label in domain.split("."))


def _readable(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return idna.decode(label)
    except (idna.IDNAError, UnicodeError):
        return label


def domain_of(email: str) -> str:
    """The canonical domain of an e-mail address; raises ValueError."""
    local, at, domain = email.strip().rpartition("@")
    if not (local and at):
        raise ValueError("not an e-mail address")
    return canonical(domain)


@lru_cache(maxsize=4096)
def suffix_of(domain: str) -> str:
    """What many organisations register under: com, gov.uk, police.uk, github.io."""
    # Where the list knows nothing (made-up endings such as .example) its own rule is the last label.
    return _suffixes()(domain).suffix or domain.rpartition(".")[2]


def is_public_suffix(domain: str) -> bool:
    return suffix_of(domain) == domain


def registered(domain: str) -> str:
    """The name that somebody registered: www.met.police.uk is met.police.uk; "" for a public suffix."""
    suffix = suffix_of(domain)
    if domain == suffix:
        return ""
    own = domain.removesuffix(f".{suffix}").rpartition(".")[2]
    return f"{own}.{suffix}"


def is_within(domain: str, parent: str) -> bool:
    """The same domain or one below it."""
    return domain == parent or domain.endswith(f".{parent}")
