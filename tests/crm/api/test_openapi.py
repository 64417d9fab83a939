"""The document that programs are made from: valid, complete, committed."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from django.apps import apps
from django.utils.translation import override

from crm.api.callers import pointed_at
from crm.api.management.commands.openapi_write import SNAPSHOT, text_of
from crm.api.openapi import described, document
from crm.api.sharing import meant, operations_of, shared
from crm.automation.actions import SHAPES
from crm.core.actors import Actor
from crm.core.registry import registry

FIXED = frozenset({"customers.customer.phone"})
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
        made = text_of(shared(product(described())))
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


def test_a_caller_s_document_has_only_what_they_may_do_and_see(key_client: Any) -> None:
    reader = key_client("read-only").get("/api/v1/openapi.json").json()
    assert {"get"} == reader["paths"]["/api/v1/customers/"].keys()
    assert "/api/v1/customers/batch/" not in reader["paths"]
    every = {one["operationId"]: one.get("x-permissions", ()) for one in operations_of(document())}
    kept = {one["operationId"] for one in operations_of(reader)}
    assert kept == {id for id, needed in every.items() if not needed or any(".view_" in one for one in needed)}


def test_hidden_fields_and_nouns_are_not_told() -> None:
    labels = frozenset({"customers.customer.email"})
    blind = Actor("key", None, frozenset({"customers.*_customer"}), hidden_fields=labels, fixed_fields=FIXED)
    made = document(actor=blind)
    text, schemas = text_of(made), made["components"]["schemas"]
    assert "email" not in schemas["Customer"]["properties"]
    assert {"email", "phone"}.isdisjoint(schemas["CustomerInput"]["properties"])
    assert "phone" in schemas["Customer"]["properties"]
    assert "email__" not in text
    assert "orders" not in schemas["Customer"]["properties"]["included"]["properties"]
    assert "orders" in document()["components"]["schemas"]["Customer"]["properties"]["included"]["properties"]


def test_everything_that_is_pointed_at_is_there() -> None:
    made = document(actor=Actor("key", None, frozenset({"*.view_*"})))
    for place in pointed_at(made):
        kind, _slash, name = place.removeprefix("#/components/").partition("/")
        assert name in made["components"][kind]


def test_it_travels_packed_to_whoever_takes_that(key_client: Any) -> None:
    plain = key_client().get("/api/v1/openapi.json")
    packed = key_client().get("/api/v1/openapi.json", HTTP_ACCEPT_ENCODING="gzip, br")
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) * 10 < len(plain.content)


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


def test_every_answer_says_what_it_holds() -> None:
    made_of = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    bare: list[tuple[str, str]] = []
    for path, methods in made_of["paths"].items():
        for about in (one for name, one in methods.items() if name != "parameters"):
            for status, answer in about["responses"].items():
                found = meant(made_of, answer).get("content", {}).get("application/json", {}).get("schema", {})
                if status.startswith("2") and found in ({}, {"type": "object"}) and "content" in meant(made_of, answer):
                    bare.append((path, status))
    assert bare == []


def test_what_a_rule_does_and_when_is_described() -> None:
    schemas = json.loads(SNAPSHOT.read_text(encoding="utf-8"))["components"]["schemas"]
    kinds = {one["properties"]["do"]["const"] for one in schemas["RuleActions"]["items"]["oneOf"]}
    assert kinds == set(SHAPES)
    for name in ("Rule", "RuleInput", "Webhook", "WebhookInput"):
        assert {"$ref": "#/components/schemas/Where"} in schemas[name]["properties"]["conditions"]["anyOf"]
    tree = {"and": [{"field": "city", "value": "Oslo"}, {"not": {"field": "kind", "op": "in", "value": ["person"]}}]}
    validator = jsonschema_rs.validator_for({"components": {"schemas": schemas}, "$ref": "#/components/schemas/Where"})
    assert validator.is_valid(tree)
    assert not validator.is_valid({"and": [{"fields": "city"}]})
