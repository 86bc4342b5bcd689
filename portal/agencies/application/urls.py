"""An agency applies: public addresses, one a step."""

from django.urls import path

from portal.agencies.application import views
from portal.agencies.application.mails import views as mails

urlpatterns = [
    path("apply/", views.apply, name="agencies-apply"),
    path("apply/check/", views.check, name="agencies-apply-check"),
    path("apply/sent/", views.sent, name="agencies-apply-sent"),
    path("apply/correct/", mails.correct, name="agencies-apply-correct"),
    path("apply/confirm/<str:token>/", views.confirm, name="agencies-apply-confirm"),
    path("apply/status/<str:token>/", views.status, name="agencies-apply-status"),
    path("apply/status/<str:token>/resend/", mails.resend, name="agencies-apply-resend"),
    path("apply/documents/<uuid:document_id>/remove/", views.detach, name="agencies-apply-detach"),
    path("apply/<slug:code>/", views.part, name="agencies-apply-part"),
]
