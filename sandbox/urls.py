"""The dev-only pages; wired by config.urls outside production."""

from django.urls import path

from sandbox import views

urlpatterns = [
    path("debug/simulate/validation", views.validation),
    path("debug/simulate/validation/<str:student>", views.validation),
    path("debug/simulate/webhook", views.webhook),
    path("debug/simulate/webhook/<str:student>", views.webhook),
    path("debug/simulate/webhook/<str:student>/<str:status>", views.webhook),
]
