"""How the client begins: from spoiled files, from changed ones, and in a forked child."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.campaigns.client.conftest import within
from tests.campaigns.client.feigned import Feigned
from tests.campaigns.client.test_attacked import change, headlines, started


@pytest.fixture
def feigned() -> Iterator[Feigned]:
    portal = Feigned()
    yield portal
    portal.close()


@pytest.mark.parametrize("spoil", [b"", b"{", b"null", b'{"snapshot": {}, "keys": {}, "confirmed_at": "x"}'])
def test_a_spoiled_file_is_no_file(feigned: Feigned, client_of: Any, tmp_path: Any, spoil: bytes) -> None:
    directory = tmp_path / "client"
    directory.mkdir()
    (directory / "snapshot.json").write_bytes(spoil)
    started(client_of, feigned, directory=directory)


def test_a_changed_file_shows_nothing(feigned: Feigned, client_of: Any, tmp_path: Any) -> None:
    client = started(client_of, feigned)
    file = tmp_path / "client" / "snapshot.json"
    assert within(2, file.exists)
    client.close()
    file.write_text(file.read_text().replace("Stop 1", "Send it"))
    feigned.close()
    assert headlines(client_of(feigned)) == []


def test_a_forked_child_goes_on_by_itself(feigned: Feigned, client_of: Any) -> None:
    client = started(client_of, feigned)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        # What a web server's worker does: it asks, and follows by threads of its own.
        first = headlines(client)
        os.write(writer, json.dumps(first).encode() + b"\n")
        within(5, lambda: headlines(client) == ["Stop 2"])
        os.write(writer, json.dumps(headlines(client)).encode() + b"\n")
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as said:
        assert json.loads(said.readline()) == ["Stop 1"]
        change(feigned)
        assert json.loads(said.readline()) == ["Stop 2"]
    os.waitpid(child, 0)
    assert within(5, lambda: headlines(client) == ["Stop 2"])
