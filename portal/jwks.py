"""The public keys at their well-known address."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from portal.access import public
from portal.keyring import jwks


@require_safe
@public("who verifies a signature of ours needs no account")
@cache_control(public=True, max_age=300)
def keys(request: HttpRequest) -> JsonResponse:
    return JsonResponse(jwks(), content_type="application/jwk-set+json")
