"""What the benchmarks begin with is made by the same flows as everything else, and must pass them."""

import pytest

from benchmarks.people import live_campaign
from campaigns.models import Publication


@pytest.mark.django_db
def test_a_live_campaign_is_made_with_a_client_that_may_ask_for_it() -> None:
    version, key, client = live_campaign()
    assert Publication.objects.get().version == version
    assert key.startswith("lepp_")
    assert {"campaigns:read", "events:write"} <= client.scopes
