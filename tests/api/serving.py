"""The proving ground as WSGI: `tests.api.serving:application` is the product with the ground's views in front of its own."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - the line above has loaded them
from django.urls import get_resolver  # noqa: E402

settings.ROOT_URLCONF = "tests.api.ground"
# Loaded once, before the server forks: a process that is just starting answers as fast as one that has run for days.
assert get_resolver().url_patterns
