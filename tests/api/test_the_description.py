"""What /openapi.json says of every operation, and that /docs needs nothing from elsewhere."""

import json
import re

import pytest

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def document():
    from config.describing import _schema

    return json.loads(_schema())


@pytest.fixture(scope="module")
def operations(document):
    return {f"{m} {path}": entry[m] for path, entry in document["paths"].items() for m in METHODS if m in entry}


def test_every_view_of_the_api_describes_itself_without_a_warning(capsys):
    from drf_spectacular.drainage import GENERATOR_STATS, reset_generator_stats
    from drf_spectacular.generators import SchemaGenerator
    from drf_spectacular.validation import validate_schema

    import access.api.schema  # noqa: F401 - as /openapi.json imports it

    reset_generator_stats()
    validate_schema(SchemaGenerator().get_schema(request=None, public=True))
    GENERATOR_STATS.emit_summary()
    assert capsys.readouterr().err == ""


def test_every_operation_has_a_summary_and_says_how_it_refuses(operations):
    for name, operation in operations.items():
        assert operation.get("summary"), name
        assert {"429", "503"} <= set(operation["responses"]), name
        if operation.get("security"):
            assert {"401", "403"} <= set(operation["responses"]), name
        if operation.get("requestBody"):
            assert {"400", "413", "415", "422"} <= set(operation["responses"]), name


def test_a_key_is_described_where_it_is_taken(operations):
    assert "Idempotency-Key" in json.dumps(operations["post /api/v1/merchants"])
    for path in ("auth/login", "merchants/me/keys", "merchants/me/keys/{key_id}/rotate"):
        assert "Idempotency-Key" not in json.dumps(operations[f"post /api/v1/{path}"])


def test_every_list_is_a_page(document):
    keys = document["paths"]["/api/v1/merchants/me/keys"]["get"]
    page = keys["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]

    assert list(document["components"]["schemas"][page]["properties"]) == ["data", "next_cursor", "has_more"]
    assert {parameter["name"] for parameter in keys["parameters"]} == {"limit", "cursor"}


def test_every_kind_of_credentials_is_described(document):
    assert {"accessToken", "merchantKey", "merchantSecret", "personalKey"} <= set(document["components"]["securitySchemes"])


def test_the_documents_are_served_and_name_no_other_host(client, db):
    served = client.get("/openapi.json")
    page, script = client.get("/docs"), client.get("/docs?script=")

    assert (served.status_code, served["Content-Type"]) == (200, "application/json")
    assert served.json()["openapi"].startswith("3.")
    assert [page.status_code, script.status_code] == [200, 200]
    assert not re.search(r"https?://|<script>", page.text)
    assert "/openapi.json" in script.text
    assert client.post("/openapi.json").status_code == 405
