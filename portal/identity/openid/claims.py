"""What a provider says about a person, read strictly: the signed token decides, not the answer beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.models import SignInProvider


@dataclass(frozen=True, slots=True)
class Claims:
    email: str = ""
    email_verified: bool = False
    has_factor: bool = False
    problem: str = ""


def claims_of(data: Mapping[str, Any], provider: SignInProvider) -> Claims:
    """`data` as allauth collects it: {"id_token": …, "userinfo": …}."""
    token = data.get("id_token")
    if not isinstance(token, Mapping):
        return Claims(problem="no-id-token")
    beside = data.get("userinfo")
    beside = beside if isinstance(beside, Mapping) else {}
    # OpenID Connect Core, 5.3.2: an answer about another subject must not be used.
    if beside and beside.get("sub") != token.get("sub"):
        return Claims(problem="subject-differs")
    source = token if token.get("email") else beside
    email = str(source.get("email") or "").strip().lower()
    return Claims(email, source.get("email_verified") is True, _has_factor(token, provider))


def _has_factor(token: Mapping[str, Any], provider: SignInProvider) -> bool:
    amr = token.get("amr")
    methods = {each for each in amr if isinstance(each, str)} if isinstance(amr, list) else set()
    acr = token.get("acr")
    return bool(methods & set(provider.amr_values)) or (
        isinstance(acr, str) and acr in set(provider.acr_values)
    )
