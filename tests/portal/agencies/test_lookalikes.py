"""Domains that pass for another's are found; those of real forces pass."""

import pytest

from portal.agencies.lookalikes import distance, findings, skeleton

KNOWN = {
    "police-hk.example": "Hong Kong Police Force",
    "polisen-se.example": "Swedish Police Authority",
    "training.example": "Training Agency",
}
INFORMS = {"not-government", "newly-seen", "international"}


def serious(domain: str) -> set[str]:
    return {each.code for each in findings(domain, known=KNOWN) if each.is_serious}


@pytest.mark.parametrize(
    ("domain", "code", "other"),
    [
        ("роlice-hk.example", "homoglyph", "police-hk.example"),  # Cyrillic er and o
        ("xn--lice-hk-8igr.example", "homoglyph", "police-hk.example"),  # the same in the network's spelling
        ("pоlisеn-sе.example", "homoglyph", "polisen-se.example"),
        ("po1ice-hk.example", "homoglyph", "police-hk.example"),
        ("poiice-hk.example", "homoglyph", "police-hk.example"),
        ("polícè-hk.example", "homoglyph", "police-hk.example"),
        ("fbі.gov", "homoglyph", "fbi.gov"),
        ("cornmunity.example", "", ""),
        ("policehk.example", "hyphen", "police-hk.example"),
        ("police-h-k.example", "hyphen", "police-hk.example"),
        ("police-gov.hk", "hyphen", "police.gov.hk"),
        ("police-hk.org", "swapped-ending", "police-hk.example"),
        ("policehk.com", "swapped-ending", "police-hk.example"),
        ("polisen.com", "swapped-ending", "polisen.se"),
        ("europol.eu", "swapped-ending", "europol.europa.eu"),
        ("polcie-hk.example", "spelling", "police-hk.example"),
        ("pollice-hk.example", "spelling", "police-hk.example"),
        ("polsien.se", "spelling", "polisen.se"),
        ("police-hk.example.login-portal.com", "embedded", "police-hk.example"),
        ("police-hk-example.com", "embedded", "police-hk.example"),
        ("met-police-uk.com", "embedded", "met.police.uk"),
    ],
)
def test_a_domain_that_passes_for_another_names_it(domain: str, code: str, other: str) -> None:
    found = {each.code: each.other for each in findings(domain, known=KNOWN) if each.other}
    assert found.get(code) == (other or None)
    if code:
        assert code in serious(domain)


@pytest.mark.parametrize(
    ("domain", "code"),
    [
        ("gmail.com", "free-mail"),
        ("tuta.com", "free-mail"),
        ("Proton.ME.", "free-mail"),
        ("mail.gmx.de", "free-mail"),
        ("mailinator.com", "throw-away-mail"),
        ("gov.uk", "public-suffix"),
        ("police.uk", "public-suffix"),
        ("github.io", "public-suffix"),
        ("роlice-ny.example", "mixed-scripts"),
        ("not a domain", "malformed"),
        ("x" * 100_000, "malformed"),
        ("police.example:25", "malformed"),
    ],
)
def test_what_no_agency_owns_is_said(domain: str, code: str) -> None:
    assert code in serious(domain)


@pytest.mark.parametrize(
    "domain",
    [
        "police-hk.example",
        "mail.police-hk.example",
        "met.police.uk",
        "kent.police.uk",
        "police.qld.gov.au",
        "polizei.bayern.de",
        "polisen.se",
        "politi.dk",
        "politiet.no",
        "police.hu",
        "police.be",
        "dea.gov",
        "atf.gov",
        "xn--ldtx91i.example",  # 警察: one script
        "警察庁カナ.example",
    ],
)
def test_a_force_under_its_own_name_is_not_suspected(domain: str) -> None:
    assert serious(domain) == set()


def test_what_only_informs_is_no_accusation() -> None:
    codes = {each.code for each in findings("bücher.example", known=KNOWN)}
    assert codes == INFORMS
    assert "newly-seen" not in {each.code for each in findings("mail.police-hk.example", known=KNOWN)}
    assert "not-government" not in {each.code for each in findings("kent.police.uk", known={})}


def test_a_finding_speaks_of_the_other_by_name_and_readably() -> None:
    known = {"xn--bcher-kva.example": "Bücherpolizei"}
    (finding,) = [each for each in findings("bucher.example", known=known) if each.is_serious]
    assert finding.code == "homoglyph"
    assert "bücher.example" in finding.text
    assert "Bücherpolizei" in finding.text


def test_each_kind_is_found_once_and_the_agency_of_ours_first() -> None:
    known = {f"police-h{letter}.example": letter for letter in "abcdefgh"}
    found = findings("police-hx.example", known=known)
    assert [each.code for each in found].count("spelling") == 1
    (found,) = [each for each in findings("polisen.com", known={"polisen.example": "Ours"}) if each.other]
    assert found.other == "polisen.example"


def test_a_percent_sign_in_a_name_is_only_a_sign() -> None:
    (finding,) = [
        each for each in findings("polise.example", known={"polisen.example": "100 %(x)s"}) if each.other
    ]
    assert "100 %(x)s" in finding.text


@pytest.mark.parametrize(
    ("one", "other", "steps"),
    [
        ("", "", 0),
        ("a", "", 1),
        ("abcd", "abdc", 1),
        ("abc", "abd", 1),
        ("abc", "xyz", 3),
        ("a", "abcdef", 3),
    ],
)
def test_the_distance_counts_a_swap_of_neighbours_once(one: str, other: str, steps: int) -> None:
    assert distance(one, other, most=2) == min(steps, 3)


def test_a_skeleton_is_what_the_eye_sees() -> None:
    assert skeleton("rnet.police.uk") == skeleton("met.police.uk")
    assert skeleton("POLICE.example") == skeleton("роӏісе.example")
