"""`/openapi.json`: the API described from its views, made once in each process."""

import json
from functools import cache
from threading import Lock
from typing import Any

from django.http import HttpRequest, HttpResponse

from config.methods import only_read

_making = Lock()


@only_read
def schema(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    with _making:
        document = _schema()
    response = HttpResponse(document, content_type="application/json")
    response["Cache-Control"] = "public, max-age=300"
    return response


@cache
def _schema() -> bytes:
    from drf_spectacular.generators import SchemaGenerator

    import access.api.schema  # noqa: F401 - registers how callers prove themselves

    generator: Any = SchemaGenerator()  # type: ignore[no-untyped-call] # the library is half typed
    document = generator.get_schema(request=None, public=True)
    document["servers"] = [{"url": "/"}]
    return json.dumps(document, default=str).encode()
