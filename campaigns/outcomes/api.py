"""POST /events: what users did. The answer comes after the commit."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema

from campaigns.delivery.api import ProblemDocument
from campaigns.outcomes.ingest import MOST_EVENTS, ingest
from portal.clients.described import behind_the_door

router = Router(tags=["outcomes"])


class OutcomeEventIn(Schema):
    """Documents one event; each is judged on its own, so one bad event does not refuse the call."""

    id: str = Field(description="UUIDv7, made by the client; sending it again changes nothing")
    kind: str = Field(description="shown, reviewed, reconsidered or proceeded")
    campaign: str
    version: str
    region: str
    language: str = Field(description="as answered by /active")
    reference: str = Field(description="the client's pseudonymous reference of the withdrawal")
    occurred_at: str = Field(description="RFC 3339 with offset")
    subject: str = Field(
        "",
        description="your pseudonymous name of the user, for showing rules; counted by digest, kept nowhere",
    )
    part: str = Field(
        "", description="what was opened, for a reviewed event: tips, examples, resource or question"
    )


class EventsIn(Schema):
    events: list[Any] = Field(
        min_length=1,
        max_length=MOST_EVENTS,
        json_schema_extra={"items": OutcomeEventIn.model_json_schema()},
    )


class RefusedEvent(Schema):
    index: int
    code: str
    detail: str


class ReceiptOut(Schema):
    accepted: int
    repeated: int
    refused: list[RefusedEvent]


REFUSALS: dict[Any, Any] = dict.fromkeys((400, 401, 403, 413, 422, 429, 503), ProblemDocument)


@router.post(
    "/events",
    response={200: ReceiptOut, **REFUSALS},
    operation_id="report_outcomes",
    openapi_extra=behind_the_door((200, 400, 422)),
)
def events(request: HttpRequest, payload: EventsIn) -> Any:
    """Report 1 to 1,000 events. Bad ones are named by index and reason; the others are stored."""
    return ingest(payload.events, actor=request.auth, now=timezone.now())  # type: ignore[attr-defined]
