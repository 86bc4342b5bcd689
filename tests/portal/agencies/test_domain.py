"""The DNS proof of a domain, against a real name server on the loopback address."""

import time
from datetime import timedelta
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from django.utils import timezone

from portal.agencies.vetting.domains import flows
from portal.agencies.vetting.domains.resolver import Answer, look_up, nameservers
from portal.agencies.vetting.domains.tasks import look, look_again
from portal.kernel.actor import Actor
from portal.kernel.errors import Forbidden, NotVisible, WrongState
from portal.models import Agency, AuditEvent, DomainChallenge, VettingCheck
from portal.models.vetting import DnsOutcome
from tests.people import House
from tests.portal.agencies.nameserver import failing, serving, silent, texts
from tests.portal.agencies.vettings import DOMAIN, FOUND, in_vetting, list_of

NAME, VALUE = f"_lepp-challenge.{DOMAIN}", "lepp-verification=abc"
JOB = Actor.system("domains")


def asked(settings: Any, reply: Any, name: str = NAME, value: str = VALUE, seconds: float = 2.0) -> Answer:
    with serving(reply) as server:
        settings.DNS_RESOLVERS, settings.DNS_SECONDS = [server.address], seconds
        return look_up(name, value)


def challenge_of(agency: Agency, domain: str = DOMAIN) -> DomainChallenge:
    return flows.newest_of(list_of(agency).round)[domain]


@pytest.mark.parametrize(
    "values",
    [
        [f'"{VALUE}"'],
        ['"v=spf1 -all"', f'"{VALUE}"', '"other"'],
        ['"lepp-" "verification" "=abc"'],
        [f'" {VALUE} "'],
        [f'"\\"{VALUE}\\""'],
    ],
    ids=["alone", "among others", "in several strings", "with blanks", "with quotation marks"],
)
def test_the_value_is_found(settings: Any, values: list[str]) -> None:
    assert asked(settings, texts(*values)).outcome == DnsOutcome.FOUND


@pytest.mark.parametrize(
    "value",
    [
        '"lepp-verification=abd"',
        '"LEPP-VERIFICATION=ABC"',
        '"lepp-verification=abcd"',
        '"xlepp-verification=abc"',
        '"lepp-verification=" "ab"',
        '""',
    ],
)
def test_any_other_value_is_none(settings: Any, value: str) -> None:
    assert asked(settings, texts(value)).outcome == DnsOutcome.OTHER_VALUE


def test_each_way_to_fail_has_its_own_words(settings: Any) -> None:
    def nothing(query: Any) -> Any:
        return dns.message.make_response(query, recursion_available=True)

    cases = {
        DnsOutcome.NO_NAME: failing(dns.rcode.NXDOMAIN),
        DnsOutcome.NO_TEXT: nothing,
        DnsOutcome.FAILED: failing(dns.rcode.SERVFAIL),
        DnsOutcome.TIMED_OUT: silent,
    }
    assert {outcome: asked(settings, reply, seconds=1.0).outcome for outcome, reply in cases.items()} == {
        outcome: outcome for outcome in cases
    }
    assert len({outcome.label for outcome in DnsOutcome}) == len(DnsOutcome)


def test_a_server_that_never_answers_is_left_in_time(settings: Any) -> None:
    began = time.monotonic()
    assert asked(settings, silent, seconds=1.0).outcome == DnsOutcome.TIMED_OUT
    assert time.monotonic() - began < 3


def test_where_nobody_listens_it_is_said_too(settings: Any) -> None:
    with serving(silent) as server:
        settings.DNS_RESOLVERS, settings.DNS_SECONDS = [server.address], 1.0
    assert look_up(NAME, VALUE).outcome in (DnsOutcome.FAILED, DnsOutcome.TIMED_OUT)


def test_a_dead_server_is_passed_over_for_the_next(settings: Any) -> None:
    with serving(silent) as dead, serving(texts(f'"{VALUE}"')) as alive:
        settings.DNS_RESOLVERS, settings.DNS_SECONDS = [dead.address, alive.address], 3.0
        assert look_up(NAME, VALUE).outcome == DnsOutcome.FOUND


def test_an_alias_is_followed(settings: Any) -> None:
    def reply(query: Any) -> Any:
        response = dns.message.make_response(query, recursion_available=True)
        asked_for = query.question[0].name
        response.answer.append(dns.rrset.from_text(asked_for, 60, "IN", "CNAME", "proof.provider.example."))
        response.answer.append(dns.rrset.from_text("proof.provider.example.", 60, "IN", "TXT", f'"{VALUE}"'))
        return response

    assert asked(settings, reply).outcome == DnsOutcome.FOUND


def test_a_validated_answer_is_noted(settings: Any) -> None:
    def reply(query: Any) -> Any:
        assert query.flags & dns.flags.AD
        response = texts(f'"{VALUE}"')(query)
        response.flags |= dns.flags.AD
        return response

    assert asked(settings, reply).is_signed
    assert not asked(settings, texts(f'"{VALUE}"')).is_signed


@pytest.mark.parametrize(
    ("domain", "on_the_wire"),
    [
        ("spf.example.", "_lepp-challenge.spf.example."),
        ("SPF.Example", "_lepp-challenge.SPF.Example."),
        ("polícia.example", "_lepp-challenge.xn--polcia-5va.example."),
        ("xn--polcia-5va.example", "_lepp-challenge.xn--polcia-5va.example."),
    ],
)
def test_every_spelling_of_a_domain_is_asked_for_rightly(
    settings: Any, domain: str, on_the_wire: str
) -> None:
    challenge = DomainChallenge(domain=domain, token="abc")
    with serving(texts(f'"{VALUE}"')) as server:
        settings.DNS_RESOLVERS = [server.address]
        assert look_up(challenge.name, challenge.value).outcome == DnsOutcome.FOUND
    assert server.asked == [on_the_wire]


@pytest.mark.parametrize("name", ["a" * 64 + ".example", ("a" * 60 + ".") * 5 + "example", "a..example"])
def test_what_is_no_name_is_asked_of_nobody(settings: Any, name: str) -> None:
    with serving(silent) as server:
        settings.DNS_RESOLVERS = [server.address]
        assert look_up(name, VALUE).outcome == DnsOutcome.BAD_NAME
    assert server.asked == []


def test_an_answer_too_large_for_a_packet_comes_by_tcp(settings: Any) -> None:
    many = [f'"{"x" * 250}" "{number}"' for number in range(200)]
    answer = asked(settings, texts(*many, f'"{VALUE}"'))
    assert answer.outcome == DnsOutcome.FOUND
    assert len(answer.seen) == 5
    assert all(len(text) <= 200 for text in answer.seen)


@pytest.mark.django_db
def test_hostile_bytes_are_kept_as_harmless_text(house: House, now: Any, settings: Any) -> None:
    agency = in_vetting(house, now)
    with serving(texts('"\\000\\255<script>\\027[31m\\226\\128\\174"')) as server:
        settings.DNS_RESOLVERS = [server.address]
        look(str(challenge_of(agency).pk))
    challenge = challenge_of(agency)
    assert challenge.outcome == DnsOutcome.OTHER_VALUE
    assert challenge.seen[0].isprintable()
    assert challenge.seen[0].isascii() or "·" in challenge.seen[0]


@pytest.mark.parametrize("noise", [b"", b"\x00", b"\xff" * 1200])
def test_noise_is_no_answer(settings: Any, noise: bytes) -> None:
    assert asked(settings, lambda query: noise, seconds=1.0).outcome in (
        DnsOutcome.TIMED_OUT,
        DnsOutcome.FAILED,
    )


def test_an_answer_to_another_question_is_no_answer(settings: Any) -> None:
    def reply(query: Any) -> Any:
        other = dns.message.make_query("_lepp-challenge.other.example.", "TXT", id=query.id)
        return texts(f'"{VALUE}"')(other)

    assert asked(settings, reply, seconds=1.0).outcome != DnsOutcome.FOUND


def test_name_servers_are_read_with_and_without_a_port() -> None:
    read = nameservers(["9.9.9.9", "127.0.0.1:5353", "2620:fe::fe", "[2620:fe::fe]:5353"])
    assert [(each.address, each.port) for each in read] == [  # type: ignore[attr-defined]
        ("9.9.9.9", 53), ("127.0.0.1", 5353), ("2620:fe::fe", 53), ("2620:fe::fe", 5353),
    ]  # fmt: skip
    for wrong in ("dns.example", "9.9.9.9:x", ""):
        with pytest.raises(ValueError):
            nameservers([wrong])


@pytest.mark.django_db
def test_the_worker_settles_what_is_there(house: House, now: Any, settings: Any) -> None:
    agency = in_vetting(house, now)
    challenge = challenge_of(agency)
    with serving(texts(f'"{challenge.value}"')) as server:
        settings.DNS_RESOLVERS = [server.address]
        look(str(challenge.pk))
        look(str(challenge.pk))
    assert challenge_of(agency).verified_at is not None
    row = VettingCheck.objects.get(round__agency=agency, kind="domain_dns")
    assert (row.subject, row.result, row.person, row.evidence["record"]) == (DOMAIN, "passed", None, NAME)
    event = AuditEvent.objects.filter(event="agencies.checked").latest("seq")
    assert (event.actor_kind, event.data["kind"], event.data["result"]) == ("system", "domain_dns", "passed")


@pytest.mark.django_db
def test_what_is_not_there_stays_open_and_is_told(house: House, now: Any, settings: Any) -> None:
    agency = in_vetting(house, now)
    with serving(failing(dns.rcode.NXDOMAIN)) as server:
        settings.DNS_RESOLVERS = [server.address]
        look(str(challenge_of(agency).pk))
    challenge = challenge_of(agency)
    assert (challenge.outcome, challenge.verified_at) == (DnsOutcome.NO_NAME, None)
    assert challenge.checked_at is not None
    assert not VettingCheck.objects.filter(kind="domain_dns", round__agency=agency).exists()


@pytest.mark.django_db
def test_each_domain_and_each_round_has_a_value_of_its_own(house: House, now: Any) -> None:
    agency = in_vetting(house, now, domains=["spf.example", "cid.example"])
    tokens = {challenge_of(agency, domain).token for domain in agency.domains}
    assert len(tokens) == 2
    assert all(len(token) == 40 and token == token.lower() for token in tokens)


@pytest.mark.django_db
def test_a_click_asks_the_worker_and_a_second_one_does_not(
    house: House, now: Any, django_capture_on_commit_callbacks: Any
) -> None:
    agency = in_vetting(house, now)
    with django_capture_on_commit_callbacks() as first:
        assert flows.ask(agency.pk, actor=house.reviewer, now=now, domain=DOMAIN).is_waiting
    with django_capture_on_commit_callbacks() as second:
        flows.ask(agency.pk, actor=house.reviewer, now=now + timedelta(seconds=3), domain=DOMAIN)
    assert (len(first), len(second)) == (1, 0)


@pytest.mark.django_db
def test_a_value_runs_out_after_fourteen_days_and_is_renewed(house: House, now: Any) -> None:
    agency = in_vetting(house, now)
    old = challenge_of(agency)
    end = now + timedelta(days=14)
    assert old.is_open_at(end - timedelta(seconds=1))
    assert not old.is_open_at(end)
    with pytest.raises(WrongState):
        flows.renew(agency.pk, actor=house.reviewer, now=end - timedelta(seconds=1), domain=DOMAIN)
    with pytest.raises(WrongState):
        flows.ask(agency.pk, actor=house.reviewer, now=end, domain=DOMAIN)
    assert flows.settle(old.pk, actor=JOB, now=end, answer=FOUND) is None
    fresh = flows.renew(agency.pk, actor=house.reviewer, now=end, domain=DOMAIN)
    assert fresh.token != old.token
    assert flows.settle(old.pk, actor=JOB, now=end, answer=FOUND) is None, "the old value counts no more"
    assert flows.settle(fresh.pk, actor=JOB, now=end, answer=FOUND) is not None
    with pytest.raises(WrongState):
        flows.renew(agency.pk, actor=house.reviewer, now=end, domain=DOMAIN)
    assert AuditEvent.objects.filter(event="agencies.challenged").count() == 1


@pytest.mark.django_db
def test_an_answer_that_comes_after_the_decision_changes_nothing(house: House, now: Any) -> None:
    from portal.agencies.vetting.flows import refuse

    agency = in_vetting(house, now)
    challenge = challenge_of(agency)
    refuse(agency.pk, actor=house.lead, now=now, reasons=["no_answer"], why="Nobody answers.")
    assert flows.settle(challenge.pk, actor=JOB, now=now, answer=FOUND) is None
    assert challenge_of(agency).verified_at is None


@pytest.mark.django_db
def test_the_schedule_asks_for_what_is_open_and_for_nothing_else(
    house: House, now: Any, monkeypatch: Any
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(look, "apply_async", lambda args, **options: sent.append(args[0]))
    agency = in_vetting(house, timezone.now(), domains=["spf.example", "cid.example"])
    flows.settle(challenge_of(agency).pk, actor=JOB, now=timezone.now(), answer=FOUND)
    in_vetting(house, timezone.now() - timedelta(days=15), slug="old", domains=["old.example"])
    look_again()
    assert sent == [str(challenge_of(agency, "cid.example").pk)]


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["ask", "renew"])
def test_strangers_and_wrong_roles_ask_for_nothing(house: House, now: Any, verb: str) -> None:
    agency = in_vetting(house, now)
    act = getattr(flows, verb)
    for who in ("officer", "supervisor", "outsider"):
        with pytest.raises(NotVisible):
            act(agency.pk, actor=getattr(house, who), now=now, domain=DOMAIN)
    for who in ("analyst", "auditor"):
        with pytest.raises(Forbidden):
            act(agency.pk, actor=getattr(house, who), now=now, domain=DOMAIN)
    with pytest.raises(NotVisible):
        act(agency.pk, actor=house.reviewer, now=now, domain="other.example")
    with pytest.raises(WrongState):
        act(house.ours.pk, actor=house.reviewer, now=now, domain=house.ours.domains[0])


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_once_one_is_logged(house: House, now: Any, at_once: Any) -> None:
    agency = in_vetting(house, now)
    challenge = challenge_of(agency)
    act = lambda: flows.settle(challenge.pk, actor=JOB, now=now, answer=FOUND)  # noqa: E731
    results = at_once(act, act)
    assert sorted(each is None for each in results) == [False, True]
    assert VettingCheck.objects.filter(round__agency=agency, kind="domain_dns").count() == 1
