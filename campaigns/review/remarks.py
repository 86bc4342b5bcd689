"""The discussion of a text: remarks on one place of a frozen version, their answers, and their end."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns import events
from campaigns.authoring.flows import locked
from campaigns.models import Campaign, Remark
from campaigns.models.remark import REMARK_MAX
from campaigns.review.sides import place_of
from portal.access import check
from portal.audit import record
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, NotVisible, Stale, WrongState
from portal.kernel.words import unfit
from portal.models import User
from portal.notices import notify

MOST = 200  # open threads of one campaign
MOST_ANSWERS = 100  # in one thread


@transaction.atomic
def remark(
    campaign_id: UUID, *, actor: Actor, now: datetime, version_id: UUID, language: str, place: str, body: str
) -> Remark:
    """About one place of the version in review, or (no place) about the whole. Raises Invalid by field."""
    campaign = locked(campaign_id, actor)
    check(actor, "campaigns.remark", campaign)
    version = campaign.in_review
    if version is None or version.pk != version_id:
        raise Stale(_("What you saw is no longer what is up for decision. Look at it again."))
    quoted = ""
    if place:
        found = place_of(version.content, language, place)
        if found is None:
            raise Invalid({"place": [_("There is no such place in this text.")]})
        quoted = found
    if campaign.remarks.open().count() >= MOST:
        raise Invalid({"body": [_("There are %(count)d open remarks. Settle some first.") % {"count": MOST}]})
    made = Remark.objects.create(
        campaign=campaign, version=version, language=language if place else "", place=place, quoted=quoted,
        body=_written(body), author_id=actor.as_person(), written_at=now,
    )  # fmt: skip
    _tell(campaign, made, actor)
    record(events.REMARKED, actor=actor, subject=campaign, at=now, data=_facts(made))
    return made


@transaction.atomic
def answer(remark_id: UUID, *, actor: Actor, now: datetime, body: str) -> Remark:
    """In the thread of an open remark, whether the text is in review or back with its authors."""
    campaign, thread = _thread(remark_id, actor, "campaigns.answer")
    if thread.answers.count() >= MOST_ANSWERS:
        text = _("There are %(count)d answers. Settle this remark, and make a new one if need be.")
        raise Invalid({"body": [text % {"count": MOST_ANSWERS}]})
    made = Remark.objects.create(
        campaign=campaign, version=thread.version, language=thread.language, place=thread.place,
        answers_to=thread, body=_written(body), author_id=actor.as_person(), written_at=now,
    )  # fmt: skip
    _tell(campaign, thread, actor)
    record(events.ANSWERED, actor=actor, subject=campaign, at=now, data=_facts(made))
    return made


@transaction.atomic
def settle(remark_id: UUID, *, actor: Actor, now: datetime) -> Remark:
    """Nothing more is to be done about it. It stays readable."""
    campaign, thread = _thread(remark_id, actor, "campaigns.settle")
    thread.settled_by_id, thread.settled_at = actor.as_person(), now
    thread.save(update_fields=["settled_by", "settled_at"])
    record(events.SETTLED, actor=actor, subject=campaign, at=now, data=_facts(thread))
    return thread


def _thread(remark_id: UUID, actor: Actor, permission: str) -> tuple[Campaign, Remark]:
    seen = Remark.objects.filter(pk=remark_id, answers_to=None).values_list("campaign_id", flat=True).first()
    if seen is None:
        raise NotVisible
    campaign = locked(seen, actor)
    check(actor, permission, campaign)
    thread = Remark.objects.select_for_update(of=("self",)).select_related("version").get(pk=remark_id)
    if thread.settled_at is not None:
        raise WrongState(_("This remark is settled. Make a new one, if there is more to say."))
    return campaign, thread


def _written(body: str) -> str:
    if wrong := unfit(body, REMARK_MAX, missing=_("Write something.")):
        raise Invalid({"body": wrong})
    return body


def _tell(campaign: Campaign, thread: Remark, actor: Actor) -> None:
    """The authors of the text, and who spoke in this thread; not who speaks now."""
    speaking = Remark.objects.filter(Q(pk=thread.pk) | Q(answers_to=thread)).values("author_id")
    authors = campaign.contributions.values("person_id")
    people = User.objects.filter(Q(pk__in=authors) | Q(pk__in=speaking)).exclude(pk=actor.as_person())
    notify("campaign-remarked", people=people, path=reverse("campaigns-remarks", args=[campaign.pk]))


def _facts(remark: Remark) -> dict[str, Any]:
    return {
        "remark": str(remark.pk),
        "number": remark.version.number,
        "language": remark.language,
        "place": remark.place,
    }
