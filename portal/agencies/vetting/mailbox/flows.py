"""The proof by a published mailbox: a link that is mailed once, ends, and is answered by a button.

The address is one that the agency publishes on its own site, and never the applicant's own.
"""

import hashlib
import re
import secrets
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.access import check
from portal.agencies.flows import locked
from portal.agencies.vetting import events
from portal.agencies.vetting.checks.flows import log, open_checklist
from portal.agencies.vetting.site import is_official, is_own_page
from portal.audit import record
from portal.kernel import domains
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, NotVisible, Text
from portal.models import Agency, AgencyApplication, ApplicationMail, MailChallenge
from portal.models.agency import AgencyStatus
from portal.models.vetting import CheckKind, CheckResult, MailAnswer

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
MOST_LINKS = 10  # in one round: nobody's mailbox is flooded from here
SOURCE_MAX = 500


def digest_of(token: str) -> str:
    """The token has 256 bits, so its SHA-256 needs no salt or stretching."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    return secrets.token_urlsafe(32)


@transaction.atomic
def challenge(
    agency_id: UUID, *, actor: Actor, now: datetime, address: str, source_url: str
) -> MailChallenge:
    """Ask a mailbox; an older link of this round proves nothing any more."""
    agency = locked(agency_id, actor)
    check(actor, "agencies.vet", agency)
    found = open_checklist(agency)
    address, source_url = address.strip(), source_url.strip()
    errors = {**_wrong_address(agency, address), **_wrong_source(agency, source_url)}
    if errors:
        raise Invalid(errors)
    if found.round.mail_challenges.count() >= MOST_LINKS:
        raise Invalid({"address": [_("Enough links were sent in this vetting. Ask by telephone.")]})
    asked = MailChallenge.objects.create(
        round=found.round, address=address, source_url=source_url, asked_by_id=actor.person_id, asked_at=now
    )
    hand_over(asked.pk)
    data = {"kind": CheckKind.DOMAIN_MAIL, "challenge": str(asked.pk)}
    record(events.CHALLENGED, actor=actor, subject=agency, at=now, data=data)
    return asked


def hand_over(challenge_id: UUID) -> None:
    """To the worker, after the commit; what a crash loses is swept up."""
    from portal.agencies.vetting.mailbox.tasks import mail

    transaction.on_commit(lambda: mail.delay(str(challenge_id)), robust=True)


def _wrong_address(agency: Agency, address: str) -> dict[str, list[Text]]:
    try:
        validate_email(address)
    except ValidationError:
        return {"address": [_("This is no e-mail address.")]}
    if not is_official(address.rpartition("@")[2], agency, below=False):
        return {"address": [_("The address is not of an official domain of the agency.")]}
    if _mailbox_of(address) in applicants_of(agency):
        return {"address": [_("This is the applicant's own address. Take one that the agency publishes.")]}
    return {}


def _wrong_source(agency: Agency, source_url: str) -> dict[str, list[Text]]:
    try:
        parts = urlsplit(source_url)
    except ValueError:
        return {"source_url": [_("This is no address of a page.")]}
    if len(source_url) > SOURCE_MAX or parts.scheme != "https" or not parts.hostname:
        return {"source_url": [_("Give the https address of the page.")]}
    if not is_own_page(source_url, agency):
        return {"source_url": [_("The page must be on the agency's own site, below an official domain.")]}
    return {}


def applicants_of(agency: Agency) -> set[str]:
    """Mailboxes that the application ever named: proving one of them proves nothing about the agency."""
    now = AgencyApplication.objects.filter(agency=agency).values_list("supervisor_email", flat=True)
    earlier = ApplicationMail.objects.filter(application__agency=agency).values_list("address", flat=True)
    return {_mailbox_of(address) for address in (*now, *earlier)}


def _mailbox_of(address: str) -> str:
    """What stands after a + reaches the same mailbox."""
    local, _at, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domains.canonical(domain)}"


def asked_with(token: str, now: datetime) -> MailChallenge:
    """The open challenge of a link; raises NotVisible for every other, without saying which it is."""
    found = (
        MailChallenge.objects.select_related("round__agency").filter(token_sha256=digest_of(token)).first()
        if TOKEN.fullmatch(token)
        else None
    )
    if found is None or not _is_good(found, now):
        raise NotVisible(_("This link has been used, has run out, or was replaced by a newer one."))
    return found


def _is_good(asked: MailChallenge, now: datetime) -> bool:
    return (
        asked.is_open_at(now)
        and asked.round.agency.status == AgencyStatus.IN_VETTING
        and asked.pk == asked.round.mail_challenges.values_list("pk", flat=True).last()
        and asked.round.number == asked.round.agency.vetting_rounds.count()
    )


@transaction.atomic
def answer(token: str, *, actor: Actor, now: datetime, verdict: str) -> MailChallenge:
    """The link is the proof of whoever answers: there is no account behind it."""
    asked = asked_with(token, now)
    # Not through visible_to: the holder of the link sees this one agency and nothing else of the portal.
    agency = Agency.objects.select_for_update().get(pk=asked.round.agency_id)
    asked = asked_with(token, now)
    if verdict not in MailAnswer.values:
        raise Invalid({"answer": [_("Choose an answer.")]})
    found = open_checklist(agency)
    asked.answer, asked.answered_at = verdict, now
    asked.save(update_fields=["answer", "answered_at"])
    passed = verdict == MailAnswer.CONFIRMED
    log(
        agency, found, CheckKind.DOMAIN_MAIL, "", CheckResult.PASSED if passed else CheckResult.FAILED,
        actor=actor, now=now,
        evidence={
            "address": asked.address, "source": asked.source_url, "answer": verdict,
            "challenge": str(asked.pk), "ip": actor.ip or "",
        },
    )  # fmt: skip
    return asked
