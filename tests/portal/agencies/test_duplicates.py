"""An agency that is here already is recognised by what it shares."""

from typing import Any

import pytest

from portal.agencies.duplicates import number_of, of
from portal.models import Agency
from tests.people import make_agency

pytestmark = pytest.mark.django_db


@pytest.fixture
def force(now: Any) -> Agency:
    return make_agency("city-police", now=now, domain="police.example")


def other(now: Any, **changes: Any) -> Agency:
    """An agency that shares nothing, but for what is given."""
    given = {"slug": "coast-guard", "country": "SE", "regions": ("SE",), "domain": "coast.example"}
    agency = make_agency(
        now=now, **given | {name: changes.pop(name) for name in list(changes) if name in given}
    )
    plain = {"name_zh_hant": None, "switchboard": "114 14"} | changes
    Agency.objects.filter(pk=agency.pk).update(**plain)
    agency.refresh_from_db()
    return agency


def codes(agency: Agency) -> list[list[str]]:
    return [[reason.code for reason in each.reasons] for each in of(agency)]


def test_strangers_share_nothing(force: Agency, now: Any) -> None:
    other(now)
    assert of(force) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"domain": "police.example"}, "domain"),
        ({"domain": "mail.police.example"}, "related-domain"),
        ({"switchboard": "00852 / 2860-2000", "country": "SE"}, "switchboard"),
        ({"switchboard": "+85228602000"}, "switchboard"),
        ({"name_en": "The City Police"}, "name"),
        ({"name_sv": "ＣＩＴＹ police"}, "name"),
        ({"name_en": "Citý Pólice"}, "name"),
        ({"name_en": "Сіtу Роlісе"}, "name"),  # half of it Cyrillic
        ({"name_zh_hant": "測試警隊"}, "name"),
        ({"country": "HK", "regions": ("HK",)}, "place"),
    ],
)
def test_what_is_shared_is_the_reason(force: Agency, now: Any, changes: dict[str, Any], code: str) -> None:
    twin = other(now, **changes)
    assert codes(force) == [[code]] == codes(twin)
    assert [each.agency for each in of(force)] == [twin]


def test_two_short_numbers_of_two_countries_are_two_numbers(force: Agency, now: Any) -> None:
    Agency.objects.filter(pk=force.pk).update(switchboard="999")
    force.refresh_from_db()
    other(now, switchboard="999")
    assert of(force) == []


@pytest.mark.parametrize("switchboard", ["", "Delegacia Virtual", "#", "x" * 40, "٠١٢٣٤٥"])
def test_what_is_no_number_is_compared_with_nothing(force: Agency, now: Any, switchboard: str) -> None:
    Agency.objects.update(switchboard=switchboard)
    force.refresh_from_db()
    assert isinstance(number_of(force), str)
    other(now, switchboard="114 14")
    assert of(force) == []


def test_the_most_alike_comes_first(force: Agency, now: Any) -> None:
    near = other(now, slug="aaa", country="HK", regions=("HK",))
    same = other(now, slug="zzz", domain="police.example", country="HK", regions=("HK",))
    assert [each.agency for each in of(force)] == [same, near]
    assert codes(force) == [["domain", "place"], ["place"]]


def test_many_agencies_are_one_query(force: Agency, now: Any, django_assert_num_queries: Any) -> None:
    for number in range(25):
        other(now, slug=f"near-{number}", domain=f"near{number}.example", country="HK", regions=("HK",))
    with django_assert_num_queries(1):
        assert len(of(force)) == 20
