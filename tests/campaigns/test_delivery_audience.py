"""A campaign's conditions at the API: what is said rules campaigns out, what is left out does not."""

import gc
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.client.audience import AGE_BANDS, UNSAID, Conditions, Situation
from campaigns.delivery.answers import Answer
from campaigns.delivery.edge import Edge
from tests.campaigns.asking import Held, answered, ask, candidate, read, snapshot_of
from tests.campaigns.warnings import published
from tests.clients import make_client

CONDITIONS = {
    "min_amount": Decimal("1000.50"), "min_amount_currency": "HKD", "assets": ["USDT", "BTC"],
    "networks": ["TRON"], "only_new_address": True, "account_younger_than_days": 30,
    "age_bands": ["55_64", "65_plus"],
}  # fmt: skip


ALL_BUT_THE_AGE = "amount=5000&currency=HKD&asset=USDT&network=TRON&new_address=true&account_age_days=3"


@pytest.fixture
def key(transactional_db: None, now: Any) -> str:
    return make_client("withdrawals", ["campaigns:read"], now=now)[1]


@pytest.fixture
def house(transactional_db: None, house: Any) -> Any:
    return house


@pytest.fixture
def edge(house: Any, now: Any, key: str) -> Edge:
    """With one campaign for everyone, and one of a lower priority that has every condition."""
    published(house, now, title="For everyone", priority=90)
    published(house, now, title="With conditions", priority=10, **CONDITIONS)
    return Edge(None, Held(read()))


def priorities(edge: Edge, key: str, query: str = "") -> list[int]:
    status, _headers, body = ask(edge, key, f"region=HK{query and '&'}{query}")
    assert status == 200
    return [each["publication"]["priority"] for each in body["campaigns"]]


@pytest.mark.parametrize(
    ("said", "is_for_it"),
    [
        ("", True),
        ("amount=1000.50&currency=HKD", True), ("amount=1000.5&currency=HKD", True),
        ("amount=1000.499999999999999999&currency=HKD", False), ("amount=0&currency=HKD", False),
        ("amount=1&currency=USD", True),
        ("asset=USDT", True), ("asset=BTC", True), ("asset=ETH", False),
        ("network=TRON", True), ("network=ETH", False), ("network=SOME-NEW_CHAIN", False),
        ("new_address=true", True), ("new_address=false", False),
        ("account_age_days=0", True), ("account_age_days=29", True), ("account_age_days=30", False),
        ("age_band=65_plus", True), ("age_band=under_25", False),
        (f"{ALL_BUT_THE_AGE}&age_band=55_64", True), (f"{ALL_BUT_THE_AGE}&age_band=25_34", False),
    ],
)  # fmt: skip
def test_what_is_said_rules_out_and_what_is_not_said_does_not(
    edge: Edge, key: str, said: str, is_for_it: bool
) -> None:
    assert priorities(edge, key, said) == ([90, 10] if is_for_it else [90])


def test_the_conditions_stand_in_the_answer_for_what_was_not_said(edge: Edge, key: str) -> None:
    body = ask(edge, key, "region=HK&asset=USDT")[2]
    assert [each["publication"]["conditions"] for each in body["campaigns"]] == [
        {},
        {
            "min_amount": {"value": "1000.50", "currency": "HKD"}, "assets": ["USDT", "BTC"],
            "networks": ["TRON"], "new_address": True, "account_younger_than_days": 30,
            "age_bands": ["55_64", "65_plus"],
        },
    ]  # fmt: skip


def test_another_choice_is_another_entity_and_nothing_left_is_204(house: Any, now: Any, key: str) -> None:
    published(house, now, assets=["BTC"])
    edge = Edge(None, Held(read()))
    first = ask(edge, key, "region=HK&asset=BTC")
    same = ask(edge, key, "region=HK")
    assert first[1]["ETag"] == same[1]["ETag"]
    assert ask(edge, key, "region=HK&asset=ETH")[0] == 204
    assert ask(edge, key, "region=HK&asset=BTC", HTTP_IF_NONE_MATCH=first[1]["ETag"])[0] == 304
    assert ask(edge, key, "region=HK&asset=ETH", HTTP_IF_NONE_MATCH=first[1]["ETag"])[0] == 204


@pytest.mark.parametrize(
    "query",
    [
        "amount=1", "currency=HKD", "amount=-1&currency=HKD", "amount=1e3&currency=HKD",
        "amount=NaN&currency=HKD", "amount=Infinity&currency=HKD", "amount=1,000&currency=HKD",
        "amount=&currency=HKD", "amount=1&currency=hkd",
        "amount=%D9%A1&currency=HKD", "amount=" + "9" * 21 + "&currency=HKD", "amount=1.&currency=HKD",
        "asset=usdt", "asset=", "asset=" + "A" * 13, "network=tron", "network=%00", "new_address=1",
        "new_address=True", "new_address=", "account_age_days=-1", "account_age_days=1.5",
        "account_age_days=" + "9" * 7, "age_band=30", "age_band=", "asset=BTC&asset=ETH", "Asset=BTC",
        "asset=BTC%0d%0aX-Y:%20z", "amount=1%20&currency=HKD",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_and_never_guessed(edge: Edge, key: str, query: str) -> None:
    status, headers, body = ask(edge, key, f"region=HK&{query}")
    assert (status, body["code"]) == (400, "bad-query")
    assert headers["Content-Type"].startswith("application/problem+json")


def test_a_window_that_ends_ends_for_every_choice_and_a_clock_that_was_ahead_silences_nothing(
    house: Any, now: Any, key: str
) -> None:
    published(house, now, starts_at=now, ends_at=now + timedelta(hours=1), assets=["BTC"])
    snapshot = read()
    for said in (UNSAID, Situation(asset="BTC")):
        assert answered(snapshot, "HK", "en", now.timestamp() + 3600, said).body is None
        assert answered(snapshot, "HK", "en", now.timestamp() + 3599, said).body is not None
        assert answered(snapshot, "HK", "en", now.timestamp() - 1, said).body is None


CODES = st.frozensets(st.sampled_from("ABCD"), min_size=1)
MONEY = st.tuples(st.decimals("0", "10", places=2), st.sampled_from(["HKD", "USD"]))
BANDS = st.sampled_from(AGE_BANDS[:4])
SAID = st.builds(
    lambda money, **more: Situation(*(money or ()), **more),
    st.none() | MONEY,
    asset=st.none() | st.sampled_from("ABCD"),
    network=st.none() | st.sampled_from("ABCD"),
    new_address=st.none() | st.booleans(),
    account_age_days=st.none() | st.integers(0, 5),
    age_band=st.none() | BANDS,
)
HELD = st.builds(
    Conditions,
    min_amount=st.none() | st.decimals("0", "10", places=2),
    currency=st.sampled_from(["HKD", "USD"]),
    assets=st.none() | CODES,
    networks=st.none() | CODES,
    new_address=st.booleans(),
    account_younger_than_days=st.none() | st.integers(1, 5),
    age_bands=st.none() | st.frozensets(BANDS, min_size=1),
)


@settings(deadline=None)
@given(held=HELD, said=SAID, more=SAID)
def test_to_say_more_never_brings_a_campaign_back(held: Conditions, said: Situation, more: Situation) -> None:
    names = said.__slots__
    both = Situation(
        **{
            name: getattr(said, name) if getattr(said, name) is not None else getattr(more, name)
            for name in names
        }
    )
    if held.rule_out(said):
        assert held.rule_out(both)
    assert not held.rule_out(UNSAID)


def test_choices_are_made_for_each_call_and_none_is_kept() -> None:
    """There are more of them, times regions and languages, than memory."""
    snapshot = snapshot_of(
        *(
            candidate(number, conditions=Conditions(account_younger_than_days=number + 1))
            for number in range(300)
        )
    )
    whole = answered(snapshot, "HK", None, 1.0)
    assert answered(snapshot, "HK", None, 1.0, Situation(account_age_days=0)) is whole
    some = [answered(snapshot, "HK", None, 1.0, Situation(account_age_days=days)) for days in range(1, 300)]
    assert [(each.body or b"").count(b'"publication"') for each in some] == list(range(299, 0, -1))
    assert len({each.body for each in (whole, *some)}) == 300
    held = sum(type(each) is Answer for each in gc.get_objects())
    del some
    gc.collect()
    assert held - sum(type(each) is Answer for each in gc.get_objects()) == 299
