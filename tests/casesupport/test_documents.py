import hashlib
import io
import os
import time
import zlib

import pikepdf
import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, transaction
from PIL import Image

from casesupport.documents import flows, store
from casesupport.documents.accept import accept, display_name
from casesupport.lifecycle import RequestStatus
from casesupport.models import Document
from casesupport.tasks import sweep
from portal.kernel.errors import Forbidden, Invalid, NotVisible, WrongState
from portal.models import AuditEvent
from tests.casesupport.cases import LETTER, asked, attached, drafted, submitted, upload

pytestmark = pytest.mark.django_db


def picture(form: str, size: tuple[int, int] = (40, 30)) -> bytes:
    target = io.BytesIO()
    Image.effect_noise(size, 80).convert("RGB").save(target, form)
    return target.getvalue()


def pdf(change=None, **options) -> bytes:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(LETTER)) as document:
        if change:
            change(document)
        document.save(target, **options)
    return target.getvalue()


def with_script(document):
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def with_script_deep_down(document):
    act = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="x")
    link = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 1, 1], AA=pikepdf.Dictionary(E=act)
    )
    document.pages[0].Annots = pikepdf.Array([link])


def with_launch(document):
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe")


def with_file_inside(document):
    document.attachments["secret.txt"] = b"hidden"


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


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"Dear exchange, this is no PDF.", "kind"),
        (b"MZ\x90\x00" + bytes(100), "kind"),
        (b"<html><script>alert(1)</script></html>", "kind"),
        (b"PK\x03\x04" + bytes(100), "kind"),
        (b" %PDF-1.7 not at the start", "kind"),
        (b"%PDF-1.7\nonly the first line is one", "damaged"),
        (b"%PDF-1.7\n" + os.urandom(5000), "damaged"),
        (LETTER[: len(LETTER) // 2], "damaged"),
        (LETTER[:-10], "damaged"),
        (pdf(encryption=pikepdf.Encryption(owner="o", user="u")), "encrypted"),
        (pdf(encryption=pikepdf.Encryption(owner="o", user="")), "encrypted"),
        (pdf(with_script), "active"),
        (pdf(with_script_deep_down), "active"),
        (pdf(with_script_deep_down, object_stream_mode=pikepdf.ObjectStreamMode.generate), "active"),
        (pdf(with_launch), "active"),
        (pdf(with_file_inside), "embedded"),
        (picture("JPEG")[:400], "damaged"),
        (picture("PNG")[:-30], "damaged"),
        (b"\xff\xd8\xff" + bytes(1000), "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
    ],
)
def test_the_content_decides_and_the_refusal_says_why(data, code):
    with pytest.raises(Invalid) as refused:
        accept(upload(data))
    assert refused.value.code == f"document-{code}"
    assert "document" in refused.value.errors


def test_a_picture_made_to_fill_the_memory_is_refused():
    header = b"\x89PNG\r\n\x1a\n"
    size = (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"

    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    data = header + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(bytes(10_000))) + chunk(b"IEND", b"")
    with pytest.raises(Invalid) as refused:
        accept(upload(data))
    assert refused.value.code == "document-too-complex"


def test_a_pdf_made_to_fill_the_memory_is_refused_and_the_portal_lives():
    # An object stream of 3 GB of spaces in 3 MB; whoever looks for object 4 unpacks it.
    packer = zlib.compressobj(9)
    packed = b"".join(
        [packer.compress(b"4 0 "), *[packer.compress(b" " * 2**24) for _ in range(192)], packer.flush()]
    )
    body = b"%PDF-1.7\n"
    offsets = {}
    for number, text in (
        (1, b"<</Type/Catalog/Pages 2 0 R/X 4 0 R>>"),
        (2, b"<</Type/Pages/Count 1/Kids[3 0 R]>>"),
        (3, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"),
    ):
        offsets[number] = len(body)
        body += b"%d 0 obj%sendobj\n" % (number, text)
    offsets[5] = len(body)
    body += b"5 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n" % len(packed)
    body += packed + b"\nendstream endobj\n"
    offsets[6] = len(body)
    plain = {number: (1, where, 0) for number, where in offsets.items()}
    rows = [(0, 0, 255), *[plain.get(number, (2, 5, 0)) for number in range(1, 7)]]
    table = b"".join(bytes([kind]) + where.to_bytes(4, "big") + bytes([last]) for kind, where, last in rows)
    body += b"6 0 obj<</Type/XRef/Size 7/W[1 4 1]/Root 1 0 R/Length %d>>stream\n" % len(table)
    body += table + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF\n" % offsets[6]
    began = time.monotonic()
    with pytest.raises(Invalid) as refused:
        accept(upload(body))
    assert refused.value.code == "document-too-complex"
    assert time.monotonic() - began < 35


def test_an_empty_file_is_refused():
    with pytest.raises(Invalid, match="empty"):
        accept(upload(b""))


def test_a_file_above_the_limit_is_refused_unread(settings):
    settings.DOCUMENT_MAX_BYTES = len(LETTER)
    assert accept(upload(LETTER))
    settings.DOCUMENT_MAX_BYTES = len(LETTER) - 1
    with pytest.raises(Invalid, match="larger"):
        accept(upload(LETTER))


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("order.pdf", "order.pdf"),
        ("ORDER.PDF", "ORDER.pdf"),
        ("命令書.pdf", "命令書.pdf"),
        ("order.docx", "order.docx.pdf"),
        ("order.pdf.exe", "order.pdf.exe.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\me\\order.pdf", "order.pdf"),
        ("..", "document.pdf"),
        ("", "document.pdf"),
        (".pdf", "pdf.pdf"),
        ("\u202efdp.exe", "fdp.exe.pdf"),
        ("inv\u200bisible\x00\r\nX-Header: 1.pdf", "invisibleX-Header_ 1.pdf"),
        ('a"b;<c>.pdf', "a_b;_c_.pdf"),
    ],
)
def test_a_file_name_is_never_trusted(given, shown):
    assert display_name(given, "application/pdf") == shown


def test_a_long_name_keeps_its_extension():
    name = display_name("x" * 400 + ".pdf", "application/pdf")
    assert len(name) == 120 and name.endswith(".pdf")


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
