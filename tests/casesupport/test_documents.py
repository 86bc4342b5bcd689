import hashlib
import io

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, transaction
from PIL import Image

from casesupport.documents import flows
from casesupport.lifecycle import RequestStatus
from casesupport.models import Document
from portal.documents import store
from portal.documents.accept import accept
from portal.documents.tasks import sweep
from portal.kernel.errors import Forbidden, Invalid, NotVisible, WrongState
from portal.models import AuditEvent
from tests.casesupport.cases import LETTER, asked, attached, drafted, submitted, upload

pytestmark = pytest.mark.django_db


def picture(form: str, size: tuple[int, int] = (40, 30)) -> bytes:
    target = io.BytesIO()
    Image.effect_noise(size, 80).convert("RGB").save(target, form)
    return target.getvalue()


def files(storage):
    return [place for place in storage.rglob("*") if place.is_file()]


@pytest.mark.parametrize(
    ("data", "content_type"),
    [(LETTER, "application/pdf"), (picture("JPEG"), "image/jpeg"), (picture("PNG"), "image/png")],
)
def test_what_is_attached_is_kept_byte_for_byte_with_its_digest(house, now, storage, data, content_type):
    case_request = drafted(house, now)
    document = flows.attach(case_request.pk, actor=house.officer, now=now, document=accept(upload(data)))
    assert document.content_type == content_type
    assert (document.size, document.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    with store.open_kept(document.path) as file:
        assert file.read() == data
    (place,) = files(storage)
    assert place.stat().st_mode & 0o077 == 0
    assert "order" not in str(place)


def test_it_is_recorded_without_its_name(house, now):
    document = attached(drafted(house, now), house, now)
    event = AuditEvent.objects.get(event="documents.attached")
    assert event.data["sha256"] == document.sha256
    assert document.name not in str(event.data) + event.subject_label


def test_the_order_belongs_to_the_legal_process_and_a_draft_becomes_a_new_revision(house, now):
    case_request = drafted(house, now)
    document = attached(case_request, house, now)
    case_request.refresh_from_db()
    assert case_request.legal_process.document == document
    assert case_request.revision == 2


def test_a_document_may_come_with_an_answer(house, now):
    case_request = asked(house, now)
    attached(case_request, house, now)
    case_request.refresh_from_db()
    assert case_request.documents.count() == 2
    assert case_request.status == RequestStatus.AWAITING_AGENCY


def test_a_name_that_reverses_itself_is_kept_harmless_and_the_place_is_random(house, now, storage):
    case_request = drafted(house, now)
    file = ContentFile(LETTER, name="../../../\u202efdp.exe")
    document = flows.attach(case_request.pk, actor=house.officer, now=now, document=accept(file))
    assert document.name == "fdp.exe.pdf"
    assert [place.parent.parent for place in files(storage)] == [storage]


def test_if_the_act_fails_no_file_stays(house, now, storage):
    case_request = submitted(house, now)
    before = files(storage)
    with pytest.raises(WrongState):
        attached(case_request, house, now)
    with pytest.raises(NotVisible):
        flows.attach(case_request.pk, actor=house.outsider, now=now, document=accept(upload()))
    with pytest.raises(Forbidden):
        flows.attach(case_request.pk, actor=house.analyst, now=now, document=accept(upload()))
    assert files(storage) == before


def test_if_the_disk_fails_half_way_there_is_neither_file_nor_row(house, now, storage, monkeypatch):
    case_request = drafted(house, now)
    document = accept(upload())

    def broken():
        yield LETTER[:100]
        raise OSError("No space left on device")

    monkeypatch.setattr(document.file, "chunks", broken)
    with pytest.raises(OSError):
        flows.attach(case_request.pk, actor=house.officer, now=now, document=document)
    assert files(storage) == []
    assert not Document.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_when_the_last_step_of_the_transaction_fails_the_file_is_gone_too(house, now, storage, monkeypatch):
    case_request = drafted(house, now)

    def broken(*args, **options):
        raise RuntimeError("the record failed")

    monkeypatch.setattr(flows, "record", broken)
    with pytest.raises(RuntimeError):
        attached(case_request, house, now)
    assert files(storage) == []
    assert not Document.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_a_crash_left_is_swept_and_nothing_else(house, now, storage):
    document = attached(drafted(house, now), house, now)
    orphan = store.keep(ContentFile(LETTER))
    draft = storage / "incoming" / "tmp-half"
    draft.write_bytes(b"half")
    assert sweep() == 0  # all of it is young
    assert sweep(older_than_seconds=-5) == 2
    assert [place.relative_to(storage).as_posix() for place in files(storage)] == [document.path]
    assert orphan.path != document.path


@pytest.mark.django_db(transaction=True)
def test_a_document_leaves_a_draft_with_its_file(house, now, storage):
    case_request = drafted(house, now)
    document = attached(case_request, house, now)
    flows.detach(document.pk, actor=house.second_officer, now=now)
    case_request.refresh_from_db()
    assert not case_request.documents.exists()
    assert case_request.legal_process.document is None
    assert case_request.revision == 3
    assert files(storage) == []
    assert AuditEvent.objects.get(event="documents.detached").data["sha256"] == document.sha256


def test_what_was_submitted_keeps_its_documents(house, now):
    document = submitted(house, now).documents.get()
    with pytest.raises(WrongState):
        flows.detach(document.pk, actor=house.officer, now=now)
    with pytest.raises(Forbidden):
        flows.detach(document.pk, actor=house.analyst, now=now)
    for act in (
        lambda: Document.objects.all()._raw_delete("default"),
        lambda: Document.objects.update(name="x"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


@pytest.mark.parametrize("who", ["officer", "supervisor", "analyst", "lead", "auditor"])
def test_reading_is_an_act_that_is_recorded(house, now, who):
    document = submitted(house, now).documents.get()
    flows.read(document.pk, actor=getattr(house, who), now=now)
    event = AuditEvent.objects.get(event="documents.read")
    assert (event.subject_id, event.actor_id) == (str(document.pk), getattr(house, who).id)
    assert event.subject_agency_id == house.ours.pk
    assert document.name not in event.subject_label


@pytest.mark.parametrize("who", ["outsider", "other_supervisor", "reviewer"])
def test_an_outsider_finds_no_document(house, now, who):
    document = submitted(house, now).documents.get()
    with pytest.raises(NotVisible):
        flows.read(document.pk, actor=getattr(house, who), now=now)
    with pytest.raises(NotVisible):
        flows.detach(document.pk, actor=getattr(house, who), now=now)
    assert not AuditEvent.objects.filter(event="documents.read").exists()


def test_a_drafts_document_is_the_agencys_alone(house, now):
    document = attached(drafted(house, now), house, now)
    with pytest.raises(NotVisible):
        flows.read(document.pk, actor=house.analyst, now=now)


def test_bytes_that_are_not_those_that_were_attached_are_not_given_out(house, now, storage):
    document = attached(drafted(house, now), house, now)
    place = storage / document.path
    place.write_bytes(LETTER + b" ")
    with pytest.raises(Invalid):
        flows.read(document.pk, actor=house.officer, now=now)
    place.unlink()
    with pytest.raises(Invalid):
        flows.read(document.pk, actor=house.officer, now=now)


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "ab/../../x", "", "ab/" + "0" * 39])
def test_the_storage_opens_only_what_it_named_itself(path):
    with pytest.raises(ValueError):
        store.open_kept(path)
