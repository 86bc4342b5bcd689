"""Fixtures of the case support tests: a storage that is empty, and a moment that lies behind."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone


@pytest.fixture(autouse=True)
def storage() -> Iterator[Path]:
    root = Path(settings.MEDIA_ROOT)
    shutil.rmtree(root, ignore_errors=True)
    yield root
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def now() -> datetime:
    """Shortly ago: what the pages do, they do later."""
    return timezone.now().replace(microsecond=0) - timedelta(minutes=5)
