"""The first warning as HTML: drawn once for each publication and language, whichever region is asked for."""

import json

from django.conf import settings

from campaigns.client.audience import UNSAID, Situation
from campaigns.client.fragment import fragment
from campaigns.client.selection import Chosen, Live
from campaigns.delivery.answers import NOTHING, Answer, prepared_answer
from campaigns.delivery.snapshot import Snapshot

HTML = "text/html; charset=utf-8"


def fragment_answer(snapshot: Snapshot, live: Live, said: Situation = UNSAID) -> Answer:
    """Of what Snapshot.answer would list for the same call, the first."""
    first = next((each for each in live.chosen if not each.candidate.is_ruled_out(said)), None)
    if first is None:
        return NOTHING
    key = (first.candidate.id, first.language)
    answer = snapshot.fragments.get(key)
    if answer is None:
        answer = snapshot.fragments[key] = _compose(snapshot, first)
    return answer


def _compose(snapshot: Snapshot, chosen: Chosen) -> Answer:
    text = snapshot.texts[chosen.candidate.id]
    tag = text.tags[chosen.language]
    drawn = fragment(
        json.loads(b"{%s}" % text.signed)["publication"],
        tag,
        json.loads(text.texts[tag]),
        portal=settings.BASE_URL,
    )
    return prepared_answer(drawn.encode(), compressed=True, content_type=HTML)
