"""Beside the hot path: one publication whenever it was served, and what clients say they run."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema

from campaigns.client.publication import TYP
from campaigns.delivery.api import ProblemDocument, WholePublication
from campaigns.delivery.instances import acknowledge
from campaigns.delivery.publish import signed_content
from campaigns.lifecycle import Phase
from campaigns.models import Publication
from portal.clients.described import behind_the_door
from portal.kernel.errors import NotVisible

router = Router(tags=["delivery"])


class KnownPublication(WholePublication):
    state: str = Field(description=f"One of {', '.join(Phase.values)}, as of this answer")
    until: datetime | None = Field(description="When it ended or will end; null: until somebody ends it")


class Acknowledgement(Schema):
    instance: UUID = Field(description="Of one process, made anew with each start")
    host: str = Field(pattern=r"^[A-Za-z0-9._:-]{1,255}$", description="Its name, as your people know it")
    pid: int = Field(ge=0, le=2**31 - 1)
    revision: int = Field(ge=0, le=2**53 - 1, description="What this process answers with")
    served_seconds: float = Field(
        ge=0, le=7 * 24 * 3600, description="For how long it has, by a clock that cannot be set"
    )


class Acknowledged(Schema):
    at: datetime


REFUSALS: dict[Any, Any] = dict.fromkeys((400, 401, 403, 404, 409, 422, 429, 503), ProblemDocument)


@router.get(
    "/publications/{publication_id}",
    response={200: KnownPublication, **REFUSALS},
    operation_id="one_publication",
    openapi_extra=behind_the_door((200, 404, 422)),
)
def publication(request: HttpRequest, publication_id: UUID) -> Any:
    """What was published under this id, signed, and whether it is still served: to verify a text later."""
    found = (
        Publication.objects.select_related("version")
        .prefetch_related("signatures")
        .filter(pk=publication_id, campaign__agency__is_training=False)
        .first()
    )
    newest = max(found.signatures.all(), key=lambda each: each.pk, default=None) if found else None
    if found is None or newest is None:
        raise NotVisible("No publication has this id.")
    ends = [each for each in (found.ends_at, found.superseded_at, found.recalled_at) if each is not None]
    return {
        "publication": {**signed_content(found), "typ": TYP, "key": newest.key},
        "signature": newest.signature,
        "texts": found.version.content["texts"],
        "state": found.phase_at(timezone.now()),
        "until": min(ends, default=None),
    }


@router.post(
    "/acks",
    response={200: Acknowledged, **REFUSALS},
    operation_id="acknowledge_revision",
    openapi_extra=behind_the_door((200, 400, 409, 422)),
)
def acks(request: HttpRequest, payload: Acknowledgement) -> Any:
    """Say which revision a process of the client answers with: at each change, and once a minute."""
    at = acknowledge(
        payload.instance,
        actor=request.auth,  # type: ignore[attr-defined]
        host=payload.host,
        pid=payload.pid,
        revision=payload.revision,
        served_seconds=payload.served_seconds,
    )
    return {"at": at}
