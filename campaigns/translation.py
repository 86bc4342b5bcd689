"""The working text's columns, one per language. Frozen versions hold all languages as JSON instead."""

from modeltranslation.translator import TranslationOptions, register

from campaigns.models import Campaign, Resource, ScamExample, Tip


@register(Campaign)
class CampaignTranslation(TranslationOptions):
    fields = ("headline", "body")


@register(Tip)
class TipTranslation(TranslationOptions):
    fields = ("text",)


@register(ScamExample)
class ScamExampleTranslation(TranslationOptions):
    fields = ("title", "how_it_goes", "how_to_tell")


@register(Resource)
class ResourceTranslation(TranslationOptions):
    fields = ("name", "hours")
