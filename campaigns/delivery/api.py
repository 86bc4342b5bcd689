"""The delivery API as OpenAPI sees it. The edge answers first; under Django's door it is the same code."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from campaigns.delivery.edge import Edge
from portal.clients.described import SECURED, behind_the_door

router = Router(tags=["delivery"])
_edge = Edge(behind=None)


class ProblemDocument(Schema):
    type: str
    title: str
    status: int
    code: str
    detail: str


class WarningResource(Schema):
    name: str
    phone: str
    url: str
    hours: str


class WarningExample(Schema):
    title: str
    how_it_goes: str
    how_to_tell: str


class WarningText(Schema):
    headline: str
    body: str
    tips: list[str]
    examples: list[WarningExample]
    resources: list[WarningResource]


class VersionName(Schema):
    id: str
    number: int
    sha256: str = Field(description="SHA-256 of the canonical JSON (RFC 8785) that two people approved")


class LiveCampaign(Schema):
    campaign: str
    publication: str
    version: VersionName
    agency: str
    scam_type: str
    priority: int
    window: dict[str, str]
    language: str = Field(description="BCP 47")
    warning: WarningText
    events: list[str]


class Active(Schema):
    region: str
    campaigns: list[LiveCampaign]


class ActiveQuery(Schema):
    region: str = Field(description="ISO 3166-1 alpha-2 or ISO 3166-2")
    language: str | None = Field(
        None, description="BCP 47; without it each campaign answers in its own default"
    )


REFUSALS: dict[Any, Any] = dict.fromkeys((400, 401, 403, 405, 422, 429, 503), ProblemDocument)


@router.get(
    "/active",
    response={200: Active, 204: None, 304: None, **REFUSALS},
    operation_id="active_campaigns",
    openapi_extra=behind_the_door((200, 204, 304, 400, 422)) | SECURED,
)
def active(request: HttpRequest, query: Query[ActiveQuery]) -> HttpResponse:
    """What a user who starts a withdrawal in this region is to be shown now, highest priority first."""
    status, headers, body = _edge.respond(request.META)
    response = HttpResponse(body, status=int(status[:3]))
    for name, value in headers:
        response[name] = value
    return response
