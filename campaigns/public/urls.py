"""Addresses that everybody may open. A region is its ISO 3166 code in capitals."""

from django.urls import path, register_converter

from campaigns.public import feed, pages


class RegionConverter:
    regex = "[A-Z]{2}(?:-[A-Z0-9]{1,3})?"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(RegionConverter, "region")

urlpatterns = [
    path("warnings/", pages.index, name="public-index"),
    path("warnings/sitemap.xml", pages.sitemap, name="public-sitemap"),
    path("warnings/<region:region>/", pages.region, name="public-region"),
    path("warnings/<region:region>/feed.atom", feed.region_feed, name="cap-feed"),
    path("warnings/<region:region>/<slug:language>/", pages.page, name="public-page"),
    path("cap/<uuid:publication_id>.xml", feed.alert, name="cap-alert"),
    path("cap/<uuid:publication_id>.cancel.xml", feed.cancel, name="cap-cancel"),
]
