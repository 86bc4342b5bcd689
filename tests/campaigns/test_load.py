"""What a revision changed is all that is read; and what cannot be proved is left out, whoever wrote it."""

from datetime import timedelta
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from campaigns.delivery import load
from campaigns.delivery.publish import announce
from campaigns.delivery.snapshot import Snapshot
from campaigns.models import DeliveryChange, DeliveryRevision, Publication, PublicationSignature
from campaigns.review import flows as review
from portal.clients import flows as clients
from portal.embedded.environment import signing_key
from portal.health import report
from portal.models import AuditEvent
from tests.campaigns.asking import read
from tests.campaigns.warnings import published
from tests.clients import make_client
from tests.people import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)


class Watched:
    """A connection that notes what is asked."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.asked = inner, []  # type: ignore[var-annotated]

    def execute(self, sql: str, *given: Any) -> Any:
        self.asked.append(sql)
        return self.inner.execute(sql, *given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def changed(before: Snapshot) -> tuple[Snapshot, list[str]]:
    with psycopg.connect(settings.DELIVERY_DATABASE_URL, autocommit=True) as direct:
        watched = Watched(direct)
        after, refused = load.load(watched, before)  # type: ignore[arg-type]
    assert refused == {}
    return after, watched.asked


def same(one: Snapshot, other: Snapshot) -> bool:
    return (
        one.revision == other.revision
        and one.selection.regions == other.selection.regions
        and one.texts.keys() == other.texts.keys()
        and one.keys.keys() == other.keys.keys()
    )


def test_a_recall_reads_one_row_and_no_keys(house: Any, now: Any) -> None:
    gone, _kept = published(house, now), published(house, now, title="Another")
    before = read()
    review.recall(gone.campaign_id, actor=house.supervisor, now=now, why="Wrong number.")
    after, asked = changed(before)
    assert same(after, read())
    assert len(after.texts) == 1
    assert after.keys is before.keys
    assert load.WINDOWS not in asked
    assert sum("portal_client" in sql for sql in asked) == 0


def test_a_new_key_reads_no_text_and_no_window(house: Any, now: Any) -> None:
    published(house, now)
    before = read()
    row, _ = make_client("new", ["campaigns:read"], now=now)
    after, asked = changed(before)
    assert same(after, read())
    assert after.texts == before.texts
    assert not any(sql.startswith((load.WINDOWS, load.TEXTS)) for sql in asked)
    clients.revoke(row.pk, actor=SYSTEM, now=now, why="Lost.")
    assert same(changed(after)[0], read())


def test_a_next_version_replaces_the_one_before(house: Any, now: Any) -> None:
    from campaigns.authoring import flows as authoring
    from tests.campaigns.warnings import audience, submitted, text

    first = published(house, now)
    before = read()
    campaign = first.campaign
    authoring.revise(campaign.pk, actor=house.officer, now=now)
    authoring.edit(
        campaign.pk, actor=house.officer, now=now, seen_revision=2,
        audience=audience(now, starts_at=now + timedelta(days=2)), text=text("Second"),
    )  # fmt: skip
    campaign.refresh_from_db()
    published(house, now, submitted(house, now, campaign))
    after, _ = changed(before)
    assert same(after, read())
    assert {each.ends for each in after.selection.candidates.values()} == {
        each.ends for each in read().selection.candidates.values()
    }


def test_an_agency_out_of_standing_makes_everything_be_read(house: Any, now: Any) -> None:
    from portal.models import Agency

    published(house, now)
    before = read()
    Agency.objects.filter(pk=house.ours.pk).update(is_training=True)
    announce()
    after, asked = changed(before)
    assert load.WINDOWS in asked
    assert after.texts == {}


def test_where_a_change_is_not_on_record_everything_is_read(house: Any, now: Any) -> None:
    version = published(house, now)
    before = read()
    review.recall(version.campaign_id, actor=house.supervisor, now=now, why="Wrong number.")
    DeliveryChange.objects.all().delete()
    assert changed(before)[0].texts == {}


def test_a_revision_far_ahead_is_read_at_once(house: Any, now: Any) -> None:
    """Not step by step: a million million revisions would be counted for ever."""
    version = published(house, now)
    before = read()
    review.recall(version.campaign_id, actor=house.supervisor, now=now, why="Wrong number.")
    DeliveryRevision.objects.update(revision=before.revision + 10**12)
    assert changed(before)[0].texts == {}


def test_two_revisions_at_once_are_one_look(house: Any, now: Any) -> None:
    one, other = published(house, now), published(house, now, title="Another")
    before = read()
    for each in (one, other):
        review.recall(each.campaign_id, actor=house.supervisor, now=now, why="Wrong number.")
    assert changed(before)[0].texts == {}


def test_what_has_ended_is_forgotten(house: Any, now: Any) -> None:
    published(house, now, ends_at=now + timedelta(hours=1))
    published(house, now, title="Evergreen", ends_at=None)
    snapshot = read()
    assert snapshot.without_ended(now.timestamp()) is snapshot
    later = snapshot.without_ended(now.timestamp() + 3600)
    assert (len(later.texts), later.revision) == (1, snapshot.revision)


# --- signatures -----------------------------------------------------------------------------------------


def refusals() -> load.Refused:
    with psycopg.connect(settings.DELIVERY_DATABASE_URL, autocommit=True) as direct:
        return load.load(direct)[1]


def test_what_the_owner_of_the_tables_slips_in_is_not_served(house: Any, now: Any, as_owner: Any) -> None:
    """Text and SHA-256 changed together, past every trigger: the signature is over what people approved."""
    from campaigns.models import Version
    from portal.kernel.canonical import digest

    version = published(house, now)
    content = Version.objects.get(pk=version.pk).content
    content["texts"]["en"]["headline"] = "Send it all"
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb::text", [psycopg.types.json.Jsonb(content)])
        written = cursor.fetchone()[0].replace("'", "''")
    as_owner(f"UPDATE campaigns_version SET content = '{written}', sha256 = '{digest(content)}'")  # noqa: S608
    assert list(refusals().values()) == ["the signature does not fit the document"]
    assert read().texts == {}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE campaigns_publication SET published_at = published_at + interval '1 microsecond'",
        "UPDATE campaigns_publicationsignature SET signature = repeat('A', 86)",
        "UPDATE campaigns_publicationsignature SET key = repeat('A', 43)",
        "DELETE FROM campaigns_publicationsignature",
    ],
)
def test_nothing_is_served_that_no_trusted_key_signed(
    house: Any, now: Any, as_owner: Any, change: str
) -> None:
    published(house, now)
    as_owner(change)
    assert len(refusals()) == 1
    assert read().texts == {}


def test_the_portal_itself_cannot_change_a_signature(house: Any, now: Any) -> None:
    published(house, now)
    with pytest.raises(Exception, match=r"denied|append_only|publication_signature"):
        PublicationSignature.objects.update(signature="A" * 86)


def test_keys_are_rotated_with_overlap_and_then_signed_anew(house: Any, now: Any, settings: Any) -> None:
    old = settings.SIGNING_KEYS
    published(house, now)
    settings.SIGNING_KEYS = [signing_key(), *old]
    assert len(read().texts) == 1
    said = StringIO()
    call_command("sign_publications", "--dry-run", stdout=said)
    assert "1 would be signed" in said.getvalue()
    assert PublicationSignature.objects.count() == 1
    before = DeliveryRevision.objects.get().revision
    call_command("sign_publications", stdout=StringIO())
    call_command("sign_publications", stdout=StringIO())
    assert PublicationSignature.objects.count() == 2
    assert DeliveryRevision.objects.get().revision == before + 1
    assert AuditEvent.objects.filter(event="campaigns.signed").count() == 1
    # The old key may go now, and what it signed is still served.
    settings.SIGNING_KEYS = settings.SIGNING_KEYS[:1]
    assert len(read().texts) == 1


def test_a_process_that_only_verifies_serves_too(house: Any, now: Any, settings: Any) -> None:
    from portal.keyring import jwks

    published(house, now)
    named = [each["x"] for each in jwks()["keys"] if each["purpose"] == "documents"]
    settings.SIGNING_KEYS, settings.VERIFY_KEYS = [], named
    assert len(read().texts) == 1
    settings.VERIFY_KEYS = [each["x"] for each in jwks()["keys"] if each["purpose"] == "snapshots"]
    assert read().texts == {}


def test_a_tampered_text_is_not_signed_anew(house: Any, now: Any, as_owner: Any, settings: Any) -> None:
    published(house, now)
    as_owner("UPDATE campaigns_version SET content = jsonb_set(content, '{priority}', '99')")
    settings.SIGNING_KEYS = [signing_key(), *settings.SIGNING_KEYS]
    said = StringIO()
    call_command("sign_publications", stdout=StringIO(), stderr=said)
    assert "does not match its SHA-256" in said.getvalue()
    assert PublicationSignature.objects.count() == 1


def test_what_was_left_out_and_is_recalled_is_forgotten(house: Any, now: Any, as_owner: Any) -> None:
    """Or the process would call itself not ready for as long as it runs."""
    bad, other = published(house, now), published(house, now, title="Another")
    changed = "jsonb_set(content, '{texts,en,headline}', '\"Send it\"')"
    as_owner(f"UPDATE campaigns_version SET content = {changed} WHERE id = '{bad.pk}'")  # noqa: S608
    with psycopg.connect(settings.DELIVERY_DATABASE_URL, autocommit=True) as direct:
        first, refused = load.load(direct)
        assert refused.keys() == {str(bad.publication.pk)}
        review.recall(other.campaign_id, actor=house.supervisor, now=now, why="A wrong number.")
        second, refused = load.load(direct, first, refused)
        assert refused.keys() == {str(bad.publication.pk)}
        review.recall(bad.campaign_id, actor=house.supervisor, now=now, why="It was tampered with.")
        third, refused = load.load(direct, second, refused)
    assert refused == {}
    assert third.revision == second.revision + 1


def test_what_is_left_out_shows_in_readyz(monkeypatch: Any) -> None:
    from campaigns.delivery.follow import follower

    monkeypatch.setattr(follower, "snapshot", lambda: object())
    monkeypatch.setattr(follower, "refused", {"p1": "the text does not match its SHA-256"})
    assert report()["delivery"] == "1 live campaigns cannot be proved"


def test_each_publication_is_signed_as_it_is_published(house: Any, now: Any) -> None:
    version = published(house, now)
    publication = Publication.objects.get(version=version)
    assert publication.signatures.count() == 1


def test_after_a_restore_the_revision_is_raised_past_what_was_seen(house: Any, now: Any) -> None:
    published(house, now)
    seen = read()
    DeliveryRevision.objects.update(revision=1)
    said = StringIO()
    call_command("raise_delivery_revision", "--past", str(seen.revision + 7), stdout=said)
    assert DeliveryRevision.objects.get().revision == seen.revision + 8
    assert same(changed(seen)[0], read())
    call_command("raise_delivery_revision", stdout=said)
    assert DeliveryRevision.objects.get().revision == seen.revision + 8 + 1_000_001
    with pytest.raises(CommandError, match="only ever goes up"):
        call_command("raise_delivery_revision", "--past", "3", stdout=said)
