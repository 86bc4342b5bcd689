"""The delivery API as OpenAPI sees it. The edge answers first; under Django's door it is the same code."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from campaigns.delivery.edge import Edge
from campaigns.delivery.problems import NO_STREAM
from campaigns.models.campaign import Network
from portal.clients.described import SECURED, behind_the_door
from portal.clients.problems import Refused

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
    languages: list[str] = Field(description="BCP 47; in which it answers, where that is known")
    valid_until: str | None = Field(description="ISO 8601 date, where the contact is temporary")


class WarningAnswer(Schema):
    label: str
    advice: str = Field(description="What the user reads after choosing this answer")
    is_warning_sign: bool


class WarningQuestion(Schema):
    text: str
    answers: list[WarningAnswer]


class WarningSource(Schema):
    name: str
    url: str
    as_of: str | None = Field(description="ISO 8601 date of the figures")


class WarningExample(Schema):
    scam_type: str
    title: str
    how_it_goes: str
    how_to_tell: str


class WarningText(Schema):
    headline: str
    body: str
    tips: list[str]
    examples: list[WarningExample]
    question: WarningQuestion | None
    resources: list[WarningResource]
    sources: list[WarningSource]


class Mark(Schema):
    sha256: str
    width: int
    height: int


class VersionName(Schema):
    id: str
    number: int
    sha256: str = Field(description="SHA-256 of the canonical JSON (RFC 8785) that two people approved")


class SigningAgency(Schema):
    id: str
    name: dict[str, str] = Field(description="By BCP 47 tag")
    mark: Mark | None = Field(description="Its picture is at /marks/{sha256}.png, good forever")


class SignedPublication(Schema):
    """What people approved, as it was signed; whatever is used of a campaign is in here, or proved by it."""

    typ: str = Field(description="portal/publication")
    key: str = Field(description="RFC 7638 thumbprint of the key that signed; see /keys")
    form: int
    id: str
    campaign: str
    version: VersionName
    published_at: str
    agency: SigningAgency
    scam_type: str
    priority: int
    regions: list[str]
    default_language: str
    window: dict[str, str | None] = Field(
        description="starts_at and ends_at (null: evergreen) in UTC, and the zone it was written in"
    )
    conditions: dict[str, Any] = Field(
        description="Judged already by what the call said, else for the exchange to judge; what is absent"
        " holds for everyone: min_amount {value, currency}, assets, networks, new_address,"
        " account_younger_than_days, age_bands"
    )
    showing: dict[str, int] | None = Field(description="At most at_most times in per_days days to one person")
    unconfirmed_seconds: int = Field(
        description="So long it may still be shown by whoever cannot ask whether it was recalled"
    )
    texts: dict[str, str] = Field(
        description="SHA-256 of the canonical JSON (RFC 8785) of each language's text"
    )


class LiveCampaign(Schema):
    publication: SignedPublication
    signature: str = Field(
        description="Ed25519 over the canonical JSON (RFC 8785) of `publication`, base64url"
    )
    language: str = Field(description="BCP 47")
    agency: str = Field(description="Its name in this language")
    warning: WarningText
    variant: str | None = Field(description="Of an experiment; null without one")
    events: list[str]


class Manifest(Schema):
    typ: str = Field(description="portal/snapshot")
    key: str
    form: int
    revision: int = Field(description="Never goes back")
    regions: list[str] | None = Field(description="As asked for; null: all")
    publications: list[dict[str, str | None]] = Field(
        description="publication, sha256 of the signed document's canonical JSON, until (null: no end)"
    )


class WholePublication(Schema):
    publication: SignedPublication
    signature: str
    texts: dict[str, WarningText] = Field(description="By BCP 47 tag: all of them")


class SnapshotAnswer(Schema):
    snapshot: Manifest
    signature: str = Field(
        description="Ed25519 over the canonical JSON of `snapshot`, by a key of the purpose “snapshots”"
    )
    publications: list[WholePublication]


class PublicKey(Schema):
    kty: str
    crv: str
    x: str
    kid: str = Field(description="RFC 7638 thumbprint")
    use: str
    purpose: str = Field(description="documents: publications and audit heads; snapshots: snapshots alone")


class PublicKeys(Schema):
    keys: list[PublicKey]


class Active(Schema):
    region: str
    campaigns: list[LiveCampaign]


class ActiveQuery(Schema):
    region: str = Field(description="ISO 3166-1 alpha-2 or ISO 3166-2")
    language: str | None = Field(
        None, description="BCP 47; without it each campaign answers in its own default"
    )
    amount: str | None = Field(None, description="Of the withdrawal, a decimal number, in `currency`")
    currency: str | None = Field(None, description="ISO 4217; given together with `amount`")
    asset: str | None = Field(None, description="Such as USDT")
    network: str | None = Field(
        None, description=f"One of {', '.join(Network.values)}; another code means none of these"
    )
    new_address: str | None = Field(
        None, description="true or false: whether it is the first one to this address"
    )
    account_age_days: str | None = Field(None, description="Whole days since the account was opened")
    age_band: str | None = Field(None, description="Of the user; never a date of birth")
    subject: str | None = Field(
        None,
        description="The client's pseudonymous name of the user: leaves out what was shown as often as its"
        " rule allows, counted from `shown` events of the same subject",
    )


class SnapshotQuery(Schema):
    regions: str | None = Field(
        None, description="ISO 3166 codes with commas between them, each with its country and parts; else all"
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
    return _answered(request)


# In OpenAPI an answer that is no JSON is described by hand; django-ninja would describe it as JSON.
HTML: dict[str, Any] = {
    "description": "One <article>, complete without script and style; its data- attributes name the campaign,"
    " the publication, the version and the language",
    "content": {"text/html": {"schema": {"type": "string"}}},
}
AS_HTML = behind_the_door((200, 204, 304, 400, 422)) | SECURED
AS_HTML["responses"][200] |= HTML


@router.get(
    "/fragment",
    response={204: None, 304: None, **REFUSALS},
    operation_id="campaign_fragment",
    openapi_extra=AS_HTML,
)
def fragment(request: HttpRequest, query: Query[ActiveQuery]) -> HttpResponse:
    """The first of what /active would answer to the same call, as HTML for the page of the withdrawal."""
    return _answered(request)


@router.get(
    "/snapshot",
    response={200: SnapshotAnswer, 304: None, **REFUSALS},
    operation_id="campaigns_snapshot",
    openapi_extra=behind_the_door((200, 304, 400, 422)) | SECURED,
)
def snapshot(request: HttpRequest, query: Query[SnapshotQuery]) -> HttpResponse:
    """Every live publication of these regions with all its texts, for evaluating in the client's process."""
    return _answered(request)


@router.get("/keys", response={200: PublicKeys, 405: ProblemDocument}, operation_id="public_keys")
def keys(request: HttpRequest) -> HttpResponse:
    """The public keys of every signature (RFC 7517), those that sign now first; for everyone."""
    return _answered(request)


@router.get(
    "/stream",
    response={200: None, **REFUSALS},
    operation_id="revisions",
    openapi_extra=behind_the_door((200,)) | SECURED,
)
def stream(request: HttpRequest) -> HttpResponse:
    """Server-sent events: `revision` at once and at each change, `heartbeat` every five seconds,
    `unconfirmed` while this process cannot ask; each with {"revision", "age"}. 503 no-stream: poll /snapshot.
    """
    # In front of Django stands campaigns.delivery.stream, wherever streams can be held at all.
    raise Refused(NO_STREAM)


def _answered(request: HttpRequest) -> HttpResponse:
    status, headers, body = _edge.respond(request.META)
    response = HttpResponse(body, status=int(status[:3]))
    for name, value in headers:
        response[name] = value
    return response
