"""Where the `type` of a refusal leads: a page that knows every code, and asks nobody for anything."""

import re

from tests.architecture.test_the_house import every_error

PAGE = "/docs/errors"


def test_every_code_has_an_anchor_under_its_status(client):
    page = client.get(PAGE)
    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
    under = {}
    for section in page.text.split("<section")[1:]:
        status = re.search(r'id="status-(\d+)"', section)
        assert status
        under |= dict.fromkeys(re.findall(r'<div id="(\w+)">', section), int(status[1]))
    assert under == {error.code: error.status for error in every_error()}


def test_the_type_of_a_refusal_leads_to_its_code(client, db):
    page, _, code = client.get("/api/v1/orders").json()["type"].partition("#")

    assert page == PAGE
    assert f'<div id="{code}">' in client.get(page).text


def test_it_says_what_the_document_says(client):
    text = client.get(PAGE).text

    assert "<title>Errors · Bursar</title>" in text
    assert "it is never renamed, and a program may branch on it" in text
    assert "<code>detail</code> is for people" in text
    assert not re.search(r"```|\| ---|##|\*\*", text)
    assert "quarantined" not in text


def test_it_needs_nothing_from_elsewhere_and_no_script(client):
    page = client.get(PAGE)

    assert not re.search(r"https?://|<script|<img|@import|url\(|\sstyle=|\son\w+=", page.text)
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert client.post(PAGE).status_code == 405
