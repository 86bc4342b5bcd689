"""The portal's own tags, loaded in every template. docs/ui.md lists them with examples."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.contrib.staticfiles.storage import staticfiles_storage
from django.forms import BoundField
from django.template import Context
from django.template.loader import render_to_string
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext

from portal import requestid
from portal.kernel.actor import Role
from portal.kernel.languages import NAMES, bcp47, direction
from portal.ui import addresses
from portal.ui.sample import sample_warning
from portal.ui.vendor import ICONS
from portal.ui.words import ROLES, Badge, badge_for

register = template.Library()
for each in (addresses.bare_address, addresses.spelt_out):
    register.filter(each)
KNOWN_ICONS = frozenset(ICONS)
WIDGET_ATTRIBUTES = frozenset(
    {"lang", "dir", "autocomplete", "inputmode", "placeholder", "rows", "maxlength", "spellcheck"}
)


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """A drawing from the sprite: hidden from screen readers unless it has a label, that is, stands alone."""
    if name not in KNOWN_ICONS:
        raise ValueError(f"No icon {name!r}: add it to ICONS in portal/ui/vendor.py.")
    heard = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon{}" {} focusable="false"><use href="{}#{}"></use></svg>',
        f" {css}" if css else "",
        heard,
        _sprite(staticfiles_storage),
        name,
    )


@lru_cache(maxsize=2)
def _sprite(storage: Any) -> str:
    """A list draws hundreds of icons; the address of their one file is looked up once for a storage."""
    return str(storage.url("vendor/icons.svg"))


@register.simple_tag
def flag(region: str) -> SafeString:
    """The flag of a region's country; decoration beside the region's name, never instead of it."""
    return format_html('<span class="flag flag-country-{}" aria-hidden="true"></span>', region[:2].lower())


@register.simple_tag
def status_badge(status: Any, label: Any = "") -> SafeString:
    """A status as colour, icon and word. Give `label=x.get_status_display` where the app words it itself."""
    words = label or getattr(status, "label", "")
    return _badge(badge_for(str(getattr(status, "value", status)), words))


@register.simple_tag
def badge(tone: str, name: str, label: Any) -> SafeString:
    """A badge that is no status: {% badge "info" "world" _("Training") %}."""
    return _badge(Badge(tone, name, label))


def _badge(shown: Badge) -> SafeString:
    return format_html('<span class="tag tag-{}">{}{}</span>', shown.tone, icon(shown.icon), shown.label)


@register.simple_tag
def field(bound: BoundField, **attributes: Any) -> SafeString:
    """Label, hint, error and widget of one form field. `label=` and `hint=` replace the form's own;
    lang, dir, rows, autocomplete … go onto the widget; `lang` alone brings its `dir` along.
    """
    if language := attributes.get("lang"):
        attributes.setdefault("dir", direction(language))
        attributes["lang"] = bcp47(language)
    onto = {name: value for name, value in attributes.items() if name in WIDGET_ATTRIBUTES}
    unknown = attributes.keys() - WIDGET_ATTRIBUTES - {"label", "hint", "hide_label"}
    if unknown:
        raise TypeError(f"field takes no {', '.join(sorted(unknown))}")
    context = {
        "field": bound,
        "attributes": onto,
        "label": attributes.get("label"),
        "hint": attributes.get("hint"),
        "hide_label": attributes.get("hide_label", False),
    }
    return SafeString(render_to_string("elements/field.html", context))


@register.filter
def widget_kind(bound: BoundField) -> str:
    """How elements/field.html lays the field out: hidden, check, choices, or input."""
    if bound.is_hidden:
        return "hidden"
    if getattr(bound.field.widget, "input_type", "") == "checkbox" and not bound.use_fieldset:
        return "check"
    return "choices" if bound.use_fieldset else "input"


@register.simple_tag
def widget(bound: BoundField, attributes: dict[str, Any] | None = None) -> SafeString:
    return SafeString(bound.as_widget(attrs=attributes or None))


@register.simple_tag
def moment(value: datetime | date | None, style: str = "full") -> SafeString | str:
    """A time in the reader's zone, zone named. style: full, second (full, to the second), date, or time."""
    if value is None:
        return "–"
    if not isinstance(value, datetime):
        return format_html('<time datetime="{}" class="moment">{}</time>', value.isoformat(), _day(value))
    local = timezone.localtime(value)
    words = {"full": _exact, "second": _to_the_second, "date": _day, "time": _clock}[style](local)
    iso = local.isoformat(timespec="seconds")
    return format_html('<time datetime="{}" class="moment">{}</time>', iso, words)


def _day(value: datetime | date) -> str:
    # Django's English is American; the portal's readers are in every region, so the month is spelt
    # and the day comes first.
    english = (get_language() or "en").startswith("en")
    return formats.date_format(value, "j M Y" if english else "DATE_FORMAT")


def _clock(local: datetime) -> str:
    return f"{formats.time_format(local, 'H:i')} {zone_name(local)}"


def _exact(local: datetime) -> str:
    return f"{_day(local)}, {_clock(local)}"


def _to_the_second(local: datetime) -> str:
    return f"{_day(local)}, {formats.time_format(local, 'H:i:s')} {zone_name(local)}"


def zone_name(local: datetime) -> str:
    """HKT, CEST, UTC; where the zone has no letters of its own, UTC+04:00."""
    name = local.tzname() or ""
    if name[:1] in "+-":
        offset = local.strftime("%z")
        return f"UTC{offset[:3]}:{offset[3:5]}"
    return name


@register.simple_tag
def since(value: datetime | None) -> SafeString | str:
    """How long ago or until, the exact time in the title: 3 hours ago, in 2 days."""
    if value is None:
        return "–"
    seconds = (value - timezone.now()).total_seconds()
    local = timezone.localtime(value)
    return format_html(
        '<time datetime="{}" title="{}" class="moment">{}</time>',
        local.isoformat(timespec="seconds"),
        _exact(local),
        _distance(seconds),
    )


def _distance(seconds: float) -> str:
    size = abs(seconds)
    if size < 60:
        return gettext("just now") if seconds <= 0 else gettext("in less than a minute")
    ahead = seconds > 0
    if size < 3600:
        count = round(size / 60)
        words = (
            ngettext("in %(count)d minute", "in %(count)d minutes", count)
            if ahead
            else ngettext("%(count)d minute ago", "%(count)d minutes ago", count)
        )
    elif size < 36 * 3600:
        count = round(size / 3600)
        words = (
            ngettext("in %(count)d hour", "in %(count)d hours", count)
            if ahead
            else ngettext("%(count)d hour ago", "%(count)d hours ago", count)
        )
    else:
        count = round(size / 86400)
        words = (
            ngettext("in %(count)d day", "in %(count)d days", count)
            if ahead
            else ngettext("%(count)d day ago", "%(count)d days ago", count)
        )
    return words % {"count": count}


@register.simple_tag
def percent(share: float | Decimal | None, digits: int = 1) -> str:
    """0.204 → 20.4%, by the reader's locale; nothing known is a dash, never 0%."""
    if share is None:
        return "–"
    return gettext("%(number)s%%") % {"number": _rounded(Decimal(str(share)) * 100, digits)}


def _rounded(number: Decimal, digits: int) -> str:
    """number_format alone cuts digits off: 84.996 would read 84.9."""
    return str(formats.number_format(round(number, digits), digits))


@register.simple_tag
def points(difference: float | Decimal | None, digits: int = 1) -> str:
    """A difference of two shares, in percentage points, always signed."""
    if difference is None:
        return "–"
    value = Decimal(str(difference)) * 100
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    return gettext("%(number)s points") % {"number": sign + _rounded(abs(value), digits)}


@register.filter
def own_name(code: str) -> str:
    """A language in its own script: 繁體中文."""
    return NAMES.get(code.lower(), code)


@register.filter
def language_tag(code: str) -> str:
    """The lang attribute's value: zh-Hant."""
    return bcp47(code)


@register.filter
def dir_of(code: str) -> str:
    return direction(code.lower())


@register.filter
def role_name(role: Any) -> str | Promise:
    return ROLES[Role(role)] if role else ""


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: Any) -> str:
    """The page's own address with some parameters changed: {% query sort="name" page=None %}."""
    parameters = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            parameters.pop(name, None)
        else:
            parameters[name] = value
    return "?" + parameters.urlencode()


@register.simple_tag
def request_id() -> str:
    return requestid.current()


@register.inclusion_tag("elements/sort.html", takes_context=True)
def sort(context: Context, key: str, label: Any, first: str = "ascending") -> dict[str, Any]:
    """The head of a sortable column: <th>…</th> with ?sort=key or ?sort=-key."""
    now = context["request"].GET.get("sort", "")
    start = key if first == "ascending" else f"-{key}"
    other = f"-{key}" if start == key else key
    return {
        "label": label,
        "url": query(context, sort=other if now == start else start, page=None),
        "order": {key: "ascending", f"-{key}": "descending"}.get(now, ""),
    }


@register.simple_block_tag
def panel(content: str, title: Any = "", id: str = "", hint: Any = "", name: str = "") -> SafeString:
    """A card with a heading: {% panel _("Targets") name="target" %}…{% endpanel %}; `name` is an icon's."""
    context = {"content": content, "title": title, "id": id, "hint": hint, "icon_name": name}
    return SafeString(render_to_string("elements/panel.html", context))


@register.simple_block_tag
def emptystate(content: str, title: Any, name: str = "inbox") -> SafeString:
    """What a list says when nothing is in it; the content says what to do."""
    context = {"content": content, "title": title, "icon_name": name}
    return SafeString(render_to_string("elements/empty.html", context))


@register.simple_block_tag
def table(content: str, caption: Any, show_caption: bool = False) -> SafeString:
    """Wraps <thead> and <tbody>; with data-label on every <td> rows become cards on a phone."""
    context = {"content": content, "caption": caption, "show_caption": show_caption}
    return SafeString(render_to_string("elements/table.html", context))


@register.simple_block_tag
def device(content: str, kind: str = "phone", label: Any = "", theme: str = "") -> SafeString:
    """A phone or a desktop around a preview; theme light or dark whatever the page's is."""
    context = {"content": content, "kind": kind, "label": label, "theme": theme}
    return SafeString(render_to_string("elements/device.html", context))


@register.simple_block_tag
def notice(content: str, tone: str = "info", title: Any = "") -> SafeString:
    """A remark on the page: tone info, good, wait or bad."""
    icons = {"info": "info-circle", "good": "circle-check", "wait": "alert-circle", "bad": "alert-triangle"}
    context = {"content": content, "tone": tone, "title": title, "icon_name": icons[tone]}
    return SafeString(render_to_string("elements/notice.html", context))


register.simple_tag(sample_warning, name="sample_warning")
