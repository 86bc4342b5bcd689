"""The auditor's pages: what is searched is found, what is hostile is harmless, and nobody else gets in."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.audit import record
from portal.audit.search import Search
from portal.kernel.actor import Actor
from portal.models import AuditEvent, User
from tests.people import SYSTEM, House

EVENT = "people.signed_in"


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def person(name: str = "Some One") -> User:
    return User.objects.create_user(f"{uuid4().hex}@bench.example", name=name)


def write(now: datetime, *, actor: Actor = SYSTEM, event: str = EVENT, **more: Any) -> int:
    subject = more.pop("subject", None) or person()
    with transaction.atomic():
        return int(record(event, actor=actor, subject=subject, at=now, **more).seq)


def found(browser: Any, **asked: Any) -> list[int]:
    response = browser.get(reverse("audit-list"), asked)
    assert response.status_code == 200, response.context["form"].errors
    return [row.event.seq for row in response.context["rows"]]


def test_the_newest_act_comes_first(sign_in: Any, house: House, now: Any) -> None:
    newest = write(now)
    assert found(sign_in(house.auditor))[0] >= newest
    numbers = found(sign_in(house.auditor))
    assert numbers == sorted(numbers, reverse=True)


def test_everything_an_auditor_may_search_by(sign_in: Any, house: House, now: Any) -> None:
    officer = Actor(
        kind="person", id=house.officer.id, label="Officer Officer", role=house.officer.role,
        agency_id=house.ours.pk, agency_label="Hong Kong", ip="2001:db8::7", request_id="request-0001",
        session="abcdefabcdefabcd",
    )  # fmt: skip
    thing = person("A thing")
    seq = write(now, actor=officer, subject=thing, why="The hotline is missing: 詐騙熱線 see adcc.gov.hk")
    write(now, why="Something else")
    browser = sign_in(house.auditor)
    user = User.objects.get(pk=house.officer.id)
    for asked in (
        {"event": EVENT, "subject": str(thing.pk)},
        {"kind": "user", "subject": str(thing.pk)},
        {"words": "hotline"},
        {"words": "HOTL missing"},
        {"words": "騙熱"},
        {"words": "詐騙熱線 hotline"},
        {"words": "adcc.gov.hk"},
        {"ip": "2001:db8::7"},
        {"ip": "2001:db8::/32"},
        {"request": "request-0001"},
        {"session": "abcdefabcdefabcd"},
    ):
        assert found(browser, **asked) == [seq], asked
    for asked in (
        {"actor": user.email.upper()},
        {"actor": user.name[:9]},
        {"actor": user.name.upper()},
        {"actor": str(user.pk)},
        {"agency": str(house.ours.pk)},
        {"event": "people."},
    ):
        assert seq in found(browser, **asked), asked
    for asked in (
        {"words": "otline"},
        {"words": "熱騙"},
        {"words": "hotline nothing"},
        {"ip": "2001:db8::8"},
        {"ip": "192.0.2.0/24"},
        {"agency": str(house.other.pk)},
        {"event": "campaigns."},
        {"actor": "nobody by this name"},
        {"session": "abcdefabcdefabc"},
    ):
        assert seq not in found(browser, **asked), asked


def test_days_are_the_readers_days(sign_in: Any, house: House) -> None:
    midnight_in_hong_kong = datetime(2026, 3, 1, 16, tzinfo=UTC)
    before = write(midnight_in_hong_kong - timedelta(seconds=1))
    first = write(midnight_in_hong_kong)
    last = write(midnight_in_hong_kong + timedelta(days=1, microseconds=-1))
    after = write(midnight_in_hong_kong + timedelta(days=1))
    User.objects.filter(pk=house.auditor.id).update(time_zone="Asia/Hong_Kong")
    browser = sign_in(house.auditor)
    assert found(browser, since="2026-03-02", until="2026-03-02") == [last, first]
    assert found(browser, since="2026-03-01", until="2026-03-02") == [last, first, before]
    assert found(browser, until="2026-03-02", since="2026-03-02", event="audit.") == []
    User.objects.filter(pk=house.auditor.id).update(time_zone="UTC")
    assert found(browser, since="2026-03-02", until="2026-03-02") == [after, last]


@pytest.mark.parametrize(
    "asked",
    [
        {"since": "2026-13-45"},
        {"since": "0001-01-01"},
        {"until": "9999-12-31"},
        {"since": "2026-03-02", "until": "2026-03-01"},
        {"ip": "10.0.0.0/33"},
        {"ip": "<script>"},
        {"event": "no.such"},
        {"agency": "x"},
        {"agency": str(uuid4())},
        {"kind": "nothing"},
        {"words": "a\x00b"},
        {"words": "x" * 5000},
        {"actor": "\x00"},
    ],
)
def test_nonsense_is_named_and_finds_nothing(sign_in: Any, house: House, asked: dict[str, str]) -> None:
    response = sign_in(house.auditor).get(reverse("audit-list"), asked)
    assert (response.status_code, response.context["rows"]) == (422, [])
    assert b"error-summary" in response.content


@pytest.mark.parametrize(
    "asked",
    [
        {"words": "'); DROP TABLE portal_auditevent; --"},
        {"words": "a & b | !c <-> (d:* 'e\\"},
        {"words": "— … ・"},
        {"words": "\u202e\u200f\U0001f600"},
        {"actor": "%' OR 1=1 --"},
        {"subject": "' OR ''='"},
        {"before": "-1"},
        {"before": "0"},
        {"before": "9" * 18},
        {"before": "9" * 40},
        {"after": "9" * 18},
        {"before": "x", "after": "y", "size": "0"},
        {"size": "99999999999"},
        {"page": "2"},
    ],
)
def test_hostile_searches_are_only_searches(sign_in: Any, house: House, asked: dict[str, str]) -> None:
    response = sign_in(house.auditor).get(reverse("audit-list"), asked)
    assert response.status_code in (200, 422)
    assert AuditEvent.objects.exists()


def test_one_leafs_through_all_of_it_in_both_directions(sign_in: Any, house: House, now: Any) -> None:
    for _ in range(8):
        write(now)
    browser = sign_in(house.auditor)
    every = list(AuditEvent.objects.order_by("-seq").values_list("seq", flat=True))
    size, read, pages, before = 7, [], [], ""
    while True:
        response = browser.get(reverse("audit-list"), {"size": size, "before": before})
        page = response.context["page"]
        pages.append([event.seq for event in page.rows])
        read += pages[-1]
        if page.older is None:
            break
        before = page.older
    assert read == every
    for number in range(len(pages) - 1, 0, -1):
        page = browser.get(reverse("audit-list"), {"size": size, "after": pages[number][0]}).context["page"]
        assert [event.seq for event in page.rows] == pages[number - 1]
    assert page.newer is None


def test_what_is_rare_is_found_wherever_it_lies(
    sign_in: Any, house: House, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rare = [write(now, why=f"Rare {number}") for number in range(3)]
    for number in range(12):
        write(now, why=f"Common {number}")
    monkeypatch.setattr("portal.ui.pagination.NEAR", 5)
    browser = sign_in(house.auditor)
    assert found(browser, words="rare") == rare[::-1]
    assert found(browser, words="rare", size=2) == rare[:0:-1]
    assert found(browser, words="rare", size=2, before=rare[1]) == rare[:1]
    assert found(browser, words="rare", size=2, after=rare[0] - 1) == rare[1::-1]
    common = found(browser, words="common", size=3)
    assert len(common) == 3
    assert common == sorted(common, reverse=True)


def test_the_list_is_drawn_in_few_queries(sign_in: Any, house: House, now: Any) -> None:
    for number in range(60):
        write(now, why=f"Reason {number}")
    browser = sign_in(house.auditor)
    browser.get(reverse("audit-list"))
    searched = {"words": "reason", "actor": "officer", "agency": str(house.ours.pk), "size": "200"}
    # A name is looked up among people and among clients.
    for asked, most in (({}, 8), (searched, 10)):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert browser.get(reverse("audit-list"), asked).status_code == 200
        own = [query for query in queries if "django_session" not in query["sql"]]
        assert len(own) <= most, [query["sql"][:80] for query in own]


def test_a_row_shows_its_whole_record_and_that_it_holds(sign_in: Any, house: House, now: Any) -> None:
    subject = person()
    seq = write(
        now, subject=subject, why="Because <b>\u202egpj.exe", data={"count": 3},
        before={"role": "officer"}, after={"role": "supervisor"},
    )  # fmt: skip
    write(now)
    response = sign_in(house.auditor).get(reverse("audit-view", args=[seq]))
    row = response.context["row"]
    assert [(change.field, change.before, change.after) for change in row.changes] == [
        ("role", "officer", "supervisor")
    ]
    text = response.content.decode()
    assert "Because &lt;b&gt;⟨U+202E⟩gpj.exe" in text
    assert row.event.hash in text and row.event.previous_hash in text
    context = response.context
    assert (context["sealed"].fits, context["follows"], context["followed"]) == (True, True, True)


def test_the_first_and_the_newest_row_have_one_neighbour(sign_in: Any, house: House) -> None:
    browser = sign_in(house.auditor)
    first = browser.get(reverse("audit-view", args=[1])).context
    assert (first["before"], first["follows"], first["followed"]) == (None, True, True)
    newest = AuditEvent.objects.order_by("-seq").first()
    assert newest is not None
    last = browser.get(reverse("audit-view", args=[newest.seq])).context
    assert (last["after"], last["follows"], last["followed"]) == (None, True, True)


@pytest.mark.parametrize("seq", [0, 10**6, 10**40])
def test_a_row_that_is_not_there_is_not_found(sign_in: Any, house: House, seq: int) -> None:
    assert sign_in(house.auditor).get(f"/audit/{seq}/").status_code == 404


def test_an_act_links_to_its_thing_for_who_may_open_it(sign_in: Any, house: House) -> None:
    seq = AuditEvent.objects.filter(subject_type="agency").values_list("seq", flat=True)[0]
    row = sign_in(house.auditor).get(reverse("audit-view", args=[seq])).context["row"]
    assert row.link == reverse("agencies-view", args=[row.event.subject_id])


@pytest.mark.parametrize("who", ["officer", "supervisor", "outsider", "reviewer", "analyst"])
@pytest.mark.parametrize("name", ["audit-list", "audit-heads", "audit-verify", "audit-export"])
def test_nobody_but_auditor_and_lead_reads_the_trail(sign_in: Any, house: House, who: str, name: str) -> None:
    assert sign_in(getattr(house, who)).get(reverse(name)).status_code == 403


def test_the_lead_reads_and_does_not_export(sign_in: Any, house: House) -> None:
    browser = sign_in(house.lead)
    page = browser.get(reverse("audit-list"))
    assert page.status_code == 200
    assert reverse("audit-export") not in page.content.decode()
    assert browser.get(reverse("audit-export")).status_code == 403
    assert browser.post(reverse("audit-export"), {"format": "csv"}).status_code == 403


def test_a_search_says_the_same_when_it_was_kept(now: Any) -> None:
    search = Search(
        event="people.", since=now, until=now + timedelta(days=1), ip="192.0.2.0/24", words="a 漢"
    )
    assert Search.from_json(search.as_json()) == search
