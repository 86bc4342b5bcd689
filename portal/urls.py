"""Every address of the portal."""

from django.conf import settings
from django.urls import include, path
from django.views.i18n import set_language

from campaigns.marks.views import view_mark
from portal import apireference, health, jwks, metrics, views
from portal.access import public
from portal.api import addresses
from portal.identity.openid import views as openid

urlpatterns = [
    path("", views.front, name="front"),
    path("home/", views.home, name="home"),
    path("language/", public("everyone reads in their own language")(set_language), name="set_language"),
    path("account/", include("portal.identity.urls")),
    path("agencies/", include("portal.agencies.urls")),
    path("agencies/<uuid:agency_id>/sign-in/", openid.set_provider, name="agencies-openid"),
    path("agencies/<uuid:agency_id>/sign-in/remove/", openid.remove_provider, name="agencies-openid-remove"),
    path("", include("portal.agencies.roster.urls")),
    path("", include("portal.agencies.standing.urls")),
    path("audit/", include("portal.audit.urls")),
    path("clients/", include("portal.clients.urls")),
    path("campaigns/", include("campaigns.urls")),
    path("marks/<slug:sha256>.png", view_mark, name="marks-view"),
    path("", include("campaigns.public.urls")),
    path("requests/", include("casesupport.urls")),
    path("api/v1/reference", apireference.view_reference, name="api-reference"),
    path("api/v1/", addresses()),
    path(".well-known/jwks.json", jwks.keys, name="signing-keys"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
]

if settings.DEMO or settings.MODE == "test":
    from portal.demo import withdrawal

    urlpatterns += [
        path("demo/withdrawal", withdrawal.start, name="demo-withdrawal"),
        path("demo/withdrawal/outcome", withdrawal.outcome, name="demo-withdrawal-outcome"),
        path("demo/withdrawal/report", withdrawal.report, name="demo-withdrawal-report"),
    ]

handler400 = "portal.views.bad_request"
handler403 = "portal.views.forbidden"
handler404 = "portal.views.not_found"
handler500 = "portal.views.server_error"
