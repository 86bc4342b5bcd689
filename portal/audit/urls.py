"""The audit trail's addresses."""

from datetime import date

from django.urls import path, register_converter

from portal.audit import checkviews, exportviews, views


class DayConverter:
    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(DayConverter, "day")

urlpatterns = [
    path("", views.list_events, name="audit-list"),
    path("<int:seq>/", views.view, name="audit-view"),
    path("heads/", views.list_heads, name="audit-heads"),
    path("heads/<day:day>/", views.head, name="audit-head"),
    path("verify/", checkviews.verify, name="audit-verify"),
    path("verify/<uuid:check_id>/", checkviews.check, name="audit-check"),
    path("export/", exportviews.export, name="audit-export"),
    path("export/<uuid:export_id>/", exportviews.exported, name="audit-exported"),
    path("export/<uuid:export_id>/download/", exportviews.download, name="audit-download"),
]
