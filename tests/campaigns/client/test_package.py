"""The client as a distribution of its own: what it brings, what it needs, what it says of itself."""

import ast
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes
from importlib.metadata import PackageNotFoundError, metadata, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import campaigns.client as package
from tests.campaigns.client.packaged import SOURCE, bare, unpacked, wheel

# Imports all of it, and says what is loaded afterwards that was not before.
LOAD = """
import json, pkgutil, sys
before = set(sys.modules)
import campaigns_client
for each in pkgutil.iter_modules(campaigns_client.__path__):
    __import__(f"campaigns_client.{each.name}")
for name in campaigns_client.__all__:
    getattr(campaigns_client, name)
loaded = sorted({name.partition(".")[0] for name in set(sys.modules) - before})
print(json.dumps([campaigns_client.__file__, loaded]))
"""
SELECTION_ALONE = """
import sys
from campaigns_client import assign
from campaigns_client.selection import Selection
print(sorted({"httpx", "cryptography"} & set(sys.modules)))
"""
# Members whose names and types say it all.
SAY_IT_ALL = {
    "CampaignWarning.campaign", "CampaignWarning.version", "LocalShowings.count", "LocalShowings.note",
}  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(built: Path) -> Path:
    return unpacked(built)


def run(installed: Path, *given: str) -> str:
    done = subprocess.run(
        [sys.executable, *given], cwd=installed.parent, env=bare(PYTHONPATH=str(installed)),
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def with_needs(name: str) -> set[str]:
    """The distribution and those that it needs; httpx takes up its extras where they happen to be."""
    found = {name.lower()}
    extras = ["", *(metadata(name).get_all("Provides-Extra") or [])] if name == "httpx" else [""]
    for each in map(Requirement, requires(name) or []):
        if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in extras):
            with suppress(PackageNotFoundError):
                found |= with_needs(each.name)
    return found


def test_it_loads_nothing_of_the_portal_and_of_others_httpx_and_cryptography(installed: Path) -> None:
    file, loaded = json.loads(run(installed, "-c", LOAD))
    assert Path(file).is_relative_to(installed)
    assert not {"campaigns", "portal", "casesupport", "django", "psycopg", "redis"} & set(loaded)
    of = packages_distributions()
    foreign = {each.lower() for name in loaded for each in of.get(name, [])}
    assert {"httpx", "cryptography"} <= foreign <= with_needs("httpx") | with_needs("cryptography")


def test_its_metadata_names_what_it_needs(built: Path) -> None:
    with zipfile.ZipFile(built) as archive:
        [name] = [each for each in archive.namelist() if each.endswith(".dist-info/METADATA")]
        said = message_from_bytes(archive.read(name))
        names = {each for each in archive.namelist() if ".dist-info/" not in each}
    assert (said["Name"], said["Version"]) == ("campaigns-client", package.__version__)
    assert (said["License-Expression"], said["Requires-Python"]) == ("Apache-2.0", ">=3.11")
    assert {Requirement(each).name for each in said.get_all("Requires-Dist")} == {"httpx", "cryptography"}
    assert said.get_payload().startswith("# campaigns-client")
    shipped = (*SOURCE.glob("*.py"), SOURCE / "py.typed", SOURCE / "words.toml")
    assert names == {f"campaigns_client/{path.name}" for path in shipped}


def test_who_needs_the_selection_alone_loads_no_network(installed: Path) -> None:
    assert run(installed, "-c", SELECTION_ALONE) == "[]\n"


def test_its_command_explains_itself(installed: Path) -> None:
    said = run(installed, "-m", "campaigns_client", "--help")
    assert "fetch" in said
    assert "show" in said


# --- what it says of itself -------------------------------------------------------------------------

Definition = ast.FunctionDef | ast.ClassDef


def public(body: list[ast.stmt]) -> Iterator[Definition]:
    for each in body:
        if isinstance(each, Definition) and not each.name.startswith("_"):
            yield each


MODULES = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(SOURCE.glob("*.py"))}
TOP = [(module, each) for module, tree in MODULES.items() for each in public(tree.body)]
MEMBERS = [
    (owner, each)
    for _module, owner in TOP
    if isinstance(owner, ast.ClassDef)
    for each in owner.body
    if isinstance(each, ast.FunctionDef)
]


def test_everything_public_has_types() -> None:
    functions = [each for _, each in (*TOP, *MEMBERS) if isinstance(each, ast.FunctionDef)]
    assert len(functions) > 50
    untyped = []
    for each in functions:
        named = [*each.args.posonlyargs, *each.args.args, *each.args.kwonlyargs]
        rest = [one for one in (each.args.vararg, each.args.kwarg) if one is not None]
        lacking = [
            one.arg for one in (*named, *rest) if one.annotation is None and one.arg not in ("self", "cls")
        ]
        if lacking or each.returns is None:
            untyped.append((each.name, lacking))
    assert untyped == []
    assert (SOURCE / "py.typed").exists()


def test_every_module_and_everything_at_its_top_explains_itself() -> None:
    assert [name for name, tree in MODULES.items() if not ast.get_docstring(tree)] == []
    assert [f"{module}.{each.name}" for module, each in TOP if not ast.get_docstring(each)] == []


def test_what_the_package_offers_explains_each_of_its_members() -> None:
    offered = {each.name for _, each in TOP} & set(package.__all__)
    assert offered == set(package.__all__)
    silent = {
        f"{owner.name}.{each.name}"
        for owner, each in MEMBERS
        if owner.name in offered and not each.name.startswith("_") and not ast.get_docstring(each)
    }
    assert silent == SAY_IT_ALL
