"""The rules of the house for every template, style sheet and script, whoever wrote it."""

import re
from itertools import product
from pathlib import Path

import pytest

from portal.ui import vendor

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SHEETS = sorted((ROOT / "static" / "css").glob("*.css"))
SCRIPT = re.compile(r"<script\b([^>]*)>")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
def test_no_template_needs_an_exception_from_the_policy(template: Path) -> None:
    source = template.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=", source)
    assert "<style" not in source
    assert not re.search(r"<[a-z][^>]*\son[a-z]+\s*=\s*[\"']", source)
    assert "javascript:" not in source
    for attributes in SCRIPT.findall(source):
        # What is no script is data, and the policy lets it be.
        assert "src=" in attributes or re.search(r'type="application/(ld\+)?json"', attributes)


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
def test_every_icon_named_in_a_template_is_in_the_sprite(template: Path) -> None:
    used = re.findall(r'{%\s*icon "([^"]+)"', template.read_text(encoding="utf-8"))
    assert set(used) <= set(vendor.ICONS)


@pytest.mark.parametrize("sheet", SHEETS, ids=name)
def test_sheets_are_laid_out_for_both_directions(sheet: Path) -> None:
    """Logical properties only: a physical side would be wrong in a right-to-left language."""
    side = "(?:left|right)"
    named = "(?:margin|padding|border)"
    physical = rf"(?<![-\w])(?:{named}-{side}|{side}|(?:text-align|float):\s*{side})\s*[:;]"
    assert not re.findall(physical, sheet.read_text(encoding="utf-8"))


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    linear = []
    for start in (0, 2, 4):
        part = int(digits[start : start + 2], 16) / 255
        linear.append(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, 1.4.3."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def tokens() -> dict[str, tuple[str, str]]:
    source = (ROOT / "static" / "css" / "portal.css").read_text(encoding="utf-8")
    pairs = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{3,6}), (#[0-9a-f]{3,6})\)", source)
    return {token: (light, dark) for token, light, dark in pairs}


GROUNDS = ("paper", "surface", "surface-sunk")
TEXT = [
    *product(("ink", "ink-soft", "petrol", "petrol-deep", "bad", "wait", "good", "info"), GROUNDS),
    *((tone, f"{tone}-soft") for tone in ("neutral", "info", "good", "wait", "bad", "petrol")),
    *(("ink", f"{tone}-soft") for tone in ("neutral", "info", "good", "wait", "bad", "petrol")),
    ("ink-soft", "neutral-soft"),
    ("on-petrol", "petrol"),
    ("on-petrol", "petrol-deep"),
]
SHAPES = list(product(("line-strong", "focus"), GROUNDS))


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT, ids=lambda value: value)
def test_text_can_be_read_on_its_ground(text: str, ground: str, theme: int) -> None:
    assert contrast(tokens()[text][theme], tokens()[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES, ids=lambda value: value)
def test_outlines_of_controls_and_the_focus_ring_can_be_seen(shape: str, ground: str, theme: int) -> None:
    assert contrast(tokens()[shape][theme], tokens()[ground][theme]) >= 3


def test_the_lockfile_names_no_registry() -> None:
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")


# --- what is served of others' work -----------------------------------------------------------------------


def test_vendor_says_what_to_do_when_packages_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORTAL_VAR_DIR", str(tmp_path))
    monkeypatch.setattr(vendor, "PACKAGES", tmp_path / "node_modules")
    assert vendor.main() == 1
    assert "make" in capsys.readouterr().err


@pytest.mark.skipif(not (vendor.PACKAGES / "@tabler" / "core").is_dir(), reason="run `npm ci` first")
def test_vendor_copies_files_that_point_only_at_files_it_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_VAR_DIR", str(tmp_path))
    assert vendor.main() == 0
    served = tmp_path / "vendor" / "vendor"
    for sheet in served.glob("*.css"):
        source = sheet.read_text(encoding="utf-8")
        assert "sourceMappingURL" not in source
        for target in re.findall(r"url\([\"']?(?!data:|#)([^\"')]+)", source):
            assert (served / target).is_file(), target
    sprite = (served / "icons.svg").read_text(encoding="utf-8")
    assert re.findall(r'<symbol id="([^"]+)"', sprite) == vendor.ICONS

    before = (served / "icons.svg").stat().st_mtime_ns
    assert vendor.main() == 0
    assert (served / "icons.svg").stat().st_mtime_ns == before
