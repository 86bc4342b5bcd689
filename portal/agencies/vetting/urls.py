"""Vetting: the checklist, its checks and the decision."""

from django.urls import path

from portal.agencies.vetting import views
from portal.agencies.vetting.checks import views as checks
from portal.agencies.vetting.documents import views as documents
from portal.agencies.vetting.domains import views as domains
from portal.agencies.vetting.mailbox import views as mailbox

urlpatterns = [
    path("confirm/<str:token>/", mailbox.confirm, name="agencies-confirm"),
    path("<uuid:agency_id>/vet/", views.vet, name="agencies-vet"),
    path("<uuid:agency_id>/approve/", views.approve, name="agencies-approve"),
    path("<uuid:agency_id>/refuse/", views.refuse, name="agencies-refuse"),
    path("<uuid:agency_id>/vetting/", views.vetting, name="agencies-vetting"),
    path("<uuid:agency_id>/vetting/ask/", domains.ask, name="agencies-ask"),
    path("<uuid:agency_id>/vetting/renew/", domains.renew, name="agencies-renew"),
    path("<uuid:agency_id>/vetting/challenge/", mailbox.challenge, name="agencies-challenge"),
    path("<uuid:agency_id>/vetting/call-back/", checks.call_back, name="agencies-call-back"),
    path("<uuid:agency_id>/vetting/judge/", checks.judge, name="agencies-judge"),
    path(
        "<uuid:agency_id>/vetting/documents/<uuid:document_id>/",
        documents.read_document,
        name="agencies-read-document",
    ),
    path("<uuid:agency_id>/vetting/flags/<uuid:check_id>/", checks.answer_flag, name="agencies-answer-flag"),
    path("<uuid:agency_id>/vetting/recompute/", checks.recompute, name="agencies-recompute"),
]
