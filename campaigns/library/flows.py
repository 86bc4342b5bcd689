"""Beginning a draft with one of the library's texts."""

from datetime import datetime

from django.db import transaction

from campaigns.authoring import flows
from campaigns.authoring.audience import Audience
from campaigns.authoring.copies import MONTH
from campaigns.library import shelf
from campaigns.models import Campaign
from campaigns.models.campaign import TITLE_MAX
from portal.access import check
from portal.kernel.actor import Actor
from portal.kernel.errors import NotVisible
from portal.kernel.languages import NAMES
from portal.models import Agency


@transaction.atomic
def begin(scam_type: str, *, actor: Actor, now: datetime) -> Campaign:
    """A draft of the own agency, for its regions and in its languages, four weeks long; the words are the
    library's. Raises NotVisible where the library has no such text.
    """
    check(actor, "campaigns.begin")
    if scam_type not in shelf.SCAM_TYPES:
        raise NotVisible
    agency = Agency.objects.visible_to(actor).get(pk=actor.agency_id)
    languages = languages_for(agency)
    text = shelf.template(scam_type, languages)
    audience = Audience(
        title=text.headline[languages[0]][:TITLE_MAX],
        scam_type=scam_type,
        regions=agency.regions,
        languages=languages,
        default_language=languages[0],
        starts_at=now,
        ends_at=now + MONTH,
        time_zone=agency.time_zone,
    )
    return flows.create(actor=actor, now=now, audience=audience, text=text, origin={"library": scam_type})


def languages_for(agency: Agency) -> list[str]:
    """Those of the agency that warnings are written in, its first one first; English if there is none."""
    return [code for code in agency.languages if code in NAMES] or ["en"]
