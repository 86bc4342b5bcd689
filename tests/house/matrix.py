"""Every view × every role: what each person gets at each address, as stated. test_matrix.py tries it."""

# The outsider is an officer of another agency; the other one is that agency's supervisor.
COLUMNS = ("officer", "supervisor", "outsider", "other_supervisor", "reviewer", "analyst", "lead", "auditor")

# Whoever is signed in. A stranger is sent to sign in, a newcomer to enrol a second factor first.
#                           officer supervisor outsider other reviewer analyst lead auditor
INSIDE = """
home                        200     200        200      200   200      200     200  200
audit-list                  403     403        403      403   403      403     200  200
audit-view                  403     403        403      403   403      403     200  200
audit-heads                 403     403        403      403   403      403     200  200
audit-head                  403     403        403      403   403      403     200  200
audit-verify                403     403        403      403   403      403     200  200
audit-check                 403     403        403      403   403      403     200  200
audit-export                403     403        403      403   403      403     403  200
audit-exported              403     403        403      403   403      403     403  200
audit-download              403     403        403      403   403      403     403  200

roster-list                 403     200        403      200   403      403     200  200
roster-export               403     200        403      200   403      403     200  200
roster-invite               403     200        403      200   403      403     200  403
roster-attest               403     200        403      200   403      403     200  403
roster-confirm-invitation   403     200        403      404   200      403     200  403
roster-revoke-invitation    403     200        403      404   200      403     200  403
roster-resend               403     302        403      404   302      403     302  403
roster-propose-role         403     200        403      404   200      403     200  403
roster-confirm-role         403     200        403      404   200      403     200  403
roster-decline-role         403     200        403      404   200      403     200  403
roster-depart               403     200        403      404   200      403     200  403
agency-roster-list          403     200        403      404   200      403     200  200
agency-roster-export        403     200        403      404   200      403     200  200
agency-roster-invite        403     200        403      404   200      403     200  403
agency-roster-attest        403     200        403      404   200      403     200  403

campaigns-list              200     200        200      200   200      403     200  200
campaigns-create            200     200        200      200   403      403     403  403
campaigns-create-keep       200     200        200      200   403      403     403  403
campaigns-create-forget     302     302        302      302   403      403     403  403
campaigns-create-look       200     200        200      200   403      403     403  403
campaigns-keep              200     200        404      404   403      403     403  403
campaigns-forget            302     302        404      404   403      403     403  403
campaigns-look              200     200        404      404   403      403     403  403
campaigns-marks             200     200        200      200   403      403     403  403
campaigns-take-in           200     200        200      200   403      403     403  403
campaigns-library           200     200        200      200   200      403     200  200
campaigns-template          200     200        200      200   200      403     200  200
campaigns-begin             302     302        302      302   403      403     403  403
campaigns-duplicate         302     302        404      404   403      403     403  403
campaigns-archive           409     409        404      404   403      403     403  403
campaigns-unarchive         409     409        404      404   403      403     403  403
campaigns-translations      200     200        404      404   403      403     403  403
campaigns-translate         200     200        404      404   403      403     403  403
campaigns-review-translation 409    409        404      404   403      403     403  403
campaigns-export-translation 200    200        404      404   403      403     403  403
campaigns-take-up           200     200        404      404   403      403     403  403
campaigns-import            200     200        404      404   403      403     403  403
campaigns-import-apply      409     409        404      404   403      403     403  403
campaigns-import-drop       302     302        404      404   403      403     403  403
campaigns-view              200     200        404      404   200      403     200  200
campaigns-edit              409     409        404      404   403      403     403  403
campaigns-preview           200     200        404      404   200      403     200  200
campaigns-submit            409     409        404      404   403      403     403  403
campaigns-withdraw          302     302        404      404   403      403     403  403
campaigns-revise            409     409        404      404   403      403     403  403
campaigns-review            403     200        403      404   200      403     200  403
campaigns-queue             403     200        403      200   200      403     200  403
campaigns-claim             403     403        403      404   302      403     302  403
campaigns-unclaim           403     409        403      404   409      403     409  403
campaigns-remarks           200     200        404      404   200      403     200  200
campaigns-remark            403     302        403      404   302      403     302  403
campaigns-answer            302     302        404      404   302      403     302  403
campaigns-settle            302     302        404      404   302      403     302  403
campaigns-approve           403     403        403      404   302      403     302  403
campaigns-return            403     403        403      404   302      403     302  403
campaigns-reject            403     403        403      404   302      403     302  403
campaigns-recall            403     409        403      404   409      403     409  403
campaigns-recalled          200     200        404      404   200      403     200  200
campaigns-release           403     403        403      403   409      403     409  403
campaigns-discard           403     403        403      403   409      403     409  403

requests-list               200     200        200      200   403      200     200  200
requests-new                200     200        200      200   403      403     403  403
requests-view               200     200        404      404   404      200     200  200
requests-edit               409     409        404      404   403      403     403  403
requests-submit             409     409        404      404   403      403     403  403
requests-submitted          200     200        404      404   404      200     200  200
requests-cosign             403     409        403      404   403      403     403  403
requests-withdraw           200     200        404      404   403      403     403  403
requests-answer             409     409        404      404   403      403     403  403
requests-release            403     403        403      403   403      403     409  403
requests-discard            403     403        403      403   403      403     409  403
requests-claim              403     403        403      403   403      409     409  403
requests-ask                403     403        403      403   403      200     200  403
requests-decide             403     403        403      403   403      200     200  403
requests-attach             409     409        404      404   403      403     403  403
requests-document           200     200        404      404   404      200     200  200
requests-detach             409     409        404      404   403      403     403  403

agencies-list               403     403        403      403   200      200     200  200
agencies-view               200     200        404      404   200      200     200  200
agencies-vetting            403     403        403      403   200      403     200  200
agencies-vet                403     403        403      403   409      403     409  403
agencies-approve            403     403        403      403   200      403     200  403
agencies-refuse             403     403        403      403   200      403     200  403
agencies-ask                403     403        403      403   302      403     302  403
agencies-renew              403     403        403      403   409      403     409  403
agencies-challenge          403     403        403      403   200      403     200  403
agencies-call-back          403     403        403      403   200      403     200  403
agencies-judge              403     403        403      403   200      403     200  403
agencies-read-document      403     403        403      403   200      403     200  200
agencies-answer-flag        403     403        403      403   200      403     200  403
agencies-recompute          403     403        403      403   302      403     302  403
agencies-openid             403     403        403      403   403      403     200  200
agencies-openid-remove      403     403        403      403   403      403     404  403

clients-list                403     403        403      403   403      403     200  200
clients-view                403     403        403      403   403      403     200  200
clients-register            403     403        403      403   403      403     200  403
clients-edit                403     403        403      403   403      403     200  403
clients-issue               403     403        403      403   403      403     200  403
clients-rotate              403     403        403      403   403      403     200  403
clients-revoke              403     403        403      403   403      403     200  403
clients-close               403     403        403      403   403      403     200  403

agencies-suspend            403     403        403      403   200      403     200  403
agencies-reinstate          403     403        403      403   409      403     409  403
agencies-lapse              403     403        403      403   200      403     200  403
people-suspend              403     200        403      404   200      403     200  403
people-reinstate            403     409        403      404   409      403     409  403
suspensions-view            403     200        403      404   200      403     200  200
quarantine-list             403     403        403      403   200      403     200  200
quarantine-release          403     403        403      403   422      403     422  403

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
api:fragment                             401
api:component                            200
api:snapshot                             401
api:keys                                 200
api:publication                          401
api:acks                                 401
api:stream                               503
api-reference                            200
metrics                                  404
api:events                               401
marks-view                               404
public-index                             200
public-sitemap                           200
public-region                            302
public-page                              200
cap-feed                                 200
cap-alert                                404
cap-cancel                               404
demo-withdrawal                          200
demo-withdrawal-outcome                  400
demo-withdrawal-report                   400
agencies-confirm                         404
agencies-apply                           200
agencies-apply-part                      200
agencies-apply-check                     302
agencies-apply-sent                      302
agencies-apply-correct                   302
agencies-apply-resend                    302
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
