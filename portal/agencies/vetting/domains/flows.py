"""The DNS proof of a domain: a value to publish, asked for by the worker, settled as a check."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.access import check
from portal.agencies.flows import locked
from portal.agencies.vetting import events
from portal.agencies.vetting.checklist import Checklist
from portal.agencies.vetting.checks.flows import log, open_checklist
from portal.agencies.vetting.domains.resolver import Answer
from portal.audit import record
from portal.kernel.actor import Actor
from portal.kernel.errors import NotVisible, WrongState
from portal.models import Agency, DomainChallenge, VettingRound
from portal.models.agency import AgencyStatus
from portal.models.vetting import CheckKind, CheckResult, DnsOutcome

ASK_AGAIN = timedelta(seconds=10)  # a second click asks nobody a second time


def issue(round: VettingRound, domain: str, now: datetime) -> DomainChallenge:
    """A value of its own for the domain; lower-case hexadecimal survives every control panel."""
    return DomainChallenge.objects.create(
        round=round, domain=domain, token=secrets.token_hex(20), issued_at=now
    )


def newest_of(round: VettingRound) -> dict[str, DomainChallenge]:
    """The challenge that counts for each domain."""
    return {each.domain: each for each in round.domain_challenges.order_by("issued_at", "pk")}


@transaction.atomic
def renew(agency_id: UUID, *, actor: Actor, now: datetime, domain: str) -> DomainChallenge:
    """A new value in place of one that ran out; the old one proves nothing any more."""
    agency = locked(agency_id, actor)
    check(actor, "agencies.check", agency)
    challenge = _of(open_checklist(agency), domain)
    if challenge.is_open_at(now):
        raise WrongState(_("The value for %(domain)s is still good.") % {"domain": domain})
    if challenge.verified_at is not None:
        raise WrongState(_("%(domain)s is proved already.") % {"domain": domain})
    fresh = issue(challenge.round, domain, now)
    data = {"kind": CheckKind.DOMAIN_DNS, "domain": domain, "challenge": str(fresh.pk)}
    record(events.CHALLENGED, actor=actor, subject=agency, at=now, data=data)
    return fresh


@transaction.atomic
def ask(agency_id: UUID, *, actor: Actor, now: datetime, domain: str) -> DomainChallenge:
    """Have the worker look now. The answer comes as a row; the act that counts is settle."""
    agency = locked(agency_id, actor)
    check(actor, "agencies.check", agency)
    challenge = _of(open_checklist(agency), domain)
    if challenge.verified_at is not None:
        raise WrongState(_("%(domain)s is proved already.") % {"domain": domain})
    if not challenge.is_open_at(now):
        raise WrongState(
            _("The value for %(domain)s ran out. Issue a new one and send it to the agency.")
            % {"domain": domain}
        )
    if challenge.asked_at is None or now - challenge.asked_at > ASK_AGAIN:
        challenge.asked_at = now
        challenge.save(update_fields=["asked_at"])
        hand_over(challenge.pk)
    return challenge


def hand_over(challenge_id: UUID) -> None:
    """To the worker, after the commit. With the broker away, the schedule finds it."""
    from portal.agencies.vetting.domains.tasks import look

    transaction.on_commit(lambda: look.delay(str(challenge_id)), robust=True)


@transaction.atomic
def settle(challenge_id: UUID, *, actor: Actor, now: datetime, answer: Answer) -> DomainChallenge | None:
    """Keep what the name servers said; the first time that the value is there, the check has passed.

    None where the vetting went on without it: decided, renewed, run out or proved meanwhile.
    """
    given = DomainChallenge.objects.select_related("round").filter(pk=challenge_id).first()
    if given is None:
        raise NotVisible
    agency = locked(given.round.agency_id, actor)
    check(actor, "agencies.check", agency)
    if agency.status != AgencyStatus.IN_VETTING:
        return None
    found = open_checklist(agency)
    challenge = newest_of(found.round).get(given.domain)
    if challenge is None or challenge.pk != given.pk or not challenge.is_open_at(now):
        return None
    challenge.checked_at, challenge.outcome = now, answer.outcome
    challenge.seen, challenge.is_signed = list(answer.seen), answer.is_signed
    if answer.outcome == DnsOutcome.FOUND:
        challenge.verified_at = now
    challenge.save(update_fields=["checked_at", "outcome", "seen", "is_signed", "verified_at"])
    if challenge.verified_at is not None:
        _pass(agency, found, challenge, actor, now)
    return challenge


def _pass(agency: Agency, found: Checklist, challenge: DomainChallenge, actor: Actor, now: datetime) -> None:
    evidence = {
        "record": challenge.name,
        "value": challenge.value,
        "signed": challenge.is_signed,
        "challenge": str(challenge.pk),
    }
    log(
        agency, found, CheckKind.DOMAIN_DNS, challenge.domain, CheckResult.PASSED,
        actor=actor, now=now, evidence=evidence,
    )  # fmt: skip


def _of(found: Checklist, domain: str) -> DomainChallenge:
    challenge = newest_of(found.round).get(domain)
    if challenge is None or found.item(CheckKind.DOMAIN_DNS, domain) is None:
        raise NotVisible
    return challenge
