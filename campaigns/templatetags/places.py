"""Where something of a warning stands, for templates: `{{ "tips.0.text"|place_label }}`."""

from django import template

from campaigns.authoring import places
from portal.kernel.errors import Text

register = template.Library()


@register.filter
def place_label(key: str) -> Text:
    return places.label_of(key)


@register.simple_tag
def place_field(key: str, language: str) -> str:
    """The id of the field in the author's form."""
    return places.field_id(key, language)
