"""Under /api/v1/."""

from django.urls import path

from access.api.auth import LoginView, LogoutView, RefreshView, SignUpView
from access.api.merchants import KeysView, KeyView, MerchantsView, MerchantView, RotateKeyView
from access.api.requests import RequestView

urlpatterns = [
    path("auth/signup", SignUpView.as_view()),
    path("auth/login", LoginView.as_view()),
    path("auth/refresh", RefreshView.as_view()),
    path("auth/logout", LogoutView.as_view()),
    path("merchants", MerchantsView.as_view()),
    path("merchants/me", MerchantView.as_view()),
    path("merchants/me/keys", KeysView.as_view()),
    path("merchants/me/keys/<str:key_id>", KeyView.as_view()),
    path("merchants/me/keys/<str:key_id>/rotate", RotateKeyView.as_view()),
    path("requests/<path:key>", RequestView.as_view()),
]
