"""The identity token, judged: signature by the provider's published keys, issuer, audience, times, nonce."""

import hmac
from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error

# Asymmetric only: with a shared secret, whoever holds the secret could write tokens.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
SKEW_SECONDS = 30


def decoded(
    id_token: str, *, jwks_uri: str, issuer: str, client_id: str, nonce: str | None
) -> dict[str, Any]:
    """The token's claims; raises OAuth2Error where it does not hold (OpenID Connect Core, 3.1.3.7)."""
    try:
        key = _key(id_token, jwks_uri)
        claims: dict[str, Any] = jwt.decode(
            id_token,
            key=key,
            algorithms=ALGORITHMS,
            audience=client_id,
            issuer=issuer,
            leeway=SKEW_SECONDS,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except (jwt.PyJWTError, ValueError, KeyError, TypeError) as error:
        raise OAuth2Error("The identity token does not hold.") from error
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != client_id:
        raise OAuth2Error("The identity token was made for another client.")
    if nonce is None or not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise OAuth2Error("The identity token answers another sign-in.")
    return claims


def _key(id_token: str, jwks_uri: str) -> Any:
    with get_adapter().get_requests_session() as session:
        answer = session.get(jwks_uri)
        answer.raise_for_status()
        keys = jwt.PyJWKSet.from_dict(answer.json()).keys
    wanted = jwt.get_unverified_header(id_token).get("kid")
    fitting = [key for key in keys if wanted is None or key.key_id == wanted]
    if len(fitting) != 1:
        raise ValueError("no such key")
    return fitting[0]
