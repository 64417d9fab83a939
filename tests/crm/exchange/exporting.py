"""How the tests of exports ask for a file and read it."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from django.conf import settings
from django.test import Client
from openpyxl import load_workbook

from crm.core.actors import SYSTEM, Actor
from crm.core.registry import registry
from crm.core.services import record_save
from crm.exchange.exporting.asking import Asked
from crm.exchange.exporting.services import export_open, export_start
from crm.exchange.models import ExportJob
from crm.team.models import User
from crm.team.services import actor_of_user
from tests.examples import EXAMPLES

EXPORTS = "/api/v1/bulk/exports"
CUSTOMER = "customers.customer"


def person(role: str, **limits: list[str]) -> Actor:
    """Somebody of a role, whose role is given limits."""
    user = User.objects.select_related("role").get(email=f"{role}@kith.test")
    for name, value in limits.items():
        setattr(user.role, name, value)
    user.role.save()
    return actor_of_user(user, via="page")


def exported(label: str = CUSTOMER, *, actor: Actor = SYSTEM, format: str = "csv", **asked: Any) -> ExportJob:
    """A finished export."""
    job = export_start(Asked(label, format, **asked), actor=actor)
    assert job.state == ExportJob.State.DONE, (job.state, job.failure, job.failure_details)
    return job


def bytes_of(job: ExportJob, actor: Actor = SYSTEM) -> bytes:
    """The whole file."""
    return b"".join(export_open(job, actor=actor))


def table_of(job: ExportJob, actor: Actor = SYSTEM, sheet: int = 0) -> list[dict[str, Any]]:
    """The rows of a file of any format by their headers."""
    raw = bytes_of(job, actor)
    if job.format == "ndjson":
        return [json.loads(line) for line in raw.splitlines()]
    if job.format == "csv":
        assert raw.startswith(b"\xef\xbb\xbf")
        return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    head, *rows = load_workbook(io.BytesIO(raw)).worksheets[sheet].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def made(label: str, **values: Any) -> Any:
    """A record of a noun."""
    return record_save(registry[label].model, {**EXAMPLES[label](), **values}, actor=SYSTEM)


def sent(client: Client, body: dict[str, Any], query: str = "") -> Any:
    """A request for an export."""
    return client.post(EXPORTS + query, json.dumps(body), content_type="application/json")


def database_url(name: str) -> str:
    """The address of a test's database, for another process."""
    d = settings.DATABASES["default"]
    return f"postgresql://{d['USER']}:{d['PASSWORD']}@{d['HOST']}:{d['PORT']}/{name}"
