"""Fixtures of the case support tests: two acts at the same moment, and a storage that is empty."""

import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone


@pytest.fixture(autouse=True)
def storage() -> Iterator[Path]:
    root = Path(settings.MEDIA_ROOT)
    shutil.rmtree(root, ignore_errors=True)
    yield root
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def at_once() -> Callable[..., list[Any]]:
    """at_once(act, act): both in threads with connections of their own; what each returned or raised."""

    def run(*acts: Callable[[], Any]) -> list[Any]:
        gate = threading.Barrier(len(acts))
        results: list[Any] = [None] * len(acts)

        def enter(number: int, act: Callable[[], Any]) -> None:
            try:
                gate.wait()
                results[number] = act()
            except Exception as raised:
                results[number] = raised
            finally:
                connection.close()

        threads = [threading.Thread(target=enter, args=pair) for pair in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        return results

    return run


@pytest.fixture
def now() -> datetime:
    """Shortly ago: what the pages do, they do later."""
    return timezone.now().replace(microsecond=0) - timedelta(minutes=5)
