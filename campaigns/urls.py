"""The campaigns' pages: one address a verb."""

from django.urls import path

from campaigns import views
from campaigns.authoring import views as authoring
from campaigns.quarantine import views as quarantine
from campaigns.review import views as review

urlpatterns = [
    path("", views.list_campaigns, name="campaigns-list"),
    path("new/", authoring.create, name="campaigns-create"),
    path("<uuid:campaign_id>/", views.view, name="campaigns-view"),
    path("<uuid:campaign_id>/edit/", authoring.edit, name="campaigns-edit"),
    path("<uuid:campaign_id>/preview/", authoring.preview, name="campaigns-preview"),
    path("<uuid:campaign_id>/submit/", authoring.submit, name="campaigns-submit"),
    path("<uuid:campaign_id>/withdraw/", authoring.withdraw, name="campaigns-withdraw"),
    path("<uuid:campaign_id>/revise/", authoring.revise, name="campaigns-revise"),
    path("<uuid:campaign_id>/review/", review.review, name="campaigns-review"),
    path("<uuid:campaign_id>/approve/", review.approve, name="campaigns-approve"),
    path("<uuid:campaign_id>/return/", review.return_to_draft, name="campaigns-return"),
    path("<uuid:campaign_id>/reject/", review.reject, name="campaigns-reject"),
    path("<uuid:campaign_id>/release/", quarantine.release, name="campaigns-release"),
    path("<uuid:campaign_id>/discard/", quarantine.discard, name="campaigns-discard"),
    path("<uuid:campaign_id>/recall/", review.recall, name="campaigns-recall"),
]
