"""The Celery application. Tasks carry ids only: each reads the row it works on, under its lock."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        "portal",
        "portal.agencies.application",
        "portal.agencies.application.forgetting",
        "portal.agencies.registration",
        "portal.agencies.roster.attestation",
        "portal.agencies.roster.invitations",
        "portal.agencies.standing",
        "portal.agencies.vetting.domains",
        "portal.agencies.vetting.mailbox",
        "portal.audit",
        "portal.clients",
        "portal.documents",
        "portal.identity",
        "portal.notices",
        "campaigns",
        "campaigns.bulk",
        "campaigns.delivery",
        "casesupport",
    ]
)
