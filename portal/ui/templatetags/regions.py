"""{{ code|region_label }}: a region as people call it, with its ISO code."""

from django import template

from portal.ui.regions import region_label

register = template.Library()
register.filter("region_label", region_label)
