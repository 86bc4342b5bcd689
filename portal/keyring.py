"""The portal's signing keys, as the settings name them, and their public halves for everyone."""

from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from portal.access import public
from portal.kernel.signing import Keyring


def keyring() -> Keyring:
    return _made_of(tuple(settings.SIGNING_KEYS))


@lru_cache(maxsize=4)
def _made_of(seeds: tuple[str, ...]) -> Keyring:
    return Keyring(seeds)


@require_safe
@public("who verifies a signature of ours needs no account")
@cache_control(public=True, max_age=300)
def keys(request: HttpRequest) -> JsonResponse:
    return JsonResponse(keyring().jwks(), content_type="application/jwk-set+json")
