"""Campaigns: the working text, the frozen versions, who decided what, what is served, what came of it."""

from campaigns.models.campaign import Campaign, Contribution
from campaigns.models.mark import AgencyMark
from campaigns.models.outcome import Exposure, OutcomeChange, OutcomeCount, OutcomeEvent
from campaigns.models.publication import (
    DeliveryAcknowledgement,
    DeliveryChange,
    DeliveryProcess,
    DeliveryRevision,
    Publication,
)
from campaigns.models.remark import Remark
from campaigns.models.signature import PublicationSignature
from campaigns.models.texts import Answer, Resource, ScamExample, Source, Tip
from campaigns.models.translation import Translation
from campaigns.models.translationimport import TranslationImport
from campaigns.models.unsaved import UnsavedText
from campaigns.models.version import Decision, Version

__all__ = [
    "AgencyMark",
    "Answer",
    "Campaign",
    "Contribution",
    "Decision",
    "DeliveryAcknowledgement",
    "DeliveryChange",
    "DeliveryProcess",
    "DeliveryRevision",
    "Exposure",
    "OutcomeChange",
    "OutcomeCount",
    "OutcomeEvent",
    "Publication",
    "PublicationSignature",
    "Remark",
    "Resource",
    "ScamExample",
    "Source",
    "Tip",
    "Translation",
    "TranslationImport",
    "UnsavedText",
    "Version",
]
