"""What runs by itself, and when (UTC). Each job finds what is due, so a missed run loses nothing."""

from celery.schedules import crontab

CELERY_BEAT_SCHEDULE = {
    "beat-heartbeat": {"task": "portal.health.heartbeat", "schedule": 5.0, "options": {"expires": 10}},
    "send-what-a-crash-left": {"task": "portal.notices.sweep", "schedule": 30.0, "options": {"expires": 30}},
    "mail-invitations-that-a-crash-left": {
        "task": "portal.agencies.sweep_invitations",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "remind-of-the-attestation": {"task": "portal.agencies.remind", "schedule": crontab(minute=17)},
    "mail-applications-that-a-crash-left": {
        "task": "portal.agencies.application.sweep",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "ask-registries-that-did-not-answer": {
        "task": "portal.agencies.registration.sweep",
        "schedule": crontab(minute=43),
    },
    "forget-applications": {
        "task": "portal.agencies.application.forget",
        "schedule": crontab(minute=23),
    },
    "remove-orphaned-documents": {"task": "portal.documents.sweep", "schedule": crontab(minute=37)},
    "look-for-proofs-of-domains": {
        "task": "portal.agencies.vetting.look_again",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "mail-proofs-that-a-crash-left": {
        "task": "portal.agencies.vetting.sweep",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "read-translations-that-a-crash-left": {
        "task": "campaigns.bulk.sweep",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "forget-what-delivery-said": {"task": "campaigns.delivery.forget", "schedule": crontab(minute=53)},
    "lapse-what-nobody-uses": {"task": "portal.agencies.lapse_idle", "schedule": crontab(hour=3, minute=17)},
    "warn-of-client-keys": {"task": "portal.clients.warn", "schedule": crontab(hour=6, minute=20)},
    "verify-the-audit-chain": {"task": "portal.audit.verify", "schedule": crontab(minute=7)},
    "sign-the-audit-trail": {"task": "portal.audit.sign_head", "schedule": crontab(minute=2)},
    "take-up-audit-work-that-a-crash-left": {"task": "portal.audit.sweep", "schedule": crontab(minute="*/5")},
    "add-outcomes-to-the-counts": {
        "task": "campaigns.outcomes.roll_up",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "make-weeks-for-outcomes": {"task": "campaigns.outcomes.keep_weeks", "schedule": crontab(minute=53)},
}
