"""What is wrong with the chain, in words for the page."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from portal.audit.chain import Kind


@dataclass(frozen=True, slots=True)
class Described:
    seq: int  # 0: about no row
    what: str
    how: str
    is_there: bool  # whether the row can be opened


def described(fault: dict[str, Any]) -> Described:
    seq, after, head = fault["seq"], fault["after"], fault["head"]
    # A verification from before this was noted has no such member.
    check = fault.get("check", "")
    kind = Kind(fault["kind"])
    what, how = {
        Kind.MISSING: (
            _("Rows are missing"),
            _("Between row %(after)d and row %(seq)d the numbers have a gap. Numbers are given without gaps,"
              " so what stood there was removed."),
        ),
        Kind.CHANGED: (
            _("The row was changed"),
            _("Row %(seq)d does not fit its hash: something in it is not what was written."),
        ),
        Kind.UNLINKED: (
            _("The link to the row before is broken"),
            _("Row %(seq)d names another hash than the row before has: that row was replaced, or this one"
              " is forged."),
        ),
        Kind.CUT: (
            _("The end was cut off"),
            _("The verification of %(check)s read row %(seq)d; the trail ends with row %(after)d.")
            if check
            else _("The signed head %(head)s tells of row %(seq)d; the trail ends with row %(after)d."),
        ),
        Kind.REWRITTEN: (
            _("The trail was written anew"),
            _("Row %(seq)d is not the one that the verification of %(check)s read. What was changed lies"
              " after row %(after)d, up to this one.")
            if check
            else _("Row %(seq)d is not the one that the signed head %(head)s tells of. What was changed lies"
                   " after row %(after)d, up to this one."),
        ),
        Kind.UNSIGNED: (
            _("A head that cannot be believed"),
            _("The head %(head)s is not signed by a key of this portal, or is no head at all."),
        ),
    }[kind]  # fmt: skip
    words = {"seq": seq, "after": after, "head": head, "check": check}
    return Described(seq, what, how % words, is_there=bool(seq) and kind != Kind.CUT)
