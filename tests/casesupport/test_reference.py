import string

import pytest

from casesupport import reference

SIGNS = string.digits + string.ascii_uppercase
HONG_KONG = reference.make("HK", 2026, 123)


def test_it_is_written_to_be_read_out():
    assert f"HK-2026-000123-{reference.check_character('HK2026000123')}" == HONG_KONG
    assert reference.make("SE", 2026, 1_234_567).startswith("SE-2026-1234567-")


def test_the_check_is_that_of_the_standard():
    # The examples of ISO/IEC 7064 and of the standards that use MOD 37,36 (GRid, ISAN).
    assert reference.check_character("A12425GABC1234002") == "M"
    assert reference.check_character("00000000C36D002B00000000") == "E"


def test_every_single_wrong_sign_is_found():
    body, check = HONG_KONG.replace("-", "")[:-1], HONG_KONG[-1]
    for place, right in enumerate(body):
        for wrong in SIGNS:
            if wrong != right:
                assert reference.check_character(body[:place] + wrong + body[place + 1 :]) != check


def test_nearly_every_swap_of_two_neighbours_is_found():
    found = missed = 0
    for number in range(1, 20_000, 7):
        text = reference.make("HK", 2026, number).replace("-", "")
        for place in range(2, len(text) - 2):
            swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
            if swapped != text:
                missed += reference.is_reference(swapped)
                found += not reference.is_reference(swapped)
    assert missed / (found + missed) < 0.005


@pytest.mark.parametrize(
    "typed",
    [
        HONG_KONG.lower(),
        HONG_KONG.replace("-", ""),
        HONG_KONG.replace("-", " "),
        HONG_KONG.replace("-", "–"),
        f"  {HONG_KONG}\n",
        HONG_KONG.replace("0", "O"),
        HONG_KONG.replace("1", "l"),
    ],
)
def test_it_is_understood_however_it_is_typed(typed):
    assert reference.parse(typed) == HONG_KONG


@pytest.mark.parametrize(
    "typed", ["", "HK", "HK-2026-000123", "HK-2026-00123-A", "' OR 1=1", "HK-２０２６-000123-A", "x" * 10_000]
)
def test_what_is_none_is_refused(typed):
    with pytest.raises(ValueError):
        reference.parse(typed)
