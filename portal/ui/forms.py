"""Draws every form of the portal: Bootstrap's classes, hints, and errors tied to their fields.

Works on any Django form unchanged (allauth's too), because it is the project's FORM_RENDERER.
"""

from typing import Any

from django.forms import BaseForm
from django.forms.renderers import TemplatesSetting

from portal.kernel.errors import Invalid

# Groups of choices are drawn as rows a finger can hit.
TEMPLATES = {
    "django/forms/widgets/radio.html": "elements/widgets/choices.html",
    "django/forms/widgets/checkbox_select.html": "elements/widgets/choices.html",
    "django/forms/widgets/select.html": "elements/widgets/select.html",
    "django/forms/widgets/clearable_file_input.html": "elements/widgets/file.html",
    "django/forms/errors/list/default.html": "elements/errors.html",
    "django/forms/errors/list/ul.html": "elements/errors.html",
}
CHOICES = {"checkbox", "radio"}
PLAIN = {"hidden", "submit", "button", "image", "reset"}
# Bootstrap's class by the last part of the widget's template.
BY_TEMPLATE = {"select.html": "form-select", "textarea.html": "form-control"}


def widget_class(widget: dict[str, Any]) -> str:
    kind = widget.get("type", "")
    if kind in CHOICES:
        return "form-check-input"
    if kind in PLAIN or widget.get("is_hidden"):
        return ""
    if kind:
        return "form-control"
    return BY_TEMPLATE.get(widget["template_name"].rsplit("/", 1)[-1], "")


def dress(widget: dict[str, Any]) -> None:
    """Adds our classes to a widget's context and to those of its parts."""
    for part in widget.get("subwidgets", ()):
        dress(part)
    for _group, options, _index in widget.get("optgroups", ()):
        for option in options:
            if option.get("type") in CHOICES:
                dress(option)
    attrs = widget["attrs"]
    classes = attrs.get("class", "").split()
    if ours := widget_class(widget):
        classes.append(ours)
        if str(attrs.get("aria-invalid", "")).lower() == "true":
            classes.append("is-invalid")
    if classes:
        attrs["class"] = " ".join(dict.fromkeys(classes))


def add_errors(form: BaseForm, refused: Invalid) -> None:
    """A flow's refusal, put where the form can show it; what names no field of it goes to the top."""
    for name, texts in refused.errors.items():
        form.add_error(name if name in form.fields else None, [str(text) for text in texts])


class PortalFormRenderer(TemplatesSetting):
    form_template_name = "elements/form.html"
    field_template_name = "elements/field.html"

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        if "widget" in context:
            dress(context["widget"])
        return super().render(TEMPLATES.get(template_name, template_name), context, request)
