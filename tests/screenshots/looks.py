"""The looks of a page, which is opened once: wide or narrow, light or dark, or mirrored."""

from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Page

LANGUAGES = {"en": "en-GB", "zh-hant": "zh-HK"}


@dataclass(frozen=True, slots=True)
class Look:
    name: str
    width: int
    height: int
    colours: Literal["light", "dark"] = "light"
    mirrored: bool = False

    def is_for(self, language: str) -> bool:
        """Mirrored pages show English until the interface speaks a language that is written that way."""
        return language == "en" or not self.mirrored

    def put_on(self, page: Page) -> None:
        page.set_viewport_size({"width": self.width, "height": self.height})
        page.emulate_media(color_scheme=self.colours, reduced_motion="reduce")
        page.evaluate(SETTLED, self.colours)
        if self.mirrored:
            mirror(page)


# The mirrored ones last: a page is not turned back.
LOOKS = (
    Look("desktop", 1280, 900),
    Look("desktop-dark", 1280, 900, "dark"),
    Look("phone", 390, 844),
    Look("phone-dark", 390, 844, "dark"),
    Look("desktop-rtl", 1280, 900, mirrored=True),
    Look("phone-rtl", 390, 844, mirrored=True),
)
NARROWEST = Look("320", 320, 700)

# The page hears of the colours a little later than it is told, and paints later still.
# What sticks to the edge of a window stands in its own place on a picture that is as long as the page.
SETTLED = """async (colours) => {
  for (const bar of document.querySelectorAll(".form-actions")) bar.style.position = "static";
  const frame = () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  for (let tries = 0; tries < 100 && document.documentElement.dataset.bsTheme !== colours; tries++)
    await frame();
  await frame();
}"""
MIRROR = """async () => {
  const root = document.documentElement;
  if (root.dir === "rtl") return;
  root.dir = "rtl";
  const pattern = new RegExp("/vendor/(tabler(?:-flags)?)[.]min[.].*css$");
  await Promise.all([...document.querySelectorAll("link[rel=stylesheet]")].map((sheet) => {
    if (!pattern.test(sheet.href)) return null;
    return new Promise((loaded, failed) => {
      const other = sheet.cloneNode();
      other.onload = () => { sheet.remove(); loaded(); };
      other.onerror = failed;
      other.href = sheet.href.replace(pattern, "/vendor/$1.rtl.min.css");
      sheet.after(other);
    });
  }));
}"""


def mirror(page: Page) -> None:
    """As base.html draws it for a right-to-left language: `dir`, and those builds of the sheets."""
    page.evaluate(MIRROR)


# What reaches over the edge, by the elements that reach furthest without an inner scroll to hold them.
OVER_THE_EDGE = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return null;
  const held = (element) => {
    for (let one = element.parentElement; one && one !== document.body; one = one.parentElement)
      if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(one).overflowX)) return true;
    return false;
  };
  const found = [];
  for (const element of document.body.querySelectorAll("*")) {
    const { right, left, width } = element.getBoundingClientRect();
    if (!element.checkVisibility() || held(element)) continue;
    if (width && (right > root.clientWidth + 1 || left < -1)) {
      const name = [element.tagName.toLowerCase(), ...element.classList].join(".");
      const words = element.textContent.trim().replace(/\\s+/g, " ").slice(0, 40);
      found.push(`${name} (${Math.round(left)}…${Math.round(right)}) ${words}`);
    }
  }
  return [`${root.scrollWidth} > ${root.clientWidth}`, ...found.slice(-4)];
}"""
