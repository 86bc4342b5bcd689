"""A supervisor takes the roster as a file, in a real browser, twice, and each time it is written down."""

import hashlib
from pathlib import Path

from portal.models import AuditEvent
from tests.journeys.person import Person


def test_a_roster_is_taken_as_a_file(chromium, portal, house, now):
    supervisor = Person(chromium, portal.url, house.supervisor)
    supervisor.goto("/roster/?q=officer&sort=-name")
    for taken in (1, 2):
        with supervisor.page.expect_download() as waiting:
            supervisor.page.click("button:has-text('Export')")
        content = Path(waiting.value.path()).read_bytes()
        assert waiting.value.suggested_filename == "roster.csv"
        assert len(content.decode("utf-8-sig").splitlines()) == 3
        acts = AuditEvent.objects.filter(event="agencies.roster_exported").order_by("seq")
        assert [each.data["sha256"] for each in acts] == [hashlib.sha256(content).hexdigest()] * taken
    supervisor.judge()
