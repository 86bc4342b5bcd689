"""Gives a document out: always as an attachment, in a sandbox, never kept by a cache, never sniffed."""

from typing import Protocol

from django.http import FileResponse

from portal.documents import store


class Document(Protocol):
    """A row that names a kept file."""

    path: str
    name: str
    content_type: str


HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def response_for(document: Document) -> FileResponse:
    response = FileResponse(
        store.open_kept(document.path),
        as_attachment=True,
        filename=document.name,
        content_type=document.content_type,
    )
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response
