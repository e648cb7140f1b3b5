"""The floor under the API: a view of Django REST framework that does nothing, without middleware, on the same server."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

settings.MIDDLEWARE = []
settings.ROOT_URLCONF = __name__
application = get_asgi_application()

from django.urls import path  # noqa: E402 - needs the apps that the line above has loaded
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402


class Bare(APIView):
    """Reads the JSON it is sent, and says that all is well."""

    permission_classes = []

    def get(self, request: Request) -> Response:
        return Response({"success": True})

    def post(self, request: Request) -> Response:
        return Response({"success": bool(request.data)}, status=201)


urlpatterns = [path("", Bare.as_view()), path("api/v1/payments", Bare.as_view())]
