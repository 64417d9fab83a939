"""Files in by the API: upload, progress, account, report, undo; the engine has tests of its own."""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from crm.customers.models import Customer
from crm.exchange.models import ImportJob
from crm.exchange.services import import_run
from tests.crm.api.asking import hashes

JOBS = "/api/v1/bulk/jobs"
TABLE = "Name,Email,Member no\nWang Fang,wf@x.example,M-81\nLi Lei,ll@x.example,M-82\n,no name,M-83\n"


def table(content: str | bytes = TABLE, name: str = "customers.csv") -> SimpleUploadedFile:
    """A file as a form sends it."""
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def test_a_file_is_taken_run_accounted_for_and_taken_back(tenant: Any, key_client: Any) -> None:
    client = key_client()
    answer = client.post(JOBS, {"object": "customers", "file": table()})
    assert answer.status_code == 202, answer.content
    job = answer.json()
    assert (job["state"], job["object"], answer["Location"]) == ("queued", "customers.customer", job["url"])
    import_run(ImportJob.objects.get(pk=job["id"]).pk)
    done = client.get(job["url"]).json()
    assert (done["state"], done["percent"], done["account"]["read"], done["account"]["created"]) == ("done", 100, 3, 2)
    assert client.get(f"{JOBS}/{job['id']}/report").json()["results"][0]["row"] == 4
    refused = b"".join(client.get(f"{JOBS}/{job['id']}/refused.csv").streaming_content).decode("utf-8-sig")
    assert "M-83" in refused
    assert "M-81" not in refused
    assert Customer.objects.filter(number__in=["M-81", "M-82"], deleted_at=None).count() == 2
    assert client.post(f"{JOBS}/{job['id']}/revert", {}, content_type="application/json").status_code == 200
    assert job["id"] in [one["id"] for one in client.get(JOBS).json()["results"]]


@pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "gzip"])
def test_json_lines_are_taken_packed_or_not(tenant: Any, key_client: Any, *, is_packed: bool) -> None:
    lines = [
        {"name": "Ann", "number": "N-81", "tags": ["vip", "new"]},
        {"name": "Bob", "number": "N-82", "email": "bob@x.example", "opening_orders_count": 3},
    ]
    text = "\n".join([json.dumps(lines[0]), "no json", json.dumps(lines[1]), ""]).encode()
    client = key_client()
    file = table(gzip.compress(text) if is_packed else text, "customers.ndjson")
    answer = client.post(JOBS, {"object": "customers", "file": file})
    assert answer.status_code == 202, answer.content
    import_run(ImportJob.objects.get(pk=answer.json()["id"]).pk)
    done = client.get(answer.json()["url"]).json()["account"]
    assert (done["read"], done["created"], done["refused"]) == (3, 2, 1)
    ann, bob = (Customer.objects.get(number=number, deleted_at=None) for number in ("N-81", "N-82"))
    assert (ann.tags, bob.email, bob.opening_orders_count) == (["vip", "new"], "bob@x.example", 3)
    [line] = client.get(f"{JOBS}/{answer.json()['id']}/report?outcome=refused").json()["results"]
    assert (line["row"], line["code"]) == (2, "not_an_object")
    assert client.get(f"{JOBS}/{answer.json()['id']}/report?outcome=garbage").status_code == 400


def test_the_mapping_may_be_sent_along(tenant: Any, key_client: Any) -> None:
    choices = {"header_row": 1, "targets": {"0": "name", "1": "+skip", "2": "number"}}
    client = key_client()
    answer = client.post(JOBS, {"object": "customers.customer", "choices": json.dumps(choices), "file": table()})
    assert answer.status_code == 202, answer.content
    import_run(ImportJob.objects.get(pk=answer.json()["id"]).pk)
    assert Customer.objects.get(number="M-81", deleted_at=None).email == ""


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"object": "nobody", "file": table()},
        {"object": "customers"},
        {"object": "customers", "file": "no file"},
        {"object": "customers", "file": table(b"")},
        {"object": "customers", "file": table(), "colour": "red"},
        {"object": "customers", "file": table(), "choices": "["},
        {"object": "customers", "file": table(), "choices": "[]"},
        {"object": "customers", "file": table(), "choices": '{"targets": {"x": "name"}}'},
        {"object": "customers", "file": table(), "choices": '{"sheet": "one"}'},
        {"object": "customers", "file": table(), "choices": '{"header_row": -1}'},
        {"object": "customers\x00", "file": table()},
        {"object": "customers", "template": "\x00", "file": table()},
        {"object": "customers", "file": table(bytes(range(256)) * 9, "a.xlsx")},
        {"object": "customers", "template": "no such", "file": table()},
    ],
    ids=range(15),
)
def test_a_form_that_cannot_be_meant_is_refused_and_leaves_nothing(
    tenant: Any, key_client: Any, form: dict[str, Any]
) -> None:
    client, before = key_client(), hashes()
    for value in form.values():
        if hasattr(value, "seek"):
            value.seek(0)
    answer = client.post(JOBS, form)
    assert answer.status_code in {400, 404, 422}, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert hashes() == before


def test_who_may_not_write_cannot_import(tenant: Any, key_client: Any) -> None:
    client, before = key_client("read-only"), hashes()
    assert client.post(JOBS, {"object": "customers", "file": table()}).status_code == 403
    assert hashes() == before


def test_jobs_that_are_not_there_are_not_found(tenant: Any, key_client: Any) -> None:
    client, path = key_client(), f"{JOBS}/{uuid4()}"
    assert {client.get(one).status_code for one in (path, f"{path}/report", f"{path}/refused.csv")} == {404}
    assert client.post(f"{path}/revert", content_type="application/json").status_code == 404
    assert client.post(f"{path}/revert", {"a": 1}, content_type="application/json").status_code == 422
    assert client.get(f"{path}/report?limit=5000").status_code == 404


def test_a_body_may_be_the_file_itself(tenant: Any, key_client: Any) -> None:
    client = key_client()
    lines = b'{"name": "Ann", "number": "R-3"}\n'
    for number, (body, media, packing) in enumerate(
        (
            (b"Name,Member no\nAnn,R-0\n", "text/csv", {}),
            (gzip.compress(b"Name,Member no\nAnn,R-1\n"), "text/csv; charset=utf-8", {"Content-Encoding": "gzip"}),
            (b"Name\tMember no\nAnn\tR-2\n", "text/tab-separated-values", {}),
            (lines, "application/x-ndjson", {"Content-Encoding": "identity"}),
        )
    ):
        answer = client.post(f"{JOBS}?object=customers&filename=n.txt", body, content_type=media, headers=packing)
        assert answer.status_code == 202, answer.content
        assert answer.json()["filename"] == "n.txt"
        import_run(ImportJob.objects.get(pk=answer.json()["id"]).pk)
        assert Customer.objects.filter(number=f"R-{number}", deleted_at=None).count() == 1


BOMB = gzip.compress(b"Name\n" + b"x" * (30 << 20), 9)


@pytest.mark.parametrize(
    ("body", "media", "sent", "status", "code"),
    [
        (b"Name\nAnn\n", "text/csv", {"Content-Encoding": "gzip"}, 400, "parse_error"),
        (b"Name\nAnn\n", "text/csv", {"Content-Encoding": "br"}, 415, "unsupported_media_type"),
        (b"Name\nAnn\n", "text/plain", {}, 415, "unsupported_media_type"),
        (b"", "text/csv", {}, 400, "bad_value"),
        (BOMB, "text/csv", {"Content-Encoding": "gzip"}, 422, "file_bomb"),
        (b"Name\nAnn\n", "text/csv", {"Content-Length": str((1 << 30) + 1)}, 413, "too_large"),
        (b"Name\nAnn\n", "text/csv", {"Content-Length": "9" * 5000}, 400, "bad_value"),
    ],
    ids=["not packed", "brotli", "plain text", "nothing", "a bomb", "too long", "a length of 5,000 digits"],
)
def test_a_body_that_is_no_file_is_refused_and_leaves_nothing(
    tenant: Any, key_client: Any, *, body: bytes, media: str, sent: dict[str, str], status: int, code: str
) -> None:
    client, before = key_client(), hashes()
    answer = client.post(f"{JOBS}?object=customers", body, content_type=media, headers=sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert hashes() == before


def test_a_form_and_its_address_do_not_say_the_same_twice(tenant: Any, key_client: Any) -> None:
    client, before = key_client(), hashes()
    answer = client.post(f"{JOBS}?object=customers", {"object": "customers", "file": table()})
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "object")
    assert hashes() == before


def rows_of(client: Any, job: str, name: str) -> list[dict[str, str]]:
    """A file of results, row by row."""
    text = b"".join(client.get(f"{JOBS}/{job}/{name}.csv").streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_every_row_stands_in_one_of_the_three_files(tenant: Any, key_client: Any) -> None:
    client = key_client()
    content = TABLE + "Wang Fang,wf@x.example,M-81\n,,\nHan Meimei,hm@x.example,M-84\n"
    job = client.post(f"{JOBS}?object=customers", content, content_type="text/csv").json()["id"]
    waiting = rows_of(client, job, "unprocessed")
    assert [row["Kith row"] for row in waiting] == ["2", "3", "4", "5", "7"]
    import_run(ImportJob.objects.get(pk=job).pk)
    stored, refused = rows_of(client, job, "stored"), rows_of(client, job, "refused")
    assert [(row["Kith row"], row["Kith outcome"]) for row in stored] == [
        ("2", "created"),
        ("3", "created"),
        ("5", "merged"),
        ("7", "created"),
    ]
    named = Customer.objects.filter(pk__in=[row["Kith record"] for row in stored if row["Kith record"]])
    assert set(named.values_list("number", flat=True)) == {"M-81", "M-82", "M-84"}
    assert [row["Kith row"] for row in refused] == ["4"]
    assert rows_of(client, job, "unprocessed") == []
    assert {client.get(f"{JOBS}/{uuid4()}/{name}.csv").status_code for name in ("stored", "unprocessed")} == {404}


def test_choices_are_laid_over_the_proposal(tenant: Any, key_client: Any) -> None:
    client = key_client()
    shop = table("External id,Full name,E-mail Address,Code\n77,Ann Lee,ann@x.example,C-77\n")
    said = {"source": "shop", "targets": {"3": "number"}}
    answer = client.post(JOBS, {"object": "customers", "choices": json.dumps(said), "file": shop})
    assert (answer.status_code, answer.json()["warnings"]) == (202, []), answer.content
    import_run(ImportJob.objects.get(pk=answer.json()["id"]).pk)
    path = "/api/v1/customers/ext:shop:77"
    found = client.get(path).json()
    assert (found["name"], found["email"], found["number"]) == ("Ann Lee", "ann@x.example", "C-77")
    again = client.put(path, {"name": "Ann Lee", "email": "ann@x.example"}, content_type="application/json")
    assert (again.status_code, again.json()["id"]) == (200, found["id"])
    shop.seek(0)
    trial = client.post(f"{JOBS}?dry_run=1", {"object": "customers", "choices": json.dumps(said), "file": shop}).json()
    shop.seek(0)
    sent_back = {"object": "customers", "choices": json.dumps(trial["choices"]), "file": shop}
    assert client.post(JOBS, sent_back).status_code == 202


def test_a_date_that_can_be_read_in_two_ways_is_told(tenant: Any, key_client: Any) -> None:
    client = key_client()
    dates = "Name,Member no,Birthday\nAda,AD-1,01/02/1990\nBea,AD-2,03/04/1991\n"
    told = client.post(JOBS, {"object": "customers", "file": table(dates)}).json()
    [warning] = told["warnings"]
    assert (warning["code"], warning["column"], warning["position"]) == ("ambiguous_date", "Birthday", 2)
    import_run(ImportJob.objects.get(pk=told["id"]).pk)
    [line] = client.get(f"{JOBS}/{told['id']}/report").json()["results"]
    assert (line["code"], line["outcome"], line["message"]) == ("ambiguous_date", "note", warning["message"])
    answered = {"object": "customers", "file": table(dates), "choices": '{"answers": {"2": "dmy"}}'}
    assert client.post(JOBS, answered).json()["warnings"] == []


def test_numbers_of_several_systems_lead_to_the_record(tenant: Any, key_client: Any) -> None:
    client = key_client()
    people = table("name,external_id.erp,external_id.shop\nAda,1,77\n")
    told = client.post(JOBS, {"object": "customers", "file": people}).json()
    assert told["warnings"] == []
    import_run(ImportJob.objects.get(pk=told["id"]).pk)
    ways = [client.get(f"/api/v1/customers/ext:{name}").json()["name"] for name in ("erp:1", "shop:77")]
    assert ways == ["Ada", "Ada"]


def test_jobs_are_told_a_page_at_a_time_and_stopped(tenant: Any, key_client: Any) -> None:
    client = key_client()
    one, two = (client.post(JOBS, {"object": "customers", "file": table()}).json()["id"] for _ in range(2))
    assert [job["id"] for job in client.get(JOBS).json()["results"]][:2] == [two, one]
    assert [job["id"] for job in client.get(f"{JOBS}?before={two}").json()["results"]][:1] == [one]
    assert client.get(f"{JOBS}?before=two").status_code == 400
    reader = key_client("read-only").post(f"{JOBS}/{one}/cancel", {}, content_type="application/json")
    assert reader.status_code in (403, 404)
    stopped = client.post(f"{JOBS}/{one}/cancel", {}, content_type="application/json")
    assert (stopped.status_code, stopped.json()["state"], stopped.json()["rows_done"]) == (200, "cancelled", 0)
    again = client.post(f"{JOBS}/{one}/cancel", {}, content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
