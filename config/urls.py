from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from config import health

admin.autodiscover()

urlpatterns = [
    path("admin/", admin.site.urls),
    path("health", health.live),
    path("health/ready", health.ready),
    path("metrics", health.metrics),
    path("api/v1/queue/status", health.queue_status),
    path("api/v1/", include("students.api.urls")),
]
if not settings.IS_PRODUCTION:
    urlpatterns += [path("", include("sandbox.urls"))]

handler404 = "core.problems.page_not_found"
handler500 = "core.problems.server_error"
