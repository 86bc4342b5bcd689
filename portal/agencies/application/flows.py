"""An application: begun as a draft, sent, confirmed by the first supervisor; only then is it an agency.

Nobody signs in to apply: the draft's id (kept in the session) and the mailed token are what lets one in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.access import check, scope_of, scope_of_applicant
from portal.agencies import events as agency_events
from portal.agencies.application import events
from portal.agencies.application.content import Given
from portal.agencies.application.mails.asking import ask
from portal.agencies.application.slugs import saved_with_slug
from portal.agencies.application.tokens import SHAPE, digest_of
from portal.agencies.registration.tasks import look_up
from portal.audit import record
from portal.documents import store
from portal.documents.accept import Accepted
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import Invalid, NotVisible
from portal.kernel.words import NOT_TEXT
from portal.kernel.zones import is_zone
from portal.models import Agency, AgencyApplication, ApplicationDocument
from portal.models.application import APPLICATION_LIFECYCLE, MAX_DOCUMENTS, ApplicationStatus
from portal.models.notice import NoticeKind
from portal.notices import notify
from portal.notices.notify import people_with

MAX_ANSWERS = 64 * 1024  # characters of one part, as typed; more is shown again, and not kept
# What strangers may lay down together before anybody confirmed it: they are many, and the disk is one.
MOST_BYTES = 5 * 1024**3

Answers = Mapping[str, str | list[str]]


def begin(*, now: datetime, language: str) -> AgencyApplication:
    """An empty draft, for the session that asked for it."""
    return AgencyApplication.objects.create(begun_at=now, language=language)


@transaction.atomic
def save(application_id: UUID, part: str, answers: Answers) -> AgencyApplication:
    """Keep one part as it was typed, right or wrong. It is no act, and so not recorded."""
    application = _draft(application_id, "save")
    if sum(len(str(value)) for value in answers.values()) <= MAX_ANSWERS:
        application.answers[part] = {name: _storable(value) for name, value in answers.items()}
        application.save(update_fields=["answers"])
    return application


def _storable(value: str | list[str]) -> str | list[str]:
    """JSON in PostgreSQL holds no NUL and no half characters; the form refuses them with a reason."""
    if isinstance(value, list):
        return [NOT_TEXT.sub("\ufffd", each) for each in value]
    return NOT_TEXT.sub("\ufffd", value)


def attach(application_id: UUID, *, now: datetime, document: Accepted) -> ApplicationDocument:
    """Keep a file with the draft. What a crash leaves between file and row is swept (portal.documents)."""
    kept = store.keep(document.file)
    try:
        with scope_of_applicant(application_id), transaction.atomic():
            application = _draft(application_id, "attach")
            if application.documents.count() >= MAX_DOCUMENTS:
                raise Invalid({"document": [_("At most %(count)d documents.") % {"count": MAX_DOCUMENTS}]})
            _within_room(kept.size)
            return ApplicationDocument.objects.create(
                application=application,
                name=document.name,
                path=kept.path,
                size=kept.size,
                sha256=kept.sha256,
                content_type=document.content_type,
                uploaded_at=now,
            )
    except BaseException:
        store.discard(kept.path)
        raise


def _within_room(size: int) -> None:
    """Over the files of all strangers together, which no single one of them may see."""
    with scope_of(Actor.system("room-for-documents")):
        waiting = ApplicationDocument.objects.exclude(application__status=ApplicationStatus.CONFIRMED)
        kept = waiting.aggregate(bytes=Sum("size"))["bytes"] or 0
    if kept + size > MOST_BYTES:
        text = _("There is no room for documents just now. What you typed is kept; try again later.")
        raise Invalid({"document": [text]})


@transaction.atomic
def detach(application_id: UUID, document_id: UUID) -> None:
    application = _draft(application_id, "detach")
    with scope_of_applicant(application_id):
        document = application.documents.filter(pk=document_id).first()
        if document is None:
            raise NotVisible
        path = document.path
        document.delete()
    transaction.on_commit(lambda: store.discard(path))


@transaction.atomic
def apply(application_id: UUID, *, actor: Actor, now: datetime, given: Given) -> AgencyApplication:
    """Send the draft. It is frozen from now on, and waits for the first supervisor's confirmation."""
    application = _draft(application_id, "apply")
    given = given.checked()
    digests = [document.sha256 for document in documents_of(application)]
    if not digests:
        raise Invalid({"document": [_("Attach the letter of authority.")]})
    for name, value in asdict(given).items():
        setattr(application, name, value)
    application.answers = {}
    application.status = APPLICATION_LIFECYCLE.after(ApplicationStatus(application.status), "apply")
    application.sent_at = now
    application.save()
    ask(application, now)
    data = {"country": given.country, "domains": len(given.domains), "documents": digests}
    record(events.APPLIED, actor=actor, subject=application, at=now, data=data)
    return application


def asked_with(token: str, now: datetime) -> AgencyApplication:
    """The application of a link that is open or was used; raises NotVisible for every other."""
    application = _by_token(token)
    if not (application.is_open_at(now) or application.status == ApplicationStatus.CONFIRMED):
        raise NotVisible(_("This link is unknown or has run out. Apply again."))
    return application


def _by_token(token: str, *, lock: bool = False) -> AgencyApplication:
    rows = AgencyApplication.objects.select_for_update() if lock else AgencyApplication.objects.all()
    found = rows.filter(token_sha256=digest_of(token)).first() if SHAPE.fullmatch(token) else None
    if found is None:
        raise NotVisible(_("This link is unknown or has run out. Apply again."))
    return found


@transaction.atomic
def confirm(token: str, *, actor: Actor, now: datetime) -> Agency:
    """The holder of the link confirms; the agency comes to be, and compliance is told. Works once."""
    application = _by_token(token, lock=True)
    status = APPLICATION_LIFECYCLE.after(ApplicationStatus(application.status), "confirm")
    if not application.is_open_at(now):
        raise NotVisible(_("This link is unknown or has run out. Apply again."))
    names = {"en": application.name}
    if application.local_language:
        names[application.local_language] = application.local_name
    agency = _entered(
        names,
        country=application.country, regions=application.regions, languages=application.languages,
        time_zone=application.time_zone, domains=application.domains, website=application.website,
        switchboard=application.switchboard, switchboard_source=application.switchboard_source,
        head_name=application.head_name, head_post=application.head_post, is_training=application.is_training,
    )  # fmt: skip
    application.agency = agency
    application.status = status
    application.confirmed_at = now
    application.save(update_fields=["agency", "status", "confirmed_at"])
    for domain in agency.domains:
        transaction.on_commit(partial(look_up.delay, domain), robust=True)
    notify(
        NoticeKind.AGENCY_APPLIED,
        people=people_with(Role.COMPLIANCE_REVIEWER, Role.COMPLIANCE_LEAD),
        path=reverse("agencies-vetting", args=[agency.pk]),
    )
    record(events.CONFIRMED, actor=actor, subject=application, at=now)
    data = {"application": str(application.pk), "country": agency.country, "regions": list(agency.regions)}
    record(agency_events.APPLIED, actor=actor, subject=agency, at=now, data=data)
    return agency


@transaction.atomic
def enter(*, actor: Actor, now: datetime, names: Mapping[str, str], slug: str = "", **given: Any) -> Agency:
    """Enter an agency without an application, by a job of ours that brings it from elsewhere.

    `names` maps our language codes to its name; "en" is needed. It is vetted like every other.
    """
    check(actor, "agencies.enter")
    agency = _entered(names, slug=slug, **given)
    data = {"country": agency.country, "regions": list(agency.regions)}
    record(agency_events.APPLIED, actor=actor, subject=agency, at=now, data=data)
    return agency


def _entered(names: Mapping[str, str], *, slug: str = "", **given: Any) -> Agency:
    columns = {f"name_{language.replace('-', '_')}": name for language, name in names.items()}
    lists = {name: list(given.pop(name)) for name in ("regions", "languages", "domains")}
    agency = Agency(slug=slug, **given, **lists, **columns)
    if not is_zone(agency.time_zone):
        raise Invalid({"time_zone": [_("There is no such time zone.")]})
    try:
        agency.full_clean(exclude=["name"] if slug else ["name", "slug"])
    except ValidationError as refused:
        raise Invalid({field: list(texts) for field, texts in refused.message_dict.items()}) from None
    if not slug:
        return saved_with_slug(agency, names["en"])
    agency.save(force_insert=True)
    return agency


def kept() -> Iterable[str]:
    """The files that applications name."""
    return ApplicationDocument.objects.values_list("path", flat=True)


def _draft(application_id: UUID, verb: str) -> AgencyApplication:
    application = AgencyApplication.objects.select_for_update().filter(pk=application_id).first()
    if application is None:
        raise NotVisible
    APPLICATION_LIFECYCLE.after(ApplicationStatus(application.status), verb)
    return application


def documents_of(application: AgencyApplication) -> list[ApplicationDocument]:
    """What came with it, for whoever holds its secret."""
    with scope_of_applicant(application.pk):
        return list(application.documents.all())
