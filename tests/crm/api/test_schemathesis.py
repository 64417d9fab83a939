"""Schemathesis over the document, few examples by a fixed seed: no failure of ours, answers as the document says."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
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
from crm.api.sharing import meant
from crm.core.actors import granted
from crm.core.registry import registry
from crm.team.roles import READ
from tests.crm.api.asking import hashes, made

EXAMPLES, TURNS = 2, 4  # for each operation; how many tests share the operations
NAME = "urn:kith:document"
FEW = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
READER = frozenset(READ)
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


def said(answer: Any, about: dict[str, Any], made_of: dict[str, Any]) -> dict[str, Any] | None:
    """The schema that the document gives for this answer."""
    one = meant(made_of, about["responses"].get(str(answer.status_code), about["responses"]["default"]))
    kind = answer["Content-Type"].partition(";")[0] if answer.content else ""
    schema: dict[str, Any] | None = one.get("content", {}).get(kind, {}).get("schema")
    return schema


def judging(made_of: dict[str, Any]) -> Callable[[dict[str, Any]], jsonschema_rs.Validator]:
    """Schemas of the document as validators, each made once."""
    whole = jsonschema_rs.Registry([(NAME, made_of)])

    @cache
    def made_once(written: str) -> jsonschema_rs.Validator:
        return jsonschema_rs.validator_for(json.loads(written), registry=whole)

    return lambda schema: made_once(json.dumps(schema).replace('"#/', f'"{NAME}#/'))


def about_records(ids: dict[str, str]) -> dict[str, Any]:
    """The document, with the ids of records that are there as the only ids of their nouns."""
    made_of: dict[str, Any] = json.loads(json.dumps(document(), default=str))
    for about in (one for methods in made_of["paths"].values() for one in methods.values()):
        about["parameters"] = [dict(meant(made_of, one)) for one in about.get("parameters", ())]
        for parameter in about["parameters"]:
            if parameter["name"] == "id" and parameter["in"] == "path" and about["tags"][0] in ids:
                parameter |= {"schema": {"type": "string", "enum": [ids[about["tags"][0]]]}}
    return made_of


def tried(operation: Any, take: Callable[[Any], None]) -> None:
    """A few examples of one operation."""

    @seed(20260601)
    @FEW
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        take(case)

    run()


@pytest.mark.long(35)
@pytest.mark.parametrize("turn", range(TURNS))
def test_every_operation_answers_everybody_as_the_document_says(tenant: Any, key_client: Any, turn: int) -> None:
    """As owner, on records that are there, taken back each time; as reader and as stranger, who leave nothing."""
    made_of = about_records({noun.slug: str(made(noun)) for noun in registry})
    clients = {
        "stranger": Client(HTTP_HOST="tenant-a.localhost"),
        "reader": key_client("read-only"),
        "owner": key_client("owner"),
    }
    before, validator = hashes(), judging(made_of)
    for found in list(schemathesis.openapi.from_dict(made_of).get_all_operations())[turn::TURNS]:
        operation = found.ok()
        about = made_of["paths"][operation.path][operation.method]

        def take(case: Any, about: dict[str, Any] = about) -> None:
            for name, client in clients.items():
                with transaction.atomic():
                    answer = asked(client, case)
                    transaction.set_rollback(name == "owner")
                told = (name, case.method, case.path, answer.status_code, answer.content[:400])
                assert answer.status_code in STATUSES[name], told
                if name == "reader" and (needed := about.get("x-permissions")):
                    may = any(granted(READER, one) for one in needed)
                    assert answer.status_code != 403 if may else answer.status_code >= 400, (needed, told)
                if schema := said(answer, about, made_of):
                    validator(schema).validate(answer.json())

        tried(operation, take)
    assert hashes() == before
