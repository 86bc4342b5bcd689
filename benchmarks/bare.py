"""The limit of the server that the edge runs on: a callable that looks at nothing and always says the same.

BENCH_ANSWER names the file with the headers and the body, as JSON.
"""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

_said = json.loads(Path(os.environ["BENCH_ANSWER"]).read_text(encoding="utf-8"))
_headers = [(name, value) for name, value in _said["headers"]]
_body = _said["body"].encode()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", _headers)
    return [_body]
