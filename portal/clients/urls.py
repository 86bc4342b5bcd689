"""API clients: one address a verb."""

from django.urls import path

from portal.clients import views

urlpatterns = [
    path("", views.list_clients, name="clients-list"),
    path("register/", views.register, name="clients-register"),
    path("<uuid:client_id>/", views.view, name="clients-view"),
    path("<uuid:client_id>/edit/", views.edit, name="clients-edit"),
    path("<uuid:client_id>/issue/", views.issue, name="clients-issue"),
    path("<uuid:client_id>/close/", views.close, name="clients-close"),
    path("<uuid:client_id>/keys/<uuid:key_id>/rotate/", views.rotate, name="clients-rotate"),
    path("<uuid:client_id>/keys/<uuid:key_id>/revoke/", views.revoke, name="clients-revoke"),
]
