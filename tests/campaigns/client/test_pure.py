"""What both sides compute alike: canonical JSON, languages, selection, variants, signatures."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import langcodes
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.client.audience import AGE_BANDS, Situation
from campaigns.client.canonical import canonical, digest
from campaigns.client.languages import LIKELY, choose, preferences
from campaigns.client.publication import Publication
from campaigns.client.selection import Selection, with_country
from campaigns.client.signing import BadSignature, UnknownKey, trusted, verify
from campaigns.client.snapshot import Snapshot
from campaigns.client.variants import assign, share
from campaigns.models.campaign import AgeBand
from portal.kernel import regions
from portal.kernel.languages import NAMES, bcp47
from tests.campaigns.asking import candidate

VECTORS = json.loads((Path(__file__).parents[3] / "docs" / "vectors" / "delivery.json").read_text())

# --- canonical JSON ---------------------------------------------------------------------------------

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(max_codepoint=0xD7FF)), inner),
)


@settings(deadline=None)
@given(DOCUMENTS)
def test_canonical_json_is_that_of_rfc_8785(document: Any) -> None:
    try:
        expected = rfc8785.dumps(document)
    except rfc8785.CanonicalizationError:
        with pytest.raises(ValueError):
            canonical(document)
    else:
        assert canonical(document) == expected


@pytest.mark.parametrize(
    "document",
    [1.5, float("nan"), 2**53, -(2**53), {"a": 0.1}, ["\ud800"], {"\ud800": 1}, {"𝒳": 1, "ﬀ": 2}, {1: 2}],
)
def test_what_has_no_one_form_is_refused(document: Any) -> None:
    with pytest.raises(ValueError):
        canonical(document)


# --- languages --------------------------------------------------------------------------------------


def test_every_language_of_the_portal_is_known_with_its_script_and_country() -> None:
    assert {code.partition("-")[0] for code in NAMES} <= LIKELY.keys()
    for language, (script, country) in LIKELY.items():
        likely = langcodes.Language.get(language).maximize()
        assert ((likely.script or "").lower(), (likely.territory or "").lower()) == (script, country)


def likely(tag: str) -> tuple[str | None, str | None]:
    found = langcodes.Language.get(tag).maximize()
    return found.language, found.script


OURS = {code: likely(bcp47(code)) for code in NAMES}
LANGUAGES = sorted({code.partition("-")[0] for code in NAMES})


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_each_country_a_language_has_the_script_that_cldr_says(language: str) -> None:
    for country in ["", *regions.countries()]:
        tag = f"{language}-{country}".strip("-")
        wanted = likely(tag)
        fitting = {code for code, each in OURS.items() if each == wanted}
        assert set(preferences(tag, frozenset(NAMES))) == fitting, tag


@pytest.mark.parametrize("script", ["Hant", "Hans", "Latn", "Arab", "Cyrl"])
def test_a_script_that_is_named_is_the_one_that_counts(script: str) -> None:
    for language in LANGUAGES:
        for country in ("", "-HK", "-CN", "-CC", "-US"):
            tag = f"{language}-{script}{country}"
            fitting = {code for code, each in OURS.items() if each == likely(tag)}
            assert set(preferences(tag, frozenset(NAMES))) == fitting, tag


@pytest.mark.parametrize(
    ("tag", "offered", "expected"),
    [
        ("zh-HK", {"zh-hant", "zh-hans", "en"}, "zh-hant"), ("zh", {"zh-hant", "zh-hans"}, "zh-hans"),
        ("zh-Hant-CN", {"zh-hant", "zh-hans"}, "zh-hant"), ("zh-SG", {"zh-hant", "en"}, None),
        ("cmn-TW", {"zh-hant"}, "zh-hant"), ("zh-cmn-Hant", {"zh-hant"}, "zh-hant"), ("eng", {"en"}, "en"),
        ("pt-PT", {"pt-br"}, "pt-br"), ("EN-gb-oxendict", {"en", "en-gb"}, "en-gb"),
        ("en-US-u-ca-buddhist", {"en"}, "en"), ("sr-Latn", {"en"}, None), ("en-Cyrl", {"en"}, None),
        ("x-private", {"en"}, None), ("", {"en"}, None), ("e", {"en"}, None), ("en\x00", {"en"}, None),
        ("ｅｎ", {"en"}, None), ("en" * 20, {"en"}, None), ("i-klingon", {"en"}, None),
    ],
)  # fmt: skip
def test_the_best_of_what_is_offered(tag: str, offered: set[str], expected: str | None) -> None:
    assert next(iter(preferences(tag, frozenset(offered))), None) == expected
    assert choose(preferences(tag, frozenset(offered)), offered, "default") == (expected or "default")


# --- selection --------------------------------------------------------------------------------------

REGIONS = st.sampled_from(["HK", "US", "US-CA", "SE"])
CANDIDATES = st.builds(
    lambda number, where, priority, starts, lasts, unconfirmed, languages: replace(
        candidate(number, *where), priority=priority, starts=starts, ends=starts + lasts,
        unconfirmed=unconfirmed, languages=frozenset({"en", *languages}),
    ),
    st.integers(0, 12), st.lists(REGIONS, min_size=1, max_size=3, unique=True), st.integers(1, 3),
    st.floats(0, 50), st.floats(1, 100) | st.just(float("inf")), st.floats(0, 30),
    st.sets(st.sampled_from(["zh-hant", "sv"])),
)  # fmt: skip
MANY = st.lists(CANDIDATES, max_size=12, unique_by=lambda each: each.id)


@settings(deadline=None)
@given(
    before=MANY, come=MANY, gone=st.sets(st.integers(0, 12)), now=st.floats(0, 150),
    confirmed_at=st.none() | st.floats(0, 150),
)  # fmt: skip
def test_a_changed_selection_is_as_one_made_anew(
    before: Any, come: Any, gone: Any, now: float, confirmed_at: float | None
) -> None:
    removed = {f"p{number}" for number in gone}
    changed = Selection(before).with_changes(removed, come)
    coming = {each.id: each for each in come}
    left = [each for each in before if each.id not in removed and each.id not in coming]
    anew = Selection([*left, *come])
    assert changed.candidates == anew.candidates
    assert changed.regions == anew.regions
    for region in ("HK", "US", "US-CA", "SE", "FR"):
        one = changed.live(region, "zh-TW", now, confirmed_at)
        other = anew.live(region, "zh-TW", now, confirmed_at)
        assert (one.chosen, one.until) == (other.chosen, other.until)


@settings(deadline=None)
@given(every=MANY, now=st.floats(0, 150), confirmed_at=st.none() | st.floats(0, 150))
def test_live_is_what_the_rules_say(every: Any, now: float, confirmed_at: float | None) -> None:
    live = Selection(every).live("US-CA", "sv", now, confirmed_at)
    expected = [
        each
        for each in every
        if {"US", "US-CA"} & set(each.regions)
        and each.starts <= now < each.ends
        and (confirmed_at is None or now < confirmed_at + each.unconfirmed)
    ]
    assert [each.candidate for each in live.chosen] == sorted(expected, key=lambda each: each.rank)
    assert all(each.language == ("sv" if "sv" in each.candidate.languages else "en") for each in live.chosen)
    assert live.until > now


@settings(deadline=None)
@given(every=MANY, moments=st.lists(st.floats(0, 150), min_size=2, max_size=6))
def test_what_is_remembered_is_never_stale_whichever_way_the_clock_goes(every: Any, moments: Any) -> None:
    remembering = Selection(every)
    for now in moments:
        fresh = Selection(every).live("US", None, now)
        assert remembering.live("US", None, now).chosen == fresh.chosen


def test_a_stranger_tag_makes_no_memory_grow() -> None:
    selection = Selection([candidate(1)])
    for number in range(500):
        selection.live("HK", f"en-x-{number}", 1.0)
    assert len(selection._live) == 1


def test_a_subdivision_has_a_country() -> None:
    assert with_country("US-CA") == regions.with_country("US-CA") == ("US-CA", "US")
    assert with_country("HK") == regions.with_country("HK") == ("HK",)


def test_the_age_bands_are_the_portals() -> None:
    assert tuple(AgeBand.values) == AGE_BANDS


@pytest.mark.parametrize(
    "slip",
    [
        {"amount": Decimal(5)}, {"currency": "HKD"}, {"amount": 5.0, "currency": "HKD"},
        {"amount": "5", "currency": "HKD"}, {"amount": Decimal("nan"), "currency": "HKD"},
        {"amount": Decimal(5), "currency": "hkd"}, {"asset": "usdt"}, {"asset": ""}, {"network": "Tron"},
        {"age_band": "25-34"},
    ],
)  # fmt: skip
def test_a_slip_of_the_pen_rules_nothing_out_unseen(slip: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Situation(**slip)


# --- variants ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", VECTORS["variants"], ids=lambda each: each["subject"])
def test_variants_are_those_of_the_vectors(vector: dict[str, Any]) -> None:
    assert assign(vector["salt"], vector["subject"], vector["weights"]) == vector["variant"]
    assert f"{share(vector['salt'], vector['subject']):.15f}" == vector["share"]


def test_variants_are_spread_as_their_weights_and_anew_for_each_salt() -> None:
    weights = {"control": 1, "first": 4, "second": 5}
    got = [assign("s1", f"u{number}", weights) for number in range(20_000)]
    for name, weight in weights.items():
        assert abs(got.count(name) / 20_000 - weight / 10) < 0.015
    other = [assign("s2", f"u{number}", weights) for number in range(20_000)]
    same = sum(one == another for one, another in zip(got, other, strict=True)) / 20_000
    assert abs(same - (0.01 + 0.16 + 0.25)) < 0.015


@pytest.mark.parametrize("weights", [{}, {"a": 0}, {"a": -1, "b": 3}])
def test_no_weights_are_a_mistake(weights: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="no weights"):
        assign("s", "u", weights)


def test_who_has_no_weight_gets_nobody() -> None:
    assert {assign("s", f"u{number}", {"a": 0, "b": 1, "c": 0}) for number in range(1000)} == {"b"}


# --- signatures -------------------------------------------------------------------------------------


def test_the_vectors_verify_and_nothing_else_does() -> None:
    documents, snapshots = trusted(VECTORS["keys"], "documents"), trusted(VECTORS["keys"], "snapshots")
    [given] = VECTORS["snapshot"]["publications"]
    publication = Publication.verified(given, documents)
    assert canonical(publication.document).decode() == VECTORS["canonical_publication"]
    assert digest(publication.texts["en"]) == publication.document["texts"]["en"]
    snapshot = Snapshot.verified(VECTORS["snapshot"], documents=documents, snapshots=snapshots)
    assert snapshot.revision == VECTORS["snapshot"]["snapshot"]["revision"]
    with pytest.raises(UnknownKey):
        Publication.verified(given, snapshots)
    with pytest.raises(UnknownKey):
        Snapshot.verified(VECTORS["snapshot"], documents=documents, snapshots=documents)
    with pytest.raises(BadSignature, match="no portal/publication"):
        verify(VECTORS["snapshot"]["snapshot"], "", typ="portal/publication", keys=snapshots)


@pytest.mark.parametrize("jwks", [{}, {"keys": None}, {"keys": [1]}, {"keys": [{"kty": "OKP"}]}, []])
def test_a_set_of_keys_that_is_none_is_refused_or_empty(jwks: Any) -> None:
    try:
        assert trusted(jwks, "documents") == {}
    except ValueError as problem:
        assert str(problem)


def test_the_name_of_a_key_is_not_believed() -> None:
    [first, *_] = VECTORS["keys"]["keys"]
    [(id, _key)] = trusted({"keys": [{**first, "kid": "another"}]}, first["purpose"]).items()
    assert id == first["kid"]
