"""An e-mail address in its one spelling, and whether it is an official one. One address, one person."""

import re
import unicodedata

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from portal.kernel.domains import canonical
from portal.kernel.errors import Text
from portal.models import Agency

MAX = 254
# The plain form (RFC 5321, dot-string). Quoted and non-ASCII parts exist, and no mailbox of a police force
# needs them; look-alike letters do.
_LOCAL = re.compile(r"[a-z0-9!#$%&'*/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*/=?^_`{|}~-]+)*")
_PLAIN = _("Write the address in plain letters, like name@police.example.")


class Unfit(ValueError):
    """The address cannot be used; `text` says why, in words for whoever typed it."""

    def __init__(self, text: Text) -> None:
        super().__init__(str(text))
        self.text = text


def one_spelling(typed: str) -> str:
    """Lower-case, without look-alike widths, the domain in A-labels. Raises Unfit.

    A part after + reaches the same mailbox: two addresses of it would make one person two signatures.
    """
    local, at, domain = unicodedata.normalize("NFKC", typed[:1000]).strip().lower().rpartition("@")
    if "+" in local:
        raise Unfit(_("Leave out the + and what follows it: one mailbox is one person."))
    if not at or len(local) > 64 or not _LOCAL.fullmatch(local):
        raise Unfit(_PLAIN)
    try:
        address = f"{local}@{canonical(domain)}"
    except ValueError:
        raise Unfit(_PLAIN) from None
    if len(address) > MAX:
        raise Unfit(_PLAIN)
    return address


def is_official(address: str, agency: Agency | None) -> bool:
    """Of exactly one of the verified domains: neither one below it nor one that looks like it."""
    domain = address.rpartition("@")[2]
    if agency is None:
        return not settings.STAFF_DOMAINS or domain in settings.STAFF_DOMAINS
    return domain in agency.domains
