"""The client's wheel, built as an integrator builds it, and unpacked where nothing of the portal is."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

SOURCE = Path(__file__).parents[3] / "campaigns" / "client"
# With the build back end that pyproject.toml names, from this environment: no index is asked.
BUILD = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"


def wheel(directory: Path) -> Path:
    """Built there from a copy, which the build writes into."""
    copy = directory / "source"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-P", "-c", BUILD, str(directory)], cwd=copy, env=bare(), capture_output=True,
        text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    [built] = directory.glob("*.whl")
    return built


def unpacked(built: Path) -> Path:
    """A directory for PYTHONPATH with the package in it, and nothing else."""
    target = built.parent / "installed"
    with zipfile.ZipFile(built) as archive:
        archive.extractall(target)
    return target


def bare(**more: str) -> dict[str, str]:
    """An environment that knows nothing of the portal."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "PYTHONUTF8": "1", **more}
