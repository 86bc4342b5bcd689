"""Picks what the portal serves of others' work out of node_modules: `python -m portal.ui.vendor`.

Writes $PORTAL_VAR_DIR/vendor/vendor/…, which static files know as vendor/…. Needs no Django, and does
nothing when the lockfile, the variable directory and this module are unchanged since the last run.
"""

import hashlib
import os
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ROOT / "node_modules"
LOCKFILE = ROOT / "package-lock.json"

# Served as they are, apart from source-map comments: the maps are not shipped, and the manifest
# storage refuses a file that points at one which does not exist.
FILES = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.rtl.min.css": "@tabler/core/dist/css/tabler.rtl.min.css",
    "tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
}
FLAG_SHEETS = {
    "tabler-flags.min.css": "@tabler/core/dist/css/tabler-flags.min.css",
    "tabler-flags.rtl.min.css": "@tabler/core/dist/css/tabler-flags.rtl.min.css",
}
FLAGS = "@tabler/core/dist/img/flags"
FONT_SHEET = "@fontsource-variable/inter/wght.css"
ICON_SOURCES = "@tabler/icons/icons/outline"

# Names from tabler.io/icons; `{% icon %}` knows these and no others.
# fmt: off
ICONS = [
    "activity", "adjustments", "alarm", "alert-circle", "alert-hexagon", "alert-octagon", "alert-triangle",
    "analyze", "archive", "arrow-back-up", "arrow-down", "arrow-left", "arrow-narrow-right", "arrow-right",
    "arrow-up", "arrows-exchange", "arrows-sort", "at", "ban", "bell", "bolt", "book", "briefcase",
    "building", "building-bank", "building-community", "bulb", "calendar", "calendar-event",
    "calendar-time", "certificate", "chart-bar", "chart-dots", "chart-histogram", "chart-line", "check",
    "checklist", "checks", "chevron-down", "chevron-left", "chevron-right", "chevron-up", "circle",
    "circle-check", "circle-dashed", "circle-dot", "circle-minus", "circle-plus", "circle-x", "clipboard",
    "clipboard-check", "clipboard-list", "clipboard-text", "clock", "clock-exclamation", "clock-hour-4",
    "clock-pause", "clock-play", "coin", "columns", "confetti", "copy", "currency-bitcoin", "dashboard",
    "database", "device-desktop", "device-floppy", "device-mobile", "devices", "dots", "dots-vertical",
    "download", "edit", "exclamation-circle", "external-link", "eye", "eye-check", "eye-off", "file",
    "file-alert", "file-certificate", "file-check", "file-description", "file-download", "file-export",
    "file-import", "file-plus", "file-search", "file-spreadsheet", "file-text", "file-upload", "files",
    "filter", "fingerprint", "flag", "flask", "folder", "gavel", "git-compare", "git-merge", "globe",
    "grip-vertical", "hand-stop", "headset", "help", "help-circle", "history", "home", "hourglass", "id",
    "id-badge-2", "inbox", "info-circle", "info-triangle", "key", "language", "layout-dashboard",
    "lifebuoy", "link", "list", "list-check", "list-details", "list-search", "loader", "lock",
    "lock-access", "lock-off", "login", "logout", "mail", "mail-opened", "map-pin", "math-symbols",
    "menu-2", "message", "message-2", "message-circle", "message-report", "messages", "minus", "mood-empty",
    "moon", "news", "note", "notebook", "package", "paperclip", "password", "password-fingerprint",
    "pencil", "percentage", "phone", "phone-call", "photo", "pin", "player-pause", "player-play",
    "player-stop", "plus", "point", "power", "printer", "progress-check", "qrcode", "question-mark",
    "receipt", "refresh", "refresh-alert", "restore", "rocket", "route", "rubber-stamp", "scale", "search",
    "section", "send", "server", "server-2", "settings", "share", "shield", "shield-check",
    "shield-exclamation", "shield-half", "shield-lock", "shield-off", "shield-search", "shield-x",
    "signature", "snowflake", "sort-ascending", "sort-descending", "speakerphone", "square", "square-check",
    "stack-2", "star", "stethoscope", "sun", "table", "tag", "target", "tool", "transfer", "trash",
    "trash-x", "trending-down", "trending-up", "upload", "urgent", "user", "user-check", "user-circle",
    "user-off", "user-plus", "user-question", "user-shield", "user-x", "users", "users-group", "versions",
    "wallet", "wand", "webhook", "world", "world-www", "writing", "x", "zoom-check", "zoom-question",
]
# fmt: on

_SOURCE_MAP = re.compile(r"(?:/\*[#@] sourceMappingURL=.*?\*/|//[#@] sourceMappingURL=\S*)\s*")
_BLANK_PATH = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')
_FLAG_RULE = re.compile(
    r'\.flag-country-[a-z0-9-]+\{background-image:url\("\.\./img/flags/([a-z0-9-]+)\.svg"\)\}'
)


def var_dir() -> Path:
    return Path(os.environ.get("PORTAL_VAR_DIR") or ROOT / "var")


def sprite(sources: Path) -> str:
    """One file of symbols; a page shows one with `<use href="…/icons.svg#name">`."""
    symbols = []
    for name in ICONS:
        svg = (sources / f"{name}.svg").read_text(encoding="utf-8")
        drawing = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
        drawing = "".join(line.strip() for line in _BLANK_PATH.sub("", drawing).splitlines())
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
            f'stroke-linecap="round" stroke-linejoin="round">{drawing}</symbol>'
        )
    return '<svg xmlns="http://www.w3.org/2000/svg">' + "\n".join(symbols) + "</svg>\n"


def flag_sheet(source: str, flags: Path) -> tuple[str, set[str]]:
    """The sheet with its images beside it, and the names of the images; rules without an image go."""
    used: set[str] = set()

    def rule(match: re.Match[str]) -> str:
        name = match.group(1)
        if not (flags / f"{name}.svg").is_file():
            return ""
        used.add(name)
        return match.group(0).replace("../img/flags/", "flags/")

    return _FLAG_RULE.sub(rule, source), used


def stamp() -> str:
    seen = hashlib.sha256(LOCKFILE.read_bytes())
    seen.update(Path(__file__).read_bytes())
    return seen.hexdigest()


def build(packages: Path, target: Path) -> None:
    def text(path: str) -> str:
        return _SOURCE_MAP.sub("", (packages / path).read_text(encoding="utf-8"))

    (target / "flags").mkdir(parents=True)
    (target / "files").mkdir()
    for name, path in FILES.items():
        (target / name).write_text(text(path), encoding="utf-8")
    for name, path in FLAG_SHEETS.items():
        sheet, flags = flag_sheet(text(path), packages / FLAGS)
        (target / name).write_text(sheet, encoding="utf-8")
        for flag in flags:
            shutil.copyfile(packages / FLAGS / f"{flag}.svg", target / "flags" / f"{flag}.svg")
    font = text(FONT_SHEET)
    (target / "inter.css").write_text(font, encoding="utf-8")
    for file in re.findall(r"url\(\./files/([\w.-]+)\)", font):
        shutil.copyfile((packages / FONT_SHEET).parent / "files" / file, target / "files" / file)
    (target / "icons.svg").write_text(sprite(packages / ICON_SOURCES), encoding="utf-8")


def main() -> int:
    folder = var_dir() / "vendor"
    mark = folder / ".stamp"
    wanted = stamp()
    if mark.is_file() and mark.read_text(encoding="utf-8") == wanted:
        return 0
    if not (PACKAGES / "@tabler" / "core").is_dir():
        sys.stderr.write("node_modules is missing or incomplete: run `make` (or `npm ci`) first.\n")
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".fresh-{os.getpid()}"
    shutil.rmtree(fresh, ignore_errors=True)
    build(PACKAGES, fresh)
    shutil.rmtree(folder / "vendor", ignore_errors=True)
    fresh.rename(folder / "vendor")
    mark.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
