"""The working text's columns, one per language. Frozen versions hold all languages as JSON instead."""

from modeltranslation.translator import TranslationOptions, register

from campaigns.models import Answer, Campaign, Resource, ScamExample, Source, Tip


@register(Campaign)
class CampaignTranslation(TranslationOptions):
    fields = ("headline", "body", "question")


@register(Tip)
class TipTranslation(TranslationOptions):
    fields = ("text",)


@register(ScamExample)
class ScamExampleTranslation(TranslationOptions):
    fields = ("title", "how_it_goes", "how_to_tell")


@register(Resource)
class ResourceTranslation(TranslationOptions):
    fields = ("name", "hours")


@register(Answer)
class AnswerTranslation(TranslationOptions):
    fields = ("label", "advice")


@register(Source)
class SourceTranslation(TranslationOptions):
    fields = ("name",)
