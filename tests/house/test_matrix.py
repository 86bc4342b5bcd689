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
from django.db import transaction
from django.test import Client as Browser
from django.urls import reverse

from portal.agencies.application.status import status_path
from portal.kernel.actor import Actor
from portal.models import Membership
from tests.campaigns.warnings import approved_by_agency
from tests.casesupport.cases import claimed
from tests.clients import make_client
from tests.house.addresses import addresses
from tests.people import House, open_session
from tests.portal.agencies.application.applying import linked, sent
from tests.portal.agencies.tries import tries_of
from tests.portal.audittries import audit_tries
from tests.portal.roster.tries import roster_tries
from tests.portal.standing.stopping import suspended_officer

COLUMNS = ("officer", "supervisor", "outsider", "reviewer", "analyst", "lead", "auditor")

# Whoever is signed in. A stranger is sent to sign in, a newcomer to enrol a second factor first.
#                           officer supervisor outsider reviewer analyst lead auditor
INSIDE = """
home                        200     200        200      200      200     200  200
audit-list                  403     403        403      403      403     200  200
audit-view                  403     403        403      403      403     200  200
audit-heads                 403     403        403      403      403     200  200
audit-head                  403     403        403      403      403     200  200
audit-verify                403     403        403      403      403     200  200
audit-check                 403     403        403      403      403     200  200
audit-export                403     403        403      403      403     403  200
audit-exported              403     403        403      403      403     403  200
audit-download              403     403        403      403      403     403  200

roster-list                 403     200        403      403      403     200  200
roster-export               403     200        403      403      403     200  200
roster-invite               403     200        403      403      403     200  403
roster-attest               403     200        403      403      403     200  403
roster-confirm-invitation   403     200        403      200      403     200  403
roster-revoke-invitation    403     200        403      200      403     200  403
roster-resend               403     302        403      302      403     302  403
roster-propose-role         403     200        403      200      403     200  403
roster-confirm-role         403     200        403      200      403     200  403
roster-decline-role         403     200        403      200      403     200  403
roster-depart               403     200        403      200      403     200  403
agency-roster-list          403     200        403      200      403     200  200
agency-roster-export        403     200        403      200      403     200  200
agency-roster-invite        403     200        403      200      403     200  403
agency-roster-attest        403     200        403      200      403     200  403

campaigns-list              200     200        200      200      403     200  200
campaigns-create            200     200        200      403      403     403  403
campaigns-view              200     200        404      200      403     200  200
campaigns-edit              409     409        404      403      403     403  403
campaigns-preview           200     200        404      200      403     200  200
campaigns-submit            409     409        404      403      403     403  403
campaigns-withdraw          302     302        404      403      403     403  403
campaigns-revise            409     409        404      403      403     403  403
campaigns-review            403     200        403      200      403     200  403
campaigns-approve           403     403        403      302      403     302  403
campaigns-return            403     403        403      302      403     302  403
campaigns-reject            403     403        403      302      403     302  403
campaigns-recall            403     409        403      409      403     409  403
campaigns-release           403     403        403      409      403     409  403
campaigns-discard           403     403        403      409      403     409  403

requests-list               200     200        200      403      200     200  200
requests-new                200     200        200      403      403     403  403
requests-view               200     200        404      404      200     200  200
requests-edit               409     409        404      403      403     403  403
requests-submit             409     409        404      403      403     403  403
requests-submitted          200     200        404      404      200     200  200
requests-cosign             403     409        403      403      403     403  403
requests-withdraw           200     200        404      403      403     403  403
requests-answer             409     409        404      403      403     403  403
requests-release            403     403        403      403      403     409  403
requests-discard            403     403        403      403      403     409  403
requests-claim              403     403        403      403      409     409  403
requests-ask                403     403        403      403      200     200  403
requests-decide             403     403        403      403      200     200  403
requests-attach             409     409        404      403      403     403  403
requests-document           200     200        404      404      200     200  200
requests-detach             409     409        404      403      403     403  403

agencies-list               403     403        403      200      200     200  200
agencies-view               200     200        404      200      200     200  200
agencies-vetting            403     403        403      200      403     200  200
agencies-vet                403     403        403      409      403     409  403
agencies-approve            403     403        403      200      403     200  403
agencies-refuse             403     403        403      200      403     200  403
agencies-ask                403     403        403      302      403     302  403
agencies-renew              403     403        403      409      403     409  403
agencies-challenge          403     403        403      200      403     200  403
agencies-call-back          403     403        403      200      403     200  403
agencies-judge              403     403        403      200      403     200  403
agencies-read-document      403     403        403      200      403     200  200
agencies-answer-flag        403     403        403      200      403     200  403
agencies-recompute          403     403        403      302      403     302  403
agencies-openid             403     403        403      403      403     200  200
agencies-openid-remove      403     403        403      403      403     404  403

clients-list                403     403        403      403      403     200  200
clients-view                403     403        403      403      403     200  200
clients-register            403     403        403      403      403     200  403
clients-edit                403     403        403      403      403     200  403
clients-issue               403     403        403      403      403     200  403
clients-rotate              403     403        403      403      403     200  403
clients-revoke              403     403        403      403      403     200  403
clients-close               403     403        403      403      403     200  403

agencies-suspend            403     403        403      200      403     200  403
agencies-reinstate          403     403        403      409      403     409  403
agencies-lapse              403     403        403      200      403     200  403
people-suspend              403     200        403      200      403     200  403
people-reinstate            403     409        403      409      403     409  403
suspensions-view            403     200        403      200      403     200  200
quarantine-list             403     403        403      200      403     200  200
quarantine-release          403     403        403      422      403     422  403

# One's own account: the same for every role. These people have no factor yet that could be shown or removed.
account_reauthenticate      200
account_change_password     200
sessions-list               200
sessions-end                404
sessions-end-others         302
sessions-disown             200
sessions-kept               302
sessions-alive              204
proof-waiting               302
mfa_index                   200
mfa_reauthenticate          proof
mfa_activate_totp           200
mfa_deactivate_totp         404
mfa_view_recovery_codes     404
mfa_generate_recovery_codes 200
mfa_replace_totp            enrol
mfa_list_webauthn           200
mfa_add_webauthn            200
mfa_reauthenticate_webauthn proof
mfa_remove_webauthn         404
mfa_edit_webauthn           404
"""

# Open to everyone, and the same for everyone unless a second column says what the signed in get.
#                                        stranger  signed in
OPEN = """
front                                    200       302
set_language                             302
signing-keys                             200
livez                                    200
readyz                                   503
api:openapi-json                         200
api:api-root                             404
api:active                               401
api:events                               401
demo-withdrawal                          200
demo-withdrawal-outcome                  400
agencies-confirm                         404
agencies-apply                           200
agencies-apply-part                      200
agencies-apply-check                     302
agencies-apply-sent                      302
agencies-apply-detach                    404
agencies-apply-confirm                   200
agencies-apply-status                    200
account_login                            200       302
account_inactive                         200
account_invitation                       200
account_logout                           302       200
account_reset_password                   200
account_reset_password_done              200
account_reset_password_from_key          200
account_reset_password_from_key_done     200
account_agency                           200       302
openid_connect_callback                  404
mfa_authenticate                         login     302
mfa_login_webauthn                       login      302
"""


def rows(table: str) -> dict[str, list[str]]:
    lines = [line.split() for line in table.splitlines() if line.strip() and not line.startswith("#")]
    return {name: outcomes for name, *outcomes in lines}


# A newcomer is let through to enrolment, and to what enrolment needs.
NEWCOMER = {
    "mfa_activate_totp": "proof",
    "mfa_add_webauthn": "proof",
    "mfa_index": "200",
    "account_reauthenticate": "200",
}


def expected(who: str) -> dict[str, str]:
    """What `who` gets at every address."""
    inside, everyone = rows(INSIDE), rows(OPEN)
    if who == "stranger":
        return dict.fromkeys(inside, "login") | {name: each[0] for name, each in everyone.items()}
    signed_in = {name: each[-1] for name, each in everyone.items()}
    if who == "newcomer":
        return dict.fromkeys(inside, "enrol") | NEWCOMER | signed_in
    own = {name: each[COLUMNS.index(who) if len(each) > 1 else 0] for name, each in inside.items()}
    return own | signed_in


@dataclass(frozen=True, slots=True)
class Try:
    """How an address is asked."""

    arguments: dict[str, Any] = field(default_factory=dict)
    post: dict[str, Any] | None = None  # a GET where None
    query: str = ""


@pytest.fixture
def tries(house: House, now: Any) -> Callable[[str], Try]:
    version = approved_by_agency(house, now)
    case_request = claimed(house, now)
    document = case_request.documents.get()
    key = Authenticator.objects.create(
        user_id=house.other_supervisor.person_id, type=Authenticator.Type.WEBAUTHN, data={}
    )
    applied = sent(now)
    colleague = Membership.objects.get(user_id=house.second_officer.person_id)
    stopped = suspended_officer(house, now)
    campaign = {"campaign_id": version.campaign_id}
    request = {"request_id": case_request.pk}
    paper = request | {"document_id": document.pk}
    api_key, _ = make_client("withdrawals", ["campaigns:read"], now=now)
    api_client = {"client_id": api_key.client_id}
    seen = {"version": str(version.pk), "sha256": version.sha256}
    refusing = seen | {"reasons": ["generic"], "comment": "Name the group."}
    by_room = tries_of(house, now) | audit_tries(house, now) | roster_tries(house, now)
    special = {name: Try(*how) for name, how in by_room.items()} | {
        "campaigns-withdraw": Try(campaign, {}),
        "campaigns-revise": Try(campaign, {}),
        "campaigns-approve": Try(campaign, seen),
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
        "demo-withdrawal-outcome": Try(post={}),
        "set_language": Try(post={"language": "en"}),
        "account_reset_password_from_key": Try({"uidb36": "1", "key": "1-1"}),
        "agencies-apply-part": Try({"code": "agency"}),
        "agencies-apply-detach": Try({"document_id": document.pk}, {}),
        "agencies-apply-confirm": Try({"token": linked(applied)}),
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


@pytest.mark.parametrize("who", ["stranger", "newcomer", *COLUMNS])
def test_each_person_gets_what_the_table_says(who: str, house: House, tries: Callable[[str], Try]) -> None:
    if who == "stranger":
        browser = Browser()
    elif who == "newcomer":
        browser = enter(house.second_officer, enrolled=False)
    else:
        browser = enter(getattr(house, who), enrolled=True)
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
