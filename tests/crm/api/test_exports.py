"""Files out by the API: ask, look, download, cancel; what may not be asked is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from crm.core.models import Event
from crm.exchange.models import ExportJob, ExportPiece
from tests.crm.api.asking import hashes
from tests.crm.exchange.exporting import EXPORTS, exported, made, person, sent

LIN = {"name": "Lin Exported", "number": "X-1", "city": "Xiamen", "phone": "+8613800138001"}


def test_a_list_becomes_a_file_at_once(tenant: Any, key_client: Any) -> None:
    made("customers.customer", **LIN)
    client = key_client()
    body = {"object": "customers", "filters": {"city": "Xiamen"}, "fields": ["name", "phone"], "format": "csv"}
    answer = sent(client, body)
    job = answer.json()
    assert answer.status_code == 201, answer.content
    assert (job["state"], job["percent"], job["rows_done"], answer["Location"]) == ("done", 100, 1, job["url"])
    file = client.get(job["file"])
    assert file["Content-Disposition"].startswith('attachment; filename="customers-')
    assert (file["X-Content-Type-Options"], file["Cache-Control"]) == ("nosniff", "no-store")
    lines = b"".join(file.streaming_content).decode("utf-8-sig").split("\r\n")
    assert lines[0] == "Name,Phone,Kith ID"
    assert lines[1].startswith("Lin Exported,+8613800138001,")
    assert client.get(job["url"]).json()["id"] in [one["id"] for one in client.get(EXPORTS).json()["results"]]
    names = set(Event.objects.filter(object_id=job["id"]).values_list("name", flat=True))
    assert names == {"exchange.exportjob.finished", "exchange.exportjob.downloaded"}
    told = Event.objects.get(object_id=job["id"], name="exchange.exportjob.finished").after
    assert (told["object"], told["rows"], told["filters"]) == ("customers.customer", 1, {"city": "Xiamen"})


def test_a_dry_run_only_counts(tenant: Any, key_client: Any) -> None:
    made("customers.customer", **LIN)
    client = key_client()
    before = hashes()
    answer = sent(client, {"object": "customers", "filters": {"city": "Xiamen"}}, "?dry_run=1")
    assert (answer.status_code, answer.json()["rows_total"]) == (200, 1)
    assert "phone" in answer.json()["columns"]
    assert hashes() == before


def test_the_filter_language_as_a_tree(tenant: Any, key_client: Any) -> None:
    made("customers.customer", **LIN)
    tree = {"or": [{"field": "city", "op": "eq", "value": "Xiamen"}, {"field": "city", "op": "eq", "value": "Nowhere"}]}
    assert sent(key_client(), {"object": "customers", "where": tree}).json()["rows_done"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"object": "nobody"},
        {"object": "customers", "format": "exe"},
        {"object": "customers", "filters": {"colour": "red"}},
        {"object": "customers", "filters": ["red"]},
        {"object": "customers", "fields": ["password"]},
        {"object": "customers", "fields": "name"},
        {"object": "customers", "parts": "rows"},
        {"object": "customers", "ordering": "notes"},
        {"object": "customers", "where": {"field": "colour", "value": "red"}},
        {"object": "customers", "headers": "loud"},
        {"object": "customers", "language": "xx"},
        {"object": "customers", "surprise": 1},
        {"object": 5},
    ],
)
def test_what_cannot_be_asked_is_refused_and_nothing_is_stored(tenant: Any, key_client: Any, body: Any) -> None:
    client = key_client()
    before = hashes()
    answer = sent(client, body)
    assert answer.status_code in (400, 422), answer.content
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert hashes() == before


def test_reading_is_not_yet_exporting(tenant: Any, key_client: Any) -> None:
    client = key_client(scopes=["*.view_*"])
    before = hashes()
    assert sent(client, {"object": "customers"}).status_code == 403
    assert hashes() == before
    both = key_client(scopes=["*.view_*", "customers.export_customer"])
    assert sent(both, {"object": "customers"}).status_code == 201
    assert sent(both, {"object": "orders"}).status_code == 403


def test_another_key_sees_neither_job_nor_file(tenant: Any, key_client: Any) -> None:
    job = sent(key_client(scopes=["*.view_*", "*.export_*"]), {"object": "customers"}).json()
    stranger = key_client(scopes=["*.view_*", "*.export_*"])
    for path in (job["url"], job["file"]):
        assert stranger.get(path).status_code == 404
    assert stranger.delete(job["url"]).status_code == 404
    assert stranger.get(EXPORTS).json()["results"] == []
    assert ExportJob.objects.get(pk=job["id"]).state == "done"
    assert key_client().get(job["file"]).status_code == 200


def test_deleting_throws_the_file_away(tenant: Any, key_client: Any) -> None:
    client = key_client()
    job = sent(client, {"object": "customers"}).json()
    assert client.delete(job["url"]).status_code == 204
    assert client.get(job["file"]).status_code == 409
    assert client.get(job["url"]).json()["state"] == "cancelled"
    assert ExportPiece.objects.filter(job_id=job["id"]).count() == 0


def test_the_file_of_another_tenants_clone_is_not_reached(tenant: Any, clone: Any, key_client: Any) -> None:
    job = exported(actor=person("owner"))
    assert key_client().get(f"{EXPORTS}/{job.pk}/file").status_code == 200
    assert key_client(tenant=clone).get(f"{EXPORTS}/{job.pk}/file").status_code == 404


def test_everything_is_the_owners_alone(tenant: Any, key_client: Any) -> None:
    body = {"object": "everything", "history": False}
    client = key_client("owner")
    others = [key_client(role) for role in ("manager", "member", "read-only")]
    before = hashes()
    assert sent(client, body, "?dry_run=1").json()["rows_total"] > 0
    for other in others:
        assert sent(other, body).status_code == 403
    for wrong in ({"object": "everything", "format": "csv"}, {"object": "everything", "history": "no"}):
        assert sent(client, wrong).status_code == 422
    assert hashes() == before
    job = sent(client, body)
    assert (job.status_code, job.json()["object"], job.json()["state"]) == (202, "everything", "queued")
    assert job.json()["filename"].endswith(".kith.zip")
