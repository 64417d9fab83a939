"""Nothing that people can write is executed: it is stored as it is, comes back as it is, and pages show it as text."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import quote

import pytest

from crm.customers.models import Customer
from tests.crm.api.asking import sent
from tests.hostile.strings import strings

CUSTOMERS = "/api/v1/customers"
ALL = strings()
ONE_LINE = [text for text in ALL if not set(text) & set("\r\n\x0b\x0c\x85\u2028\u2029")]
KINDS = range(6)  # a sixth of them in each test, so that none is long


def stored(client: Any, texts: list[str]) -> list[str]:
    """The ids of customers whose names and notes are these texts."""
    rows = [{"action": "create", "values": {"name": text, "notes": text, "city": text[:80].strip()}} for text in texts]
    answer = sent(client.post, f"{CUSTOMERS}/batch?mode=partial", {"rows": rows})
    assert answer.status_code == 207, answer.content[:500]
    results = answer.json()["results"]
    assert {one["status"] for one in results} == {201}, [one for one in results if one["status"] != 201]
    return [one["id"] for one in results]


def test_there_are_five_hundred() -> None:
    assert len(ALL) == len(set(ALL)) >= 500


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_stored_and_comes_back_unchanged(tenant: Any, key_client: Any, kind: int) -> None:
    client, texts = key_client(), ALL[kind::6]
    ids = stored(client, texts)
    for pk, text in zip(ids, texts, strict=True):
        record = client.get(f"{CUSTOMERS}/{pk}?fields=name,notes").json()
        assert (record["name"], record["notes"]) == (text, text)
    assert Customer.objects.count() >= len(texts)  # and no table was dropped


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_looked_for_and_finds_at_most_itself(tenant: Any, key_client: Any, kind: int) -> None:
    client, texts = key_client(), ONE_LINE[kind::6]
    ids = dict(zip(texts, stored(client, texts), strict=True))
    for text in texts:
        same = client.get(f"{CUSTOMERS}/", {"name": text, "fields": "name"})
        assert ids[text] in [row["id"] for row in same.json()["results"]]
        assert all(row["name"] == text for row in same.json()["results"])
        holds = client.get(f"{CUSTOMERS}/", {"notes__contains": text, "fields": "id"}).status_code
        words = client.get(f"{CUSTOMERS}/", {"search": text, "fields": "id"}).status_code
        assert {holds, words} <= {200, 400}
        assert client.get(f"{CUSTOMERS}/", {"ordering": text}).status_code == 400
        assert client.get(f"{CUSTOMERS}/", {text: "1"}).status_code == 400
        assert client.get(f"{CUSTOMERS}/ext:{quote(text, safe='')}:x").status_code in {400, 404}


@pytest.mark.parametrize("kind", KINDS)
def test_pages_show_each_as_text(tenant: Any, key_client: Any, client_for: Any, kind: int) -> None:
    texts, person = ONE_LINE[kind::6], client_for("owner")
    ids = stored(key_client(), texts)
    listed = person.get("/customers/?page_size=200").content.decode()
    for pk, text in list(zip(ids, texts, strict=True))[::9]:
        page = person.get(f"/customers/{pk}/").content.decode()
        assert escape(text) in page or escape(text).replace("&#x27;", "&#39;") in page, text
        assert "<" not in text or f">{text}<" not in page
        assert person.get("/customers/", {"search": text}).status_code < 500
    assert all(f">{text}<" not in listed for text in texts if "<" in text)


def test_headers_cannot_be_written_by_values(tenant: Any, key_client: Any) -> None:
    client = key_client()
    for text in ALL:
        answer = client.get("/api/v1/me", HTTP_X_REQUEST_ID=text)
        assert answer.status_code in {200, 400}
        assert answer["X-Request-Id"].isascii()
        assert not {"Set-Cookie", "X-Evil", "X", "Location"} & set(answer.headers)
