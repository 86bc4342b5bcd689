"""Checks an identifier's spelling, and writes it the one way in which two requests can be compared.

Facts behind the checks: domain, section 6. What has a checksum must satisfy it; what has none says so.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from bip_utils import (
    Base58Alphabets,
    Base58ChecksumError,
    Base58Decoder,
    Base58Encoder,
    BchBech32Decoder,
    BchBech32Encoder,
    Bech32ChecksumError,
    EthAddrDecoder,
    SegwitBech32Decoder,
    TrxAddrDecoder,
    XrpAddrDecoder,
)
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from casesupport.models.target import ACCEPTED_KINDS, GIVEN_MAX, ON_CHAIN, Assurance, Chain, TargetKind
from portal.kernel.errors import Invalid, Text

_HEX_64 = re.compile(r"[0-9a-fA-F]{64}")
MAX_XRP_TAG = 2**32 - 1

WRONG_ADDRESS = _(
    "This is not an address of that chain, or a sign in it is wrong. Copy it again from the source."
)
WRONG_HASH = _("This is not a transaction hash of that chain. Copy it again from the source.")


@dataclass(frozen=True, slots=True)
class Identified:
    """What was given, and what it means."""

    kind: TargetKind
    chain: str
    given: str
    value: str
    tag: str
    assurance: Assurance


def identify(kind: str, given: str, *, chain: str = "", tag: str = "") -> Identified:
    """Raises Invalid naming the field (kind, chain, value, tag) that cannot be right."""
    if kind not in ACCEPTED_KINDS:
        raise Invalid({"kind": [_("Choose a kind of identifier.")]})
    given, tag = _bare(given), _bare(tag)
    if not given:
        raise Invalid({"value": [_("Enter the identifier.")]})
    if len(given) > GIVEN_MAX:
        raise Invalid({"value": [_("No identifier is as long as this.")]})
    if kind in ON_CHAIN and chain not in Chain.values:
        raise Invalid({"chain": [_("Choose the chain: the same text may exist on several.")]})
    if kind not in ON_CHAIN:
        chain = ""
    tag = _tag(kind, chain, tag)
    if kind == TargetKind.WALLET_ADDRESS:
        value, assurance = _address(chain, given)
    elif kind == TargetKind.TRANSACTION_HASH:
        value, assurance = _transaction_hash(chain, given), Assurance.FORMAT
    elif kind == TargetKind.EMAIL:
        value, assurance = _email(given), Assurance.FORMAT
    else:
        value, assurance = given, Assurance.NONE
    return Identified(TargetKind(kind), chain, given, value, tag, assurance)


def _bare(text: str) -> str:
    """Without the spaces and invisible signs that copying from a document brings along."""
    kept = "".join(sign for sign in text if unicodedata.category(sign) not in {"Cc", "Cf", "Zl", "Zp"})
    return kept.strip()


def _tag(kind: str, chain: str, tag: str) -> str:
    if not tag:
        return ""
    if kind != TargetKind.WALLET_ADDRESS or chain != Chain.XRP:
        raise Invalid({"tag": [_("Only an XRP address carries a tag.")]})
    if not (tag.isascii() and tag.isdigit() and len(tag) <= 10 and int(tag) <= MAX_XRP_TAG):
        raise Invalid({"tag": [_("A destination tag is a whole number up to 4294967295.")]})
    return str(int(tag))


def _address(chain: str, given: str) -> tuple[str, Assurance]:
    try:
        return _READERS[Chain(chain)](given)
    except (ValueError, Base58ChecksumError, Bech32ChecksumError):
        raise Invalid({"value": [_hint(chain, given) or WRONG_ADDRESS]}) from None


def _hint(chain: str, given: str) -> Text:
    if chain == Chain.XRP and given[:1] in {"X", "T"}:
        return _("Give the classic address, which starts with r, and the tag apart.")
    if chain == Chain.ETH and re.fullmatch(r"0x[0-9a-fA-F]{40}", given):
        return _("The capital letters of this address do not fit its checksum: a sign in it is wrong.")
    return ""


def _base58(given: str, versions: dict[bytes, bytes]) -> str:
    """A Base58Check address; `versions` maps each version byte that may stand there to the one we write."""
    data = Base58Decoder.CheckDecode(given, Base58Alphabets.BITCOIN)
    if len(data) != 21 or data[:1] not in versions:
        raise ValueError(given)
    return Base58Encoder.CheckEncode(versions[data[:1]] + data[1:], Base58Alphabets.BITCOIN)


def _segwit(prefix: str, given: str) -> str:
    """BIP 173 and BIP 350: P2WPKH, P2WSH, taproot and what may come; all lower or all upper case."""
    if given not in {given.lower(), given.upper()}:
        raise ValueError(given)
    SegwitBech32Decoder.Decode(prefix, given.lower())
    return given.lower()


def _bitcoin(given: str) -> tuple[str, Assurance]:
    if given.lower().startswith("bc1"):
        return _segwit("bc", given), Assurance.CHECKSUM
    return _base58(given, {b"\x00": b"\x00", b"\x05": b"\x05"}), Assurance.CHECKSUM


def _litecoin(given: str) -> tuple[str, Assurance]:
    if given.lower().startswith("ltc1"):
        return _segwit("ltc", given), Assurance.CHECKSUM
    # The same script address once began with 3 and now begins with M.
    return _base58(given, {b"\x30": b"\x30", b"\x32": b"\x32", b"\x05": b"\x32"}), Assurance.CHECKSUM


def _dogecoin(given: str) -> tuple[str, Assurance]:
    return _base58(given, {b"\x1e": b"\x1e", b"\x16": b"\x16"}), Assurance.CHECKSUM


def _bitcoin_cash(given: str) -> tuple[str, Assurance]:
    """CashAddr with or without its prefix; the older form is rewritten, for it is the same address."""
    if given[:1] in {"1", "3"}:
        data = Base58Decoder.CheckDecode(given, Base58Alphabets.BITCOIN)
        kinds = {b"\x00": b"\x00", b"\x05": b"\x08"}
        if len(data) != 21 or data[:1] not in kinds:
            raise ValueError(given)
        return BchBech32Encoder.Encode("bitcoincash", kinds[data[:1]], data[1:]), Assurance.CHECKSUM
    if given not in {given.lower(), given.upper()}:
        raise ValueError(given)
    address = given.lower()
    if not address.startswith("bitcoincash:"):
        address = f"bitcoincash:{address}"
    BchBech32Decoder.Decode("bitcoincash", address)
    return address, Assurance.CHECKSUM


def _ethereum(given: str) -> tuple[str, Assurance]:
    """EIP-55 where capitals are mixed; one case alone carries no checksum and is taken by its format."""
    digits = given[2:]
    one_case = digits in {digits.lower(), digits.upper()}
    EthAddrDecoder.DecodeAddr(f"0x{digits}" if given.startswith("0X") else given, skip_chksum_enc=one_case)
    return f"0x{digits.lower()}", Assurance.FORMAT if one_case else Assurance.CHECKSUM


def _tron(given: str) -> tuple[str, Assurance]:
    TrxAddrDecoder.DecodeAddr(given)
    return given, Assurance.CHECKSUM


def _xrp(given: str) -> tuple[str, Assurance]:
    XrpAddrDecoder.DecodeAddr(given)
    return given, Assurance.CHECKSUM


def _solana(given: str) -> tuple[str, Assurance]:
    """32 bytes and no checksum. Not SolAddrDecoder: it refuses token accounts, which lie off the curve."""
    if len(Base58Decoder.Decode(given)) != 32:
        raise ValueError(given)
    return given, Assurance.FORMAT


_READERS: dict[Chain, Callable[[str], tuple[str, Assurance]]] = {
    Chain.BTC: _bitcoin,
    Chain.ETH: _ethereum,
    Chain.TRON: _tron,
    Chain.XRP: _xrp,
    Chain.LTC: _litecoin,
    Chain.DOGE: _dogecoin,
    Chain.BCH: _bitcoin_cash,
    Chain.SOL: _solana,
}


def _transaction_hash(chain: str, given: str) -> str:
    if chain == Chain.SOL:
        try:
            if len(Base58Decoder.Decode(given)) == 64:
                return given
        except ValueError:
            pass
    elif chain == Chain.ETH:
        if given[:2] in {"0x", "0X"} and _HEX_64.fullmatch(given[2:]):
            return given.lower()
    elif _HEX_64.fullmatch(given):
        return given.lower()
    raise Invalid({"value": [WRONG_HASH]})


def _email(given: str) -> str:
    try:
        validate_email(given)
    except ValidationError as refused:
        raise Invalid({"value": refused.messages}) from None
    return given.lower()
