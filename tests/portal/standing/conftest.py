"""Plain static files, an empty document store, a moment that lies shortly back, a browser for each person."""

from tests.campaigns.conftest import browser_of
from tests.casesupport.conftest import now, storage

__all__ = ["browser_of", "now", "storage"]
