"""The web component as it is built and published."""

import base64
import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from campaigns.client.words import words
from campaigns.component import build


def test_its_files_are_named_by_their_content_and_proved_by_their_integrity(client: Any) -> None:
    answer = client.get("/api/v1/campaigns/component")
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert not answer.cookies
    for kind, file in answer.json().items():
        path = file["url"].removeprefix(settings.BASE_URL + settings.STATIC_URL)
        assert re.search(r"\.[0-9a-f]{12}\.(js|css)$", path), kind
        digest = hashlib.sha384((Path(settings.STATIC_ROOT) / path).read_bytes()).digest()
        assert file["integrity"] == f"sha384-{base64.b64encode(digest).decode()}"


def test_the_words_are_those_of_the_client() -> None:
    line = next(line for line in build.built().splitlines() if "const WORDS" in line)
    assert json.loads(line.partition("= ")[2].removesuffix(";")) == words()


def test_it_asks_for_nothing_that_a_strict_policy_refuses() -> None:
    source = build.SOURCE.read_text(encoding="utf-8")
    ruled_out = ("eval(", "new Function", "innerHTML", "insertAdjacentHTML", "document.write", ".style")
    assert [each for each in ruled_out if each in source] == []


def test_an_unchanged_file_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_VAR_DIR", str(tmp_path))
    assert build.main() == 0
    file = tmp_path / "vendor" / "component" / "withdrawal-warning.js"
    os.utime(file, (1, 1))
    assert build.main() == 0
    assert file.stat().st_mtime == 1
