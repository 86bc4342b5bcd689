"""Every view has a door: a permission, or the reason why it needs none. Forgetting one is found here."""

import pytest
import rules

from tests.house.addresses import Address, addresses

# Pages of the sign-in package: they concern the visitor's own account alone, and it guards them itself.
OF_SIGN_IN = {
    "account_login": "whoever signs in is not yet known",
    "account_logout": "ends the visitor's own session",
    "account_reauthenticate": "asks the person who is signed in once more",
    "account_inactive": "tells a person that the account is closed",
    "account_change_password": "the person's own password",
    "account_reset_password": "whoever forgot the password cannot sign in",
    "account_reset_password_done": "says the same for every address",
    "account_reset_password_from_key": "the key in the address is the proof",
    "account_reset_password_from_key_done": "says that it is done",
    "mfa_index": "the person's own second factors",
    "mfa_authenticate": "the second step of signing in",
    "mfa_reauthenticate": "asks the person who is signed in once more",
    "mfa_activate_totp": "enrolment, which must be reachable without a second factor",
    "mfa_deactivate_totp": "the person's own second factor",
    "mfa_view_recovery_codes": "the person's own recovery codes",
    "mfa_generate_recovery_codes": "the person's own recovery codes",
    "mfa_replace_totp": "the person's own second factor",
    "mfa_list_webauthn": "the person's own keys",
    "mfa_add_webauthn": "enrolment, which must be reachable without a second factor",
    "mfa_reauthenticate_webauthn": "asks the person who is signed in once more",
    "mfa_remove_webauthn": "the person's own keys",
    "mfa_edit_webauthn": "the person's own keys",
    "mfa_login_webauthn": "whoever signs in is not yet known",
}

ADDRESSES = addresses()


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.name or address.pattern)
def test_every_view_has_exactly_one_door(address: Address) -> None:
    permission = getattr(address.view, "permission", None)
    reason = getattr(address.view, "public_reason", None)
    if address.name in OF_SIGN_IN:
        assert permission is None
        assert reason is None
        return
    assert (permission is None) != (reason is None), f"{address.pattern} needs @requires or @public"
    if permission is not None:
        assert rules.perm_exists(permission)
        assert getattr(address.view, "login_required", True)
    else:
        assert reason
        assert reason.strip()


def test_every_address_has_a_name_of_its_own() -> None:
    names = [address.name for address in ADDRESSES]
    assert "" not in names
    assert len(names) == len(set(names))


def test_no_exception_outlives_its_page() -> None:
    assert set(OF_SIGN_IN) <= {address.name for address in ADDRESSES}
