from django.conf import settings
from django.contrib import admin
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularSwaggerSplitView

from config import describing, health, methods
from config.errors_page import errors_page
from webhooks import questions

admin.autodiscover()

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("favicon.ico", lambda _: redirect(static("back_office/icon.svg"))),
    path("admin/", admin.site.urls),
    path("health", health.live),
    path("health/ready", health.ready),
    path("metrics", health.metrics),
    path("openapi.json", describing.schema),
    # Its script comes from its own address, and everything else from our static files: nothing is fetched from elsewhere.
    path("docs", SpectacularSwaggerSplitView.as_view(url="/openapi.json", url_self="/docs")),
    path("docs/errors", errors_page),
    path("webhooks/health", health.webhooks),
    path("api/v1/queue/status", health.queue_status),
    path("webhooks/daraja/<str:token>/c2b/validation", questions.c2b_validation),
    path("webhooks/<path:door>", methods.only_post),
    path("payments/monnify/webhook", methods.only_post),
    path("api/v1/payment/notification", methods.only_post),
    path("api/v1/", include("access.api.urls")),
    path("api/v1/", include("payments.api.urls")),
    path("api/v1/", include("students.api.urls")),
]
if not settings.IS_PRODUCTION:
    urlpatterns += [path("", include("sandbox.urls"))]

handler404 = "core.problems.page_not_found"
handler500 = "config.failing.server_error"
