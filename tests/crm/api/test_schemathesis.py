"""Schemathesis over the document, few examples by a fixed seed: no failure of ours, answers as the document says."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
import requests
import schemathesis
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed, settings

from crm.api.openapi import document
from crm.core.registry import registry
from tests.crm.api.asking import hashes, made

EXAMPLES = 2
FEW = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
STATUSES = {
    "owner": {200, 201, 202, 204, 207, 400, 404, 405, 406, 409, 411, 412, 413, 415, 422},
    "reader": {200, 400, 403, 404, 405, 406, 411, 412, 413, 415, 422},
    "stranger": {400, 401, 404, 405, 406},
}


def asked(client: Client, case: Any) -> Any:
    """Send a case of schemathesis through Django's test client."""
    prepared = requests.Request(**case.as_transport_kwargs(base_url="http://tenant-a.localhost")).prepare()
    headers = {
        "HTTP_" + name.upper().replace("-", "_"): str(value)
        for name, value in prepared.headers.items()
        if name.lower()
        not in (
            "content-type",
            "content-length",
            "user-agent",
            "accept-encoding",
            "connection",
            "cookie",
            "host",
            "authorization",
        )
    }
    body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body or b""
    answer = client.generic(
        case.method.upper(), prepared.path_url, body, prepared.headers.get("Content-Type") or "", **headers
    )
    if answer.streaming:  # a file: read here, so that all answers can be looked at alike
        return HttpResponse(b"".join(answer.streaming_content), status=answer.status_code, headers=answer.headers)
    return answer


def said(answer: Any, about: dict[str, Any]) -> dict[str, Any] | None:
    """The schema that the document gives for this answer."""
    one = about["responses"].get(str(answer.status_code), about["responses"]["default"])
    kind = answer["Content-Type"].partition(";")[0] if answer.content else ""
    schema: dict[str, Any] | None = one.get("content", {}).get(kind, {}).get("schema")
    return schema


def caller(name: str, key_client: Any) -> Client:
    """A program that may do everything, one that may only read, and nobody."""
    return (
        Client(HTTP_HOST="tenant-a.localhost")
        if name == "stranger"
        else key_client("owner" if name == "owner" else "read-only")
    )


def about_records(ids: dict[str, str]) -> dict[str, Any]:
    """The document, with the ids of records that are there as the only ids of their nouns."""
    made_of: dict[str, Any] = json.loads(json.dumps(document(), default=str))
    for about in (one for methods in made_of["paths"].values() for one in methods.values()):
        for parameter in about.get("parameters", ()):
            if parameter["name"] == "id" and parameter["in"] == "path" and about["tags"][0] in ids:
                parameter["schema"] = {"type": "string", "enum": [ids[about["tags"][0]]]}
    return made_of


def tried(client: Client, operation: Any, about: dict[str, Any], take: Any) -> None:
    """A few examples of one operation, on a record that is there where one is meant; each is taken back."""

    @seed(20260601)
    @FEW
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        with transaction.atomic():
            take(case, asked(client, case), about)
            transaction.set_rollback(True)

    run()


@pytest.mark.parametrize("name", STATUSES)
def test_every_operation_answers_as_the_document_says(tenant: Any, key_client: Any, name: str) -> None:
    made_of = about_records({noun.slug: str(made(noun)) for noun in registry})
    client, before = caller(name, key_client), hashes()

    def take(case: Any, answer: Any, about: dict[str, Any]) -> None:
        assert answer.status_code in STATUSES[name], (case.method, case.path, answer.status_code, answer.content[:400])
        if schema := said(answer, about):
            jsonschema_rs.validator_for({**schema, "components": made_of["components"]}).validate(answer.json())

    for found in schemathesis.openapi.from_dict(made_of).get_all_operations():
        operation = found.ok()
        about = made_of["paths"][operation.path][operation.method]
        tried(client, operation, about, take)
    assert name == "owner" or hashes() == before
