"""Which browser on which system asks: a name from our own list, never the text that was sent."""

from functools import lru_cache

import ua_parser

from portal.models.device import BROWSERS, SYSTEMS

TEXT_MAX = 400
BY_FAMILY = {
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chromium": "Chrome",
    "Edge Mobile": "Edge",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "HeadlessChrome": "Chrome",
    "Mobile Safari": "Safari",
    "Opera Mobile": "Opera",
}
BY_SYSTEM = {
    "Chrome OS": "ChromeOS",
    "Mac OS X": "macOS",
    "Ubuntu": "Linux",
    "Fedora": "Linux",
    "Debian": "Linux",
}


@lru_cache(maxsize=512)
def browser_of(user_agent: str) -> tuple[str, str]:
    """(browser, system), each empty where it is none that we know."""
    found = ua_parser.parse(user_agent[:TEXT_MAX])
    browser = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    if system == "iOS" and found.device and found.device.family.startswith("iPad"):
        system = "iPadOS"
    browser, system = BY_FAMILY.get(browser, browser), BY_SYSTEM.get(system, system)
    return browser if browser in BROWSERS else "", system if system in SYSTEMS else ""
