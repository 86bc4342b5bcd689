"""The example warning on the front page: what an officer's text looks like to the person who reads it."""

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal.kernel.languages import direction


def sample_warning() -> dict[str, Any]:
    """In the reader's own language; names and numbers are Hong Kong's public ones."""
    language = get_language() or "en"
    return {
        "language": language,
        "direction": direction(language),
        "agency_name": _("Hong Kong Police Force"),
        "headline": _("Is someone telling you to send this?"),
        "body": _(
            "Fake investment platforms are run by people you met online. They show you profits that do not "
            "exist and let you withdraw a little, until you send more."
        ),
        "examples": [
            {
                "title": _("The coach in the chat group"),
                "how_it_goes": _(
                    "A stranger teaches you to trade on a platform of theirs. When you want your money "
                    "back, there is a fee or a tax to pay first."
                ),
                "how_to_tell": _("You did not find the platform yourself: someone led you to it."),
            }
        ],
        "tips": [
            _("On the phone with them now? Hang up."),
            _("Check the address with Scameter before you send."),
            _("Call the Anti-Scam Helpline yourself: 18222."),
        ],
        "resources": [
            {
                "name": _("Anti-Deception Coordination Centre"),
                "phone": "18222",
                "url": "https://www.adcc.gov.hk/",
                "hours": _("24 hours"),
            }
        ],
    }
