""".env.example is complete: whoever deploys reads it, and nothing else, to learn what can be set."""

import re

from portal.build import CHECKOUT


def test_every_variable_that_settings_read_is_explained():
    settings = (CHECKOUT / "portal" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', settings))
    example = (CHECKOUT / ".env.example").read_text(encoding="utf-8")
    explained = set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    compose_only = {
        "POSTGRES_PASSWORD", "POSTGRES_OWNER_PASSWORD", "POSTGRES_PORTAL_PASSWORD", "VALKEY_PASSWORD",
        "PORTAL_VERSION",
    }  # fmt: skip
    assert read == explained - compose_only
