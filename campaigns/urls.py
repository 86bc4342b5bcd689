"""The campaigns' pages: one address a verb."""

from django.urls import path

from campaigns import views
from campaigns.authoring import copyviews, live
from campaigns.authoring import views as authoring
from campaigns.bulk import views as bulk
from campaigns.library import views as library
from campaigns.marks import views as marks
from campaigns.quarantine import views as quarantine
from campaigns.review import page, queue, recallviews, remarkviews
from campaigns.review import views as review
from campaigns.translating import views as translating

urlpatterns = [
    path("", views.list_campaigns, name="campaigns-list"),
    path("new/", authoring.create, name="campaigns-create"),
    path("new/keep/", live.keep, name="campaigns-create-keep"),
    path("new/forget/", live.forget, name="campaigns-create-forget"),
    path("new/look/", live.look, name="campaigns-create-look"),
    path("<uuid:campaign_id>/keep/", live.keep, name="campaigns-keep"),
    path("<uuid:campaign_id>/forget/", live.forget, name="campaigns-forget"),
    path("<uuid:campaign_id>/look/", live.look, name="campaigns-look"),
    path("<uuid:campaign_id>/translations/", translating.overview, name="campaigns-translations"),
    path("<uuid:campaign_id>/translate/<slug:language>/", translating.translate, name="campaigns-translate"),
    path(
        "<uuid:campaign_id>/translate/<slug:language>/review/",
        translating.review_translation,
        name="campaigns-review-translation",
    ),
    path(
        "<uuid:campaign_id>/translate/<slug:language>/export.<slug:kind>",
        bulk.export_translation,
        name="campaigns-export-translation",
    ),
    path("<uuid:campaign_id>/translate/<slug:language>/file/", bulk.take_up, name="campaigns-take-up"),
    path("imports/<uuid:import_id>/", bulk.view_import, name="campaigns-import"),
    path("imports/<uuid:import_id>/apply/", bulk.apply, name="campaigns-import-apply"),
    path("imports/<uuid:import_id>/drop/", bulk.drop, name="campaigns-import-drop"),
    path("take-in/", copyviews.take_in, name="campaigns-take-in"),
    path("library/", library.read_library, name="campaigns-library"),
    path("library/<slug:scam_type>/", library.read_template, name="campaigns-template"),
    path("library/<slug:scam_type>/begin/", library.begin, name="campaigns-begin"),
    path("<uuid:campaign_id>/duplicate/", copyviews.duplicate, name="campaigns-duplicate"),
    path("<uuid:campaign_id>/archive/", copyviews.archive, name="campaigns-archive"),
    path("<uuid:campaign_id>/unarchive/", copyviews.unarchive, name="campaigns-unarchive"),
    path("marks/", marks.add_mark, name="campaigns-marks"),
    path("<uuid:campaign_id>/", views.view, name="campaigns-view"),
    path("<uuid:campaign_id>/edit/", authoring.edit, name="campaigns-edit"),
    path("<uuid:campaign_id>/preview/", authoring.preview, name="campaigns-preview"),
    path("<uuid:campaign_id>/submit/", authoring.submit, name="campaigns-submit"),
    path("<uuid:campaign_id>/withdraw/", authoring.withdraw, name="campaigns-withdraw"),
    path("<uuid:campaign_id>/revise/", authoring.revise, name="campaigns-revise"),
    path("queue/", queue.queue, name="campaigns-queue"),
    path("<uuid:campaign_id>/review/", page.review, name="campaigns-review"),
    path("<uuid:campaign_id>/claim/", review.claim, name="campaigns-claim"),
    path("<uuid:campaign_id>/unclaim/", review.unclaim, name="campaigns-unclaim"),
    path("<uuid:campaign_id>/remarks/", remarkviews.list_remarks, name="campaigns-remarks"),
    path("<uuid:campaign_id>/remark/", remarkviews.remark, name="campaigns-remark"),
    path("remarks/<uuid:remark_id>/answer/", remarkviews.answer, name="campaigns-answer"),
    path("remarks/<uuid:remark_id>/settle/", remarkviews.settle, name="campaigns-settle"),
    path("<uuid:campaign_id>/approve/", review.approve, name="campaigns-approve"),
    path("<uuid:campaign_id>/return/", review.return_to_draft, name="campaigns-return"),
    path("<uuid:campaign_id>/reject/", review.reject, name="campaigns-reject"),
    path("<uuid:campaign_id>/release/", quarantine.release, name="campaigns-release"),
    path("<uuid:campaign_id>/discard/", quarantine.discard, name="campaigns-discard"),
    path("<uuid:campaign_id>/recall/", recallviews.recall, name="campaigns-recall"),
    path(
        "<uuid:campaign_id>/recalled/<uuid:publication_id>/", recallviews.recalled, name="campaigns-recalled"
    ),
]
