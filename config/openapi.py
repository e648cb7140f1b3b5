"""What /openapi.json says of the API as a whole. `config.describing` serves it."""

from typing import Any

DESCRIPTION = """
Amounts are whole numbers of the currency's minor unit beside an ISO 4217 `currency`; times are RFC 3339 in UTC. Lists answer
`{data, next_cursor, has_more}`, newest first; a parameter that they do not know is refused. Refusals are
`application/problem+json` with a stable `code`, and [/docs/errors](/docs/errors) explains each. A POST that carries an
`Idempotency-Key` is done once, and answered with the same bytes for a day.
"""
SPECTACULAR: dict[str, Any] = {
    "TITLE": "Bursar",
    "DESCRIPTION": DESCRIPTION.strip(),
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    # A test does what the check would, with the extensions that only /openapi.json loads.
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False, "validatorUrl": None},
}
