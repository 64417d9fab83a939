"""The document that programs are made from: valid, complete, committed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from django.apps import apps
from django.utils.translation import override

from crm.api.management.commands.openapi_write import SNAPSHOT, text_of
from crm.api.openapi import document
from crm.core.registry import registry

TESTS_OWN = {noun for noun in registry if apps.get_app_config(noun.module).name.startswith("tests.")}


def without(value: Any, labels: set[str]) -> Any:
    """The value with these words in none of its lists of choices."""
    if isinstance(value, dict):
        return {name: without(one, labels) for name, one in value.items()}
    if isinstance(value, list):
        return [without(one, labels) for one in value if not (isinstance(one, str) and one in labels)]
    return value


def product(made: dict[str, Any]) -> dict[str, Any]:
    """The document without the nouns that exist for the tests only."""
    slugs, names = {n.slug for n in TESTS_OWN}, {n.model.__name__ for n in TESTS_OWN}
    made["paths"] = {
        path: about
        for path, about in made["paths"].items()
        if not any(one["tags"][0] in slugs for one in about.values())
    }
    schemas = made["components"]["schemas"]
    made["components"]["schemas"] = {key: value for key, value in schemas.items() if not key.startswith(tuple(names))}
    for record in made["components"]["schemas"].values():
        related = record.get("properties", {}).get("included", {}).get("properties", {})
        for slug in slugs & related.keys():
            del related[slug]
    whole: dict[str, Any] = without(made, {noun.label for noun in TESTS_OWN})
    return whole


def test_it_is_the_committed_one() -> None:
    with override("en"):
        made = text_of(product(document()))
    assert made == SNAPSHOT.read_text(encoding="utf-8"), (
        "The API has changed: look at it, then ./kith manage openapi_write"
    )


def test_it_is_openapi_31_with_every_noun_and_verb() -> None:
    made = document()
    assert made["openapi"] == "3.1.0"
    for noun in registry:
        assert {"get", "post"} <= made["paths"][f"/api/v1/{noun.slug}/"].keys()
        assert {"get", "put", "patch", "delete"} <= made["paths"][f"/api/v1/{noun.slug}/{{id}}/"].keys()
        assert all(f"/api/v1/{noun.slug}/{{id}}/{verb.name}/" in made["paths"] for verb in noun.verbs)
    ids = [one["operationId"] for about in made["paths"].values() for one in about.values()]
    assert len(ids) == len(set(ids))


def test_every_schema_in_it_is_a_schema() -> None:
    for name, schema in document()["components"]["schemas"].items():
        jsonschema_rs.meta.validate(
            {"$schema": "https://json-schema.org/draft/2020-12/schema", **json.loads(json.dumps(schema, default=str))}
        )
        assert name.isidentifier()


def test_the_caller_gets_it_with_the_address_of_their_tenant(tenant: Any, key_client: Any, client: Any) -> None:
    answer = key_client().get("/api/v1/openapi.json")
    assert (answer.status_code, answer.json()["servers"]) == (200, [{"url": "/"}])
    assert client.get("/api/v1/openapi.json", HTTP_HOST="tenant-a.localhost").status_code == 401


@pytest.mark.parametrize(("language", "word"), [("en", "Refusals"), ("zh-hans", "拒绝")])
def test_the_reference_page_needs_no_script_and_no_other_host(
    tenant: Any, client_for: Any, language: str, word: str
) -> None:
    answer = client_for("read-only").get("/api/v1/docs", HTTP_ACCEPT_LANGUAGE=language)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert word in page
    assert "<script" not in page
    assert "style=" not in page
    assert "//" not in page.split("<body>")[0]
    assert all(f'id="{noun.slug}"' in page for noun in registry)


def test_the_snapshot_stands_with_the_others() -> None:
    assert Path(__file__).parents[2] / "snapshots" / "openapi.json" == SNAPSHOT
