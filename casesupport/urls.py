"""The case requests' pages: one address a verb."""

from django.urls import path

from casesupport import views
from casesupport.documents import views as documents
from casesupport.intake import views as intake
from casesupport.quarantine import views as quarantine
from casesupport.triage import views as triage

urlpatterns = [
    path("", views.list_requests, name="requests-list"),
    path("new/", intake.create, name="requests-new"),
    path("<uuid:request_id>/", views.view, name="requests-view"),
    path("<uuid:request_id>/edit/", intake.edit, name="requests-edit"),
    path("<uuid:request_id>/submit/", intake.submit, name="requests-submit"),
    path("<uuid:request_id>/submitted/", intake.submitted, name="requests-submitted"),
    path("<uuid:request_id>/cosign/", intake.cosign, name="requests-cosign"),
    path("<uuid:request_id>/withdraw/", intake.withdraw, name="requests-withdraw"),
    path("<uuid:request_id>/answer/", intake.answer, name="requests-answer"),
    path("<uuid:request_id>/release/", quarantine.release, name="requests-release"),
    path("<uuid:request_id>/discard/", quarantine.discard, name="requests-discard"),
    path("<uuid:request_id>/claim/", triage.claim, name="requests-claim"),
    path("<uuid:request_id>/ask/", triage.ask, name="requests-ask"),
    path("<uuid:request_id>/decide/", triage.decide, name="requests-decide"),
    path("<uuid:request_id>/documents/", documents.attach, name="requests-attach"),
    path("<uuid:request_id>/documents/<uuid:document_id>/", documents.read, name="requests-document"),
    path("<uuid:request_id>/documents/<uuid:document_id>/remove/", documents.detach, name="requests-detach"),
]
