import pytest
from bip_utils import Base58Encoder

from casesupport.intake.identifiers import identify
from portal.kernel.errors import Invalid

HASH20 = bytes(range(1, 21))


def base58(version: bytes) -> str:
    return Base58Encoder.CheckEncode(version + HASH20)


GOOD = [
    ("BTC", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", None, "checksum"),
    ("BTC", base58(b"\x05"), None, "checksum"),
    ("BTC", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", None, "checksum"),
    (
        "BTC",
        "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "checksum",
    ),
    ("BTC", "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3", None, "checksum"),
    ("BTC", "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr", None, "checksum"),
    (
        "ETH",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "checksum",
    ),
    ("ETH", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", None, "format"),
    (
        "ETH",
        "0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "format",
    ),
    ("TRON", "TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW", None, "checksum"),
    ("XRP", "rN7n7otQDd6FczFgLdSqtcsAUxDkw6fzRH", None, "checksum"),
    ("LTC", base58(b"\x30"), None, "checksum"),
    ("LTC", base58(b"\x05"), base58(b"\x32"), "checksum"),
    ("LTC", "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9", None, "checksum"),
    ("DOGE", "DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L", None, "checksum"),
    (
        "BCH",
        "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu",
        "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
        "checksum",
    ),
    (
        "BCH",
        "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
        "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
        "checksum",
    ),
    # A token account of Solana: off the curve, and an address all the same.
    ("SOL", "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA", None, "format"),
    ("SOL", "4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D4xWLs4gDB4T", None, "format"),
]


@pytest.mark.parametrize(("chain", "given", "value", "assurance"), GOOD)
def test_an_address_is_understood_and_says_how_surely(chain, given, value, assurance):
    found = identify("wallet_address", given, chain=chain)
    assert (found.value, found.assurance, found.given) == (value or given, assurance, given)


@pytest.mark.parametrize(
    ("chain", "given"),
    [(chain, given) for chain, given, _value, assurance in GOOD if assurance == "checksum"],
)
def test_one_wrong_sign_is_found_wherever_there_is_a_checksum(chain, given):
    for place in range(len(given) // 2, len(given)):
        wrong = "z" if given[place].lower() != "z" else "y"
        if chain == "ETH":
            wrong = "0" if given[place] != "0" else "1"
        with pytest.raises(Invalid):
            identify("wallet_address", given[:place] + wrong + given[place + 1 :], chain=chain)


@pytest.mark.parametrize(
    ("chain", "given"),
    [
        ("BTC", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5"),
        ("BTC", "bc1Qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
        ("BTC", "DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L"),
        ("BTC", "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9"),
        ("ETH", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD"),
        ("ETH", "5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"),
        ("ETH", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae"),
        ("TRON", "TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMX"),
        ("XRP", "X7AcgcsBL6XDcUb289X4mJ8djcdyKaB5hJDWMArnXr61cqZ"),
        ("SOL", "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5"),
        ("SOL", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"),
        *[(chain, text) for chain in ("BTC", "ETH", "TRON", "XRP", "LTC", "DOGE", "BCH", "SOL")
          for text in ("", "x", "0x", "bc1", "é" * 30, "x" * 10_000, "<script>", "1" * 34, "\x00")],
    ],
)  # fmt: skip
def test_what_is_no_address_of_that_chain_is_refused(chain, given):
    with pytest.raises(Invalid) as refused:
        identify("wallet_address", given, chain=chain)
    assert "value" in refused.value.errors


def test_a_chain_is_asked_for_because_the_same_text_lives_on_several():
    with pytest.raises(Invalid) as refused:
        identify("wallet_address", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed")
    assert "chain" in refused.value.errors


def test_spaces_and_invisible_signs_of_a_copied_text_are_left_out():
    found = identify("wallet_address", "\u200b 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa\u202e\n", chain="BTC")
    assert found.value == "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"


@pytest.mark.parametrize(
    ("tag", "kept"), [("", ""), ("0", "0"), (" 4294967295 ", "4294967295"), ("007", "7")]
)
def test_an_xrp_address_may_carry_a_tag(tag, kept):
    assert identify("wallet_address", "rN7n7otQDd6FczFgLdSqtcsAUxDkw6fzRH", chain="XRP", tag=tag).tag == kept


@pytest.mark.parametrize(
    ("kind", "chain", "given", "tag"),
    [
        ("wallet_address", "XRP", "rN7n7otQDd6FczFgLdSqtcsAUxDkw6fzRH", "4294967296"),
        ("wallet_address", "XRP", "rN7n7otQDd6FczFgLdSqtcsAUxDkw6fzRH", "-1"),
        ("wallet_address", "XRP", "rN7n7otQDd6FczFgLdSqtcsAUxDkw6fzRH", "١"),
        ("wallet_address", "BTC", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "1"),
        ("uid", "", "1", "1"),
    ],
)
def test_any_other_tag_is_refused(kind, chain, given, tag):
    with pytest.raises(Invalid) as refused:
        identify(kind, given, chain=chain, tag=tag)
    assert "tag" in refused.value.errors


@pytest.mark.parametrize(
    ("chain", "given", "good"),
    [
        ("ETH", "0x" + "Ab" * 32, True),
        ("ETH", "ab" * 32, False),
        ("ETH", "0x" + "ab" * 31, False),
        ("BTC", "AB" * 32, True),
        ("BTC", "0x" + "ab" * 32, False),
        ("XRP", "ab" * 32, True),
        ("TRON", "zz" * 32, False),
        ("SOL", Base58Encoder.Encode(bytes(range(64))), True),
        ("SOL", Base58Encoder.Encode(bytes(range(63))), False),
        ("SOL", "ab" * 32, False),
    ],
)
def test_a_transaction_hash_is_judged_by_its_format_and_says_so(chain, given, good):
    if good:
        found = identify("transaction_hash", given, chain=chain)
        assert found.assurance == "format"
        assert found.value == (given if chain == "SOL" else given.lower())
    else:
        with pytest.raises(Invalid):
            identify("transaction_hash", given, chain=chain)


def test_a_uid_is_text_and_stays_as_it_was_typed():
    found = identify("uid", "000123456789012345678", chain="BTC")
    assert (found.value, found.assurance, found.chain) == ("000123456789012345678", "none", "")


def test_an_e_mail_address_is_compared_in_lower_case():
    assert identify("email", "Mule@Example.COM").value == "mule@example.com"
    with pytest.raises(Invalid):
        identify("email", "mule@")


@pytest.mark.parametrize("kind", ["phone", "iban", "ip", "device_id", "nonsense", ""])
def test_a_kind_that_cannot_be_checked_yet_is_not_taken(kind):
    with pytest.raises(Invalid) as refused:
        identify(kind, "+85228602000")
    assert "kind" in refused.value.errors
