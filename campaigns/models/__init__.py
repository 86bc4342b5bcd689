"""Campaigns: the working text, the frozen versions, who decided what, what is served, what came of it."""

from campaigns.models.campaign import Campaign, Contribution
from campaigns.models.outcome import Exposure, OutcomeEvent
from campaigns.models.publication import DeliveryRevision, Publication
from campaigns.models.texts import Resource, ScamExample, Tip
from campaigns.models.version import Decision, Version

__all__ = [
    "Campaign",
    "Contribution",
    "Decision",
    "DeliveryRevision",
    "Exposure",
    "OutcomeEvent",
    "Publication",
    "Resource",
    "ScamExample",
    "Tip",
    "Version",
]
