"""A campaign's frozen form from a stranger: refused whole, or a draft that says what it said."""

import json
from copy import deepcopy
from typing import Any

import pytest

from campaigns.authoring.copies import duplicate, take_in
from campaigns.authoring.flows import submit
from campaigns.models import Campaign
from campaigns.review.flows import approve, reject
from portal.kernel.errors import Forbidden, Invalid, WrongState
from portal.models import AuditEvent
from tests.campaigns.warnings import drafted, published, submitted
from tests.portal.standing.stopping import person_suspended

pytestmark = pytest.mark.django_db

DEEP = "[" * 900 + "]" * 900
WRONG: list[Any] = [
    None, True, 0, -1, 1.5, 10**30, "", "x", "\u0000", "\ud800", [], ["x"], [None], {}, {"x": 1}, [[]], [{}],
    json.loads(DEEP),
]  # fmt: skip


def frozen(house: Any, now: Any) -> dict[str, Any]:
    return json.loads(json.dumps(submitted(house, now, only_new_address=True).content))


def places(value: Any, path: tuple[Any, ...] = ()) -> Any:
    """Every place of the file where something stands."""
    if path:
        yield path
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, held in entries:
        yield from places(held, (*path, key))


def with_value(content: Any, path: tuple[Any, ...], value: Any) -> bytes:
    spoilt = deepcopy(content)
    holder = spoilt
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return json.dumps(spoilt).encode()


def test_any_wrong_value_at_any_place_is_refused_in_words_or_is_harmless(house: Any, now: Any) -> None:
    content = frozen(house, now)
    content["conditions"] = {
        "min_amount": {"value": "500.00", "currency": "HKD"}, "assets": ["BTC"], "networks": ["BTC"],
        "age_bands": ["65_plus"], "account_younger_than_days": 30, "new_address": True,
    }  # fmt: skip
    content["showing"] = {"at_most": 1, "per_days": 7}
    refusals = 0
    for path in [each for each in places(content) if each[:2] != ("texts", "zh-Hant")]:
        for value in WRONG:
            try:
                take_in(with_value(content, path, value), actor=house.officer, now=now)
            except Invalid as refused:
                refusals += 1
                "".join(str(text) for texts in refused.errors.values() for text in texts).encode()
    assert refusals > 500


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("regions",), "HK"), (("conditions",), {"assets": "BTC"}), (("conditions",), {"assets": {"BTC": 1}}),
        (("conditions",), {"account_younger_than_days": "30"}), (("priority",), True), (("priority",), -1),
        (("priority",), "50"), (("texts", "en", "tips"), {"a": 1}), (("scam_type",), ["investment"]),
        (("texts", "en", "resources", 0, "languages"), "en"), (("default_language",), "ZH-HANT"),
        (("regions",), ["hk"]), (("regions",), ["XX"]), (("regions",), []),
        (("regions",), ["HK", "XX"] * 10_000),
        (("window", "starts_at"), "0001-01-01T00:00:00+14:00"),
        (("window", "starts_at"), "1999-12-31T23:59:59Z"),
        (("window", "ends_at"), "9999-12-31T23:59:59-14:00"), (("window", "ends_at"), "2101-01-01T00:00:00Z"),
        (("window", "time_zone"), "Mars/Olympus"), (("window", "time_zone"), "../../etc/passwd"),
        (("showing",), {"at_most": 1e400, "per_days": 1}), (("priority",), 1e400),
        (("priority",), float("nan")),
        (("conditions",), {"min_amount": {"value": "sNaN", "currency": "HKD"}}),
        (("conditions",), {"min_amount": {"value": "Infinity", "currency": "HKD"}}),
        (("conditions",), {"min_amount": {"value": "1e999999", "currency": "HKD"}}),
        (("conditions",), {"min_amount": {"value": "1e-999999", "currency": "HKD"}}),
        (("texts", "en", "resources", 0, "url"), "javascript:alert(1)"),
        (("texts", "en", "resources", 0, "url"), "data:text/html,<script>alert(1)</script>"),
        (("texts", "en", "resources", 0, "url"), "//evil.example"),
        (("texts", "en", "resources", 0, "url"), " javascript:alert(1)"),
        (("texts", "en", "resources", 0, "phone"), "18222\r\nBcc: a@b.example"),
        (("texts", "en", "body"), "x" * 1_000_000), (("texts", "en", "body"), "\u202e18222"),
        (("texts", "en", "headline"), "\ufffe"), (("texts", "en", "headline"), "\x9b31m"),
    ],
)  # fmt: skip
def test_what_only_looks_like_the_right_kind_is_refused(house: Any, now: Any, path: Any, value: Any) -> None:
    content = frozen(house, now)
    if "resources" in path:
        for words in content["texts"].values():
            words["resources"][0][path[-1]] = value
    before = Campaign.objects.count()
    with pytest.raises(Invalid):
        take_in(with_value(content, path, value), actor=house.officer, now=now)
    assert Campaign.objects.count() == before


@pytest.mark.parametrize(
    "content",
    [
        b'{"form": 2, "form": 2}', b'{"form": NaN}', b'{"form": Infinity}', b'{"form": 1e999}',
        b'{"form": 2, "texts": {"en": {"headline": "\\ud800"}}}', b"1" * 5_000, DEEP.encode() * 3,
        b'{"form": 2, "texts": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001,
    ],
)  # fmt: skip
def test_what_two_programs_would_read_differently_is_no_json(house: Any, now: Any, content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        take_in(content, actor=house.officer, now=now)
    assert list(refused.value.errors) == ["file"]


def test_a_list_of_names_in_a_file_reaches_neither_trail_nor_page_unread(house: Any, now: Any) -> None:
    content = frozen(house, now) | {"campaign": "\x00<script>"}
    taken = take_in(json.dumps(content).encode(), actor=house.officer, now=now)
    event = AuditEvent.objects.get(event="campaigns.created", subject_id=str(taken.pk))
    assert event.data["taken_in"] == ""


def test_a_working_title_is_one_line_whatever_the_headline_is(house: Any, now: Any) -> None:
    content = frozen(house, now)
    for words in content["texts"].values():
        words["headline"] = "Stop:\r\nSubject: another\u2028line"
    taken = take_in(json.dumps(content).encode(), actor=house.officer, now=now)
    assert taken.title == "Stop: Subject: another line"


def test_whoever_wrote_a_campaign_does_not_approve_its_copy_nor_what_comes_back_of_it(
    house: Any, now: Any
) -> None:
    first = drafted(house, now)
    version = submit(first.pk, actor=house.supervisor, now=now, seen_revision=1)
    for copy in (
        duplicate(first.pk, actor=house.second_officer, now=now),
        take_in(json.dumps(version.content).encode(), actor=house.second_officer, now=now),
    ):
        assert {each.person_id for each in copy.contributions.all()} == {
            house.officer.person_id, house.supervisor.person_id, house.second_officer.person_id,
        }  # fmt: skip
        again = submit(copy.pk, actor=house.second_officer, now=now, seen_revision=copy.revision)
        with pytest.raises(Forbidden):
            approve(copy.pk, actor=house.supervisor, now=now, version_id=again.pk, sha256=again.sha256)


def test_nothing_leaves_quarantine_as_a_copy(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    person_suspended(house, now)
    with pytest.raises(WrongState) as refused:
        duplicate(campaign.pk, actor=house.second_officer, now=now)
    assert refused.value.code == "quarantined"
    assert Campaign.objects.count() == 1


def test_what_was_rejected_is_copied_as_a_draft_with_its_authors(house: Any, now: Any) -> None:
    version = submitted(house, now)
    reject(
        version.campaign_id, actor=house.supervisor, now=now, version_id=version.pk, sha256=version.sha256,
        reasons=["generic"], comment="No.",
    )  # fmt: skip
    copy = duplicate(version.campaign_id, actor=house.second_officer, now=now)
    assert copy.contributions.count() == 2
    assert published(house, now).campaign.pk != copy.pk
