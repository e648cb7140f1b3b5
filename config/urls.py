from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]

handler404 = "core.problems.page_not_found"
handler500 = "core.problems.server_error"
