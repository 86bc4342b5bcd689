"""A key issued or revoked changes who is answered, so the delivery revision moves in the same transaction."""

from typing import Any

from django.dispatch import receiver

from campaigns.delivery.publish import announce
from portal.clients.flows import keys_changed


@receiver(keys_changed)
def keys_have_changed(sender: Any, **rest: Any) -> None:
    announce(of_keys=True)
