"""An agency is named in each language it writes in; a warning shows the name in the reader's."""

from modeltranslation.translator import TranslationOptions, register

from portal.models import Agency


@register(Agency)
class AgencyTranslation(TranslationOptions):
    fields = ("name",)
    required_languages = ("en",)
