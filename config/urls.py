"""Where each part of the site begins."""

from csp.decorators import csp_update
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from config import health

# The interface's documentation is a page of its own package: it styles itself from its script.
docs = csp_update({"style-src": ["'self'", "'unsafe-inline'"]})(
    SpectacularSwaggerSplitView.as_view(url_name="schema")
)


urlpatterns = [
    path("health/live", health.live),
    path("health/ready", health.ready),
    # The same, by the way that a declaration takes.
    path("health/intake", health.ready),
    path("health/heads", health.heads_of_the_spool),
    path("metrics", health.metrics),
    path("admin/", admin.site.urls),
    path("langue/", include("django.conf.urls.i18n")),
    path("api/v1/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/v1/docs", docs, name="docs"),
    path("api/v1/", include("continuity.api.urls")),
    path("api/v1/", include("pharmacovigilance.api.urls")),
    path("api/v1/", include("compassionate.api.urls")),
    path("", include("accounts.urls")),
    path("agence/", include("backoffice.urls")),
    path("", include("portal.urls")),
]

handler400 = "config.problems.bad_request"
handler403 = "config.problems.forbidden"
handler404 = "config.problems.not_found"
handler500 = "config.problems.server_error"
