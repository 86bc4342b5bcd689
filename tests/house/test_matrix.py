"""Every view × every role: what each person gets at each address, stated and then tried.

A new address is missing from the table and fails until its row is written. The campaign is in compliance
review, the case request in triage; both are of the agency "ours". A 409 is a person who may do this, but
not to a thing in this state. Views that only take a POST get one, with what their form sends.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client as Browser
from django.urls import reverse

from campaigns.bulk.flows import take_up
from campaigns.review.flows import recall
from campaigns.review.remarks import remark
from portal.agencies.application.status import status_path
from portal.kernel.actor import Actor
from portal.models import Membership
from tests.campaigns.warnings import approved_by_agency, drafted, published
from tests.casesupport.cases import claimed
from tests.clients import make_client
from tests.house.addresses import addresses
from tests.house.matrix import COLUMNS, INSIDE, OPEN, expected, rows
from tests.people import House, open_session
from tests.portal.agencies.application.applying import linked, sent
from tests.portal.agencies.tries import tries_of
from tests.portal.audittries import audit_tries
from tests.portal.roster.tries import roster_tries
from tests.portal.standing.stopping import suspended_officer


@dataclass(frozen=True, slots=True)
class Try:
    """How an address is asked."""

    arguments: dict[str, Any] = field(default_factory=dict)
    post: dict[str, Any] | None = None  # a GET where None
    query: str = ""


@pytest.fixture
def tries(house: House, now: Any) -> Callable[[str], Try]:
    version = approved_by_agency(house, now)
    gone = published(house, now, title="Recalled").publication
    recall(gone.campaign_id, actor=house.supervisor, now=now, why="test")
    case_request = claimed(house, now)
    document = case_request.documents.get()
    applied = sent(now)
    colleague = Membership.objects.get(user_id=house.second_officer.person_id)
    stopped = suspended_officer(house, now)
    key = Authenticator.objects.create(  # of none of those who try
        user=stopped.membership.user, type=Authenticator.Type.WEBAUTHN, data={}
    )
    campaign = {"campaign_id": version.campaign_id}
    english = campaign | {"language": "en"}
    taken_up = take_up(
        drafted(house, now, title="Still written").pk, actor=house.officer, now=now, language="en",
        file=ContentFile(b"id\n", name="english.csv"),
    )  # fmt: skip
    file = {"import_id": taken_up.pk}
    request = {"request_id": case_request.pk}
    paper = request | {"document_id": document.pk}
    api_key, _ = make_client("withdrawals", ["campaigns:read"], now=now)
    api_client = {"client_id": api_key.client_id}
    seen = {"version": str(version.pk), "sha256": version.sha256}
    thread = remark(
        version.campaign_id, actor=house.reviewer, now=now, version_id=version.pk, language="en",
        place="headline", body="Which group?",
    )  # fmt: skip
    refusing = seen | {"reasons": ["generic"], "comment": "Name the group."}
    by_room = tries_of(house, now) | audit_tries(house, now) | roster_tries(house, now)
    special = {name: Try(*how) for name, how in by_room.items()} | {
        "campaigns-withdraw": Try(campaign, {}),
        "campaigns-create-keep": Try(post={"title": "Fake jobs"}),
        "campaigns-create-forget": Try(post={}),
        "campaigns-create-look": Try(post={}),
        "campaigns-keep": Try(campaign, {"title": "Fake jobs"}),
        "campaigns-forget": Try(campaign, {}),
        "campaigns-look": Try(campaign, {}),
        "campaigns-marks": Try(),
        "campaigns-take-in": Try(),
        "campaigns-library": Try(),
        "campaigns-template": Try({"scam_type": "romance"}),
        "campaigns-begin": Try({"scam_type": "romance"}, {}),
        "campaigns-duplicate": Try(campaign, {}),
        "campaigns-archive": Try(campaign, {}),
        "campaigns-unarchive": Try(campaign, {}),
        "campaigns-translate": Try(english),
        "campaigns-review-translation": Try(english, {}),
        "campaigns-export-translation": Try(english | {"kind": "xlsx"}),
        "campaigns-take-up": Try(english),
        "campaigns-import": Try(file),
        "campaigns-import-apply": Try(file, {}),
        "campaigns-import-drop": Try(file, {}),
        "marks-view": Try({"sha256": "0" * 64}),
        "public-region": Try({"region": "HK"}),
        "public-page": Try({"region": "HK", "language": "en"}),
        "cap-feed": Try({"region": "HK"}),
        "cap-alert": Try({"publication_id": version.pk}),
        "cap-cancel": Try({"publication_id": version.pk}),
        "campaigns-recalled": Try({"campaign_id": gone.campaign_id, "publication_id": gone.pk}),
        "campaigns-revise": Try(campaign, {}),
        "campaigns-approve": Try(campaign, seen),
        "campaigns-queue": Try(),
        "campaigns-claim": Try(campaign, seen),
        "campaigns-unclaim": Try(campaign, {}),
        "campaigns-remark": Try(campaign, seen | {"language": "en", "place": "body", "body": "Which group?"}),
        "campaigns-answer": Try({"remark_id": thread.pk}, {"body": "The one on the list."}),
        "campaigns-settle": Try({"remark_id": thread.pk}, {}),
        "campaigns-return": Try(campaign, refusing),
        "campaigns-reject": Try(campaign, refusing),
        "clients-list": Try(),
        "clients-register": Try(),
        "clients-rotate": Try(api_client | {"key_id": api_key.pk}),
        "clients-revoke": Try(api_client | {"key_id": api_key.pk}),
        "requests-claim": Try(request, {}),
        "requests-attach": Try(request, {}),
        "requests-document": Try(paper),
        "requests-detach": Try(paper, {}),
        "api:events": Try(post={}),
        "api:active": Try(query="?region=HK"),
        "api:fragment": Try(query="?region=HK"),
        "api:acks": Try(post={}),
        "api:publication": Try({"publication_id": gone.pk}),
        "demo-withdrawal-outcome": Try(post={}),
        "demo-withdrawal-report": Try(post={}),
        "set_language": Try(post={"language": "en"}),
        "account_reset_password_from_key": Try({"uidb36": "1", "key": "1-1"}),
        "agencies-apply-part": Try({"code": "agency"}),
        "agencies-apply-detach": Try({"document_id": document.pk}, {}),
        "agencies-apply-confirm": Try({"token": linked(applied)}),
        "agencies-apply-resend": Try({"token": status_path(applied.pk).split("/")[-2]}, {}),
        "agencies-apply-status": Try({"token": status_path(applied.pk).split("/")[-2]}),
        "agencies-openid": Try({"agency_id": house.ours.pk}),
        "agencies-openid-remove": Try({"agency_id": house.ours.pk}, {"why": "test"}),
        "openid_connect_callback": Try({"provider_id": house.ours.pk}),
        "sessions-end": Try({"trail": "0" * 16}, {}),
        "sessions-end-others": Try(post={}),
        "proof-waiting": Try({"number": "gone"}),
        "agencies-suspend": Try({"agency_id": house.ours.pk}),
        "agencies-reinstate": Try({"agency_id": house.ours.pk}),
        "agencies-lapse": Try({"agency_id": house.ours.pk}),
        "people-suspend": Try({"membership_id": colleague.pk}),
        "people-reinstate": Try({"membership_id": colleague.pk}),
        "suspensions-view": Try({"suspension_id": stopped.pk}),
        "quarantine-release": Try(post={"kind": "campaigns"}),
        "mfa_remove_webauthn": Try({"pk": key.pk}),
        "mfa_edit_webauthn": Try({"pk": key.pk}),
    }

    def tried(name: str) -> Try:
        if name in special:
            return special[name]
        if name.startswith("clients-"):
            return Try(api_client)
        with_object = name.startswith(("campaigns-", "requests-")) and name.rpartition("-")[2] not in (
            "list", "create", "new",
        )  # fmt: skip
        return Try((campaign if name.startswith("campaigns-") else request) if with_object else {})

    return tried


def enter(actor: Actor, *, enrolled: bool) -> Browser:
    browser = Browser()
    open_session(browser, actor, enrolled=enrolled)
    return browser


def outcome(response: Any) -> str:
    """The status, or where somebody without a proof is sent to give it."""
    if response.status_code == 302:
        place = response["Location"].partition("?")[0]
        return {
            reverse("account_login"): "login",
            reverse("mfa_activate_totp"): "enrol",
            reverse("account_reauthenticate"): "proof",
            reverse("mfa_reauthenticate"): "proof",
        }.get(place, "302")
    if response.status_code == 403 and b"You are signed out" in response.content:
        return "login"  # a form, whose words are shown once more instead of being lost
    return str(response.status_code)


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def test_the_table_names_every_address_and_no_other() -> None:
    stated = [*rows(INSIDE), *rows(OPEN)]
    assert sorted(stated) == sorted(address.name for address in addresses())


def browser_of(who: str, house: House) -> Browser:
    if who == "stranger":
        return Browser()
    if who == "newcomer":
        return enter(house.second_officer, enrolled=False)
    return enter(getattr(house, who), enrolled=True)


@pytest.mark.parametrize("who", ["stranger", "newcomer", *COLUMNS])
def test_each_person_gets_what_the_table_says(who: str, house: House, tries: Callable[[str], Try]) -> None:
    browser = browser_of(who, house)
    got = {}
    for address in addresses():
        way = tries(address.name)
        url = reverse(address.name, kwargs=way.arguments) + way.query
        with transaction.atomic():  # what one address does, the next must not find done
            if way.post is None:
                response = browser.get(url)
            elif address.name.startswith("api:"):
                response = browser.post(url, way.post, content_type="application/json")
            else:
                response = browser.post(url, way.post)
            got[address.name] = outcome(response)
            transaction.set_rollback(True)
    stated = expected(who)
    assert {name: (got[name], stated.get(name)) for name in got if got[name] != stated.get(name)} == {}


SHUT = {"login", "enrol", "403", "404"}


@pytest.mark.parametrize("who", ["stranger", "newcomer", "outsider", "other_supervisor"])
def test_what_is_shut_to_one_verb_is_shut_to_all(who: str, house: House, tries: Callable[[str], Try]) -> None:
    """A form is not open to whom its page is shut, and a verb that nobody thought of opens nothing."""
    browser = browser_of(who, house)
    stated = expected(who)
    opened = {}
    for name in [name for name in rows(INSIDE) if stated[name] in SHUT]:
        way = tries(name)
        url = reverse(name, kwargs=way.arguments) + way.query
        for verb in ("get", "head", "post", "put", "patch", "delete", "options"):
            given = {"data": way.post or {}} if verb == "post" else {}
            with transaction.atomic():
                response = getattr(browser, verb)(url, **given)
                transaction.set_rollback(True)
            told_the_verbs = verb == "options" and not response.content
            if outcome(response) not in SHUT | {"405"} and not told_the_verbs:
                opened[name, verb] = outcome(response)
    assert opened == {}
