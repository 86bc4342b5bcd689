"""Standing: one address a verb, for agencies, for people, and for what waits in quarantine."""

from django.urls import path

from portal.agencies.standing import quarantineviews as quarantine
from portal.agencies.standing import views

urlpatterns = [
    path("agencies/<uuid:agency_id>/suspend/", views.suspend_agency, name="agencies-suspend"),
    path("agencies/<uuid:agency_id>/reinstate/", views.reinstate_agency, name="agencies-reinstate"),
    path("agencies/<uuid:agency_id>/lapse/", views.lapse_agency, name="agencies-lapse"),
    path("people/<uuid:membership_id>/suspend/", views.suspend_person, name="people-suspend"),
    path("people/<uuid:membership_id>/reinstate/", views.reinstate_person, name="people-reinstate"),
    path("suspensions/<uuid:suspension_id>/", views.view, name="suspensions-view"),
    path("quarantine/", quarantine.list_waiting, name="quarantine-list"),
    path("quarantine/release/", quarantine.release, name="quarantine-release"),
]
