"""Agencies: the list, the trust page, and the rooms of application and vetting."""

from django.urls import include, path

from portal.agencies import views

urlpatterns = [
    path("", views.list_agencies, name="agencies-list"),
    path("<uuid:agency_id>/", views.view, name="agencies-view"),
    path("", include("portal.agencies.application.urls")),
    path("", include("portal.agencies.vetting.urls")),
]
