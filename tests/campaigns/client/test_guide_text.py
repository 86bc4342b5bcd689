"""What the guide says beside its examples: links that lead somewhere, and the code's own figures."""

import inspect
import re
from pathlib import Path

from campaigns.client import Client
from campaigns.client.following import KEYS_AGAIN_SECONDS, SKEW_SECONDS
from campaigns.client.reporting import MOST_EVENTS, MOST_REFUSED
from campaigns.client.showings import DAY
from campaigns.delivery.stream import LONGEST_SECONDS
from campaigns.models.campaign import Unconfirmed
from tests.campaigns.client.guide import PAGES


def test_what_the_guide_links_to_is_there() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]*(?:#[^)]*)?)\)", page.read_text(encoding="utf-8")):
            name, _, anchor = target.partition("#")
            file = (page.parent / name).resolve() if name else page
            assert file.exists(), target
            assert not anchor or anchor in anchors(file), target


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_guides_figures_are_the_clients() -> None:
    default = {name: each.default for name, each in inspect.signature(Client).parameters.items()}
    assert (default["lease"], default["max_staleness"] / DAY, default["poll"]) == (20, 7, 5)
    assert default["spool_bytes"] == 256 * 2**20
    assert inspect.signature(Client.start).parameters["wait"].default == 2
    assert (MOST_EVENTS, MOST_REFUSED) == (1000, 10_000)
    assert (SKEW_SECONDS, KEYS_AGAIN_SECONDS) == (3, 60)
    assert [hours * 3600 for hours in (0, 0.25, 1, 24, 7 * 24)] == Unconfirmed.values
    assert min(LONGEST_SECONDS) == 600
