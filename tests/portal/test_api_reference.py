"""The API's reference: every operation, with links that lead somewhere; every code in the guide."""

import re
from typing import Any

from django.urls import reverse

from portal.api import api
from tests.house.addresses import ROOT


def test_the_page_names_every_operation_and_every_schema(client: Any, db: None) -> None:
    page = client.get(reverse("api-reference"))
    assert page.status_code == 200
    document = api.get_openapi_schema()
    for path, item in document["paths"].items():
        for operation in item.values():
            assert f'id="{operation["operationId"]}"' in page.text
            assert path in page.text
    anchors = set(re.findall(r'id="([^"]+)"', page.text))
    assert set(re.findall(r'href="#([^"]+)"', page.text)) <= anchors
    assert {f"schema-{name}" for name in document["components"]["schemas"]} <= anchors


def test_every_code_that_a_client_may_get_stands_in_the_guide() -> None:
    """The vocabulary is stable: a client may go by it, so none is made up in passing."""
    guide = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z]+(?:-[a-z]+)*)`", guide))
    used: set[str] = set()
    for source in (
        "portal/clients/problems.py", "campaigns/delivery/problems.py", "campaigns/delivery/instances.py",
        "portal/api.py",
    ):  # fmt: skip
        text = (ROOT / source).read_text(encoding="utf-8")
        used |= set(re.findall(r'Problem\(\s*\d+,\s*"([a-z-]+)"', text))
        used |= set(re.findall(r'code="([a-z-]+)"', text))
    assert len(used) > 15
    assert used - named - {"invalid", "forbidden"} == set()
