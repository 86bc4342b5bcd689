"""What the shell around every page needs: who is here, where they may go, which languages there are."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from portal.kernel.actor import Actor
from portal.kernel.languages import bcp47, direction
from portal.ui.navigation import items_for
from portal.ui.words import ROLES


def shell(request: HttpRequest) -> dict[str, Any]:
    actor: Actor = getattr(request, "actor", None) or Actor.anonymous()
    active = get_language() or settings.LANGUAGE_CODE
    return {
        "shell": {
            "actor": actor,
            "signed_in": actor.kind == "person",
            "idle_seconds": settings.SESSION_IDLE_MINUTES * 60,
            "role": ROLES.get(actor.role, "") if actor.role else "",
            # Lazy: partial answers to htmx and error pages draw no menu.
            "navigation": SimpleLazyObject(lambda: items_for(actor, request)),
            "demo": settings.DEMO,
            "language": bcp47(active),
            "direction": direction(active),
            "languages": [
                {"code": code, "tag": bcp47(code), "name": name, "active": code == active}
                for code, name in settings.LANGUAGES
            ],
        }
    }
