"""The number people read out on the telephone: HK-2026-000123-X, its last sign a check character.

The check is ISO/IEC 7064 MOD 37,36 over the letters and digits before it: it finds every single wrong
sign and nearly every swap of two neighbours. The number is no secret and no proof of anything:
criminals quote reference numbers too (domain, section 7).
"""

import re

_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MODULUS = 36
_SHAPE = re.compile(r"([A-Z]{2})([0-9]{4})([0-9]{6,9})([0-9A-Z])")
# Where only digits stand, what was heard or read as a letter is put right.
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})


def check_character(text: str) -> str:
    """The MOD 37,36 check character of `text`, which holds only 0-9 and A-Z."""
    product = _MODULUS
    for sign in text:
        total = (product + _SIGNS.index(sign)) % _MODULUS or _MODULUS
        product = total * 2 % (_MODULUS + 1)
    return _SIGNS[(_MODULUS + 1 - product) % _MODULUS]


def make(country: str, year: int, number: int) -> str:
    body = f"{country}{year:04d}{number:06d}"
    return f"{country}-{year:04d}-{number:06d}-{check_character(body)}"


def parse(text: str) -> str:
    """The reference as we write it, however it was typed; raises ValueError if the check does not fit."""
    signs = re.sub(r"[\s\-‐-―./]", "", text).upper()
    signs = signs[:2] + signs[2:-1].translate(_MISREAD) + signs[-1:]
    shape = _SHAPE.fullmatch(signs)
    if shape is None:
        raise ValueError(text)
    country, year, number, check = shape.groups()
    if check_character(country + year + number) != check:
        raise ValueError(text)
    return f"{country}-{year}-{number}-{check}"


def is_reference(text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def looks_like_reference(text: str) -> bool:
    """Whether somebody meant a whole reference, rightly spelled or not."""
    signs = re.sub(r"[\s\-‐-―./]", "", text).upper()
    return bool(re.fullmatch(r"[A-Z]{2}[0-9OIL]{10,13}[0-9A-Z]", signs))
