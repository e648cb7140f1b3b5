"""The proving ground as WSGI: `tests.api.serving:application` is the product with the ground's views in front of its own."""

from django.conf import settings
from django.urls import get_resolver

from config.wsgi import application

__all__ = ["application"]
settings.ROOT_URLCONF = "tests.api.ground"
# Loaded once, before the server forks: a process that is just starting answers as fast as one that has run for days.
assert get_resolver().url_patterns
