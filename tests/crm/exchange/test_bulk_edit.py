"""Many records at once: tried before it is done, judged one by one, run as a job, undone to the byte."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from crm.core.actors import SYSTEM
from crm.core.models import Event
from crm.core.services import Change, record_save, records_save
from crm.customers.models import Customer
from crm.exchange.bulk.services import bulk_purge, bulk_run, forget
from crm.exchange.models import BulkJob, BulkRow
from crm.sales.models import Deal, Stage
from crm.team.models import Role, User
from tenants.models import Outbox
from tests.crm.api.asking import hashes, sent

HASH = "SELECT md5(string_agg((to_jsonb(t) - 'version' - 'updated_at')::text, '' ORDER BY id)) FROM {} t"


def hash_of(table: str) -> str:
    """All rows of a table, but for their versions and the moments of their last change."""
    with connection.cursor() as cursor:
        cursor.execute(HASH.format(table))
        return str(cursor.fetchone()[0])


def customers(count: int, **values: Any) -> list[UUID]:
    """Customers of a town nobody else lives in."""
    changes = [Change({"name": f"Lin {n}", "city": "Bulkton", "tags": ["old"], **values}) for n in range(count)]
    return list(records_save(Customer, changes, actor=SYSTEM).saved.values())


def started(client: Any, body: dict[str, Any], query: str = "", noun: str = "customers") -> dict[str, Any]:
    """A bulk change by API."""
    answer = sent(client.post, f"/api/v1/{noun}/bulk-edit/{query}", body)
    assert answer.status_code in (200, 201, 202), answer.content
    return dict(answer.json())


@pytest.mark.long(45)
def test_undo_of_ten_thousand_restores_every_row_exactly(tenant: Any, key_client: Any) -> None:
    customers(10_000)
    program = key_client("owner")
    before, events = hash_of("customers_customer"), Event.objects.count()
    body = {"filters": {"city": "Bulkton"}, "values": {"city": "Hangzhou", "name": "Same Name", "tags": ["new", "vip"]}}
    job = started(program, body)
    assert (job["state"], job["rows_total"], job["percent"]) == ("queued", 10_000, 0)
    assert Outbox.objects.filter(task="crm.exchange.tasks.bulk_run").count() == 1
    assert bulk_run(UUID(job["id"]))
    told = program.get(f"/api/v1/bulk/edits/{job['id']}/").json()
    assert (told["state"], told["percent"], told["account"]) == ("done", 100, {"changed": 10_000})
    assert Customer.objects.filter(city="Hangzhou", name="Same Name", name_key="same name").count() >= 10_000
    assert Event.objects.count() == events + 10_000
    assert sent(program.post, f"/api/v1/bulk/edits/{job['id']}/undo/", {}).json()["state"] == "undoing"
    assert bulk_run(UUID(job["id"]))
    assert program.get(f"/api/v1/bulk/edits/{job['id']}/").json()["account"] == {"changed": 10_000, "back": 10_000}
    assert hash_of("customers_customer") == before


def test_undo_leaves_the_many_that_somebody_has_changed_since(tenant: Any, key_client: Any) -> None:
    ids, program = customers(120), key_client("owner")
    job = started(program, {"filters": {"city": "Bulkton"}, "values": {"city": "Rome"}})
    assert job["account"] == {"changed": 120}
    records_save(Customer, [Change({"tags": ["since"]}, id=pk) for pk in ids[:70]], actor=SYSTEM)
    undone = sent(program.post, f"/api/v1/bulk/edits/{job['id']}/undo/", {}).json()
    assert undone["account"] == {"changed": 120, "back": 50, "kept": 70}
    towns = {one.pk: one.city for one in Customer.objects.filter(pk__in=ids)}
    assert [towns[pk] for pk in ids] == ["Rome"] * 70 + ["Bulkton"] * 50


def test_a_killed_job_goes_on_behind_its_last_chunk(tenant: Any, key_client: Any) -> None:
    customers(1500)
    job = UUID(started(key_client("owner"), {"filters": {"city": "Bulkton"}, "values": {"city": "Rome"}})["id"])
    assert not bulk_run(job, seconds=1e-9)
    assert BulkJob.objects.get(pk=job).rows_done == 1000
    assert bulk_run(job)
    assert Customer.objects.filter(city="Rome", name__startswith="Lin ").count() == 1500
    assert Event.objects.filter(name="customers.customer.changed", request_id=str(job)).count() == 1500


def test_a_trial_tells_what_would_come_and_stores_nothing(tenant: Any, key_client: Any) -> None:
    ids = [str(one) for one in customers(3)]
    program, before = key_client("owner"), hashes()
    body = {"ids": ids, "values": {"number": "M-1"}}
    told = started(program, body, "?dry_run=1")
    assert (told["rows_total"], told["changed"], told["refused"]) == (3, 1, 2)
    assert sum(one["count"] for one in told["reasons"]) == 2
    assert "number" in told["reasons"][0]["message"].lower()
    assert hashes() == before
    assert started(program, {"ids": ids, "values": {"city": "Rome"}}, "?dry_run=1")["changed"] == 3


def test_good_ones_are_changed_and_the_others_named(tenant: Any, key_client: Any) -> None:
    good, other = customers(1)[0], record_save(Customer, {"name": "Ada", "number": "TAKEN"}, actor=SYSTEM)
    program = key_client("owner")
    job = started(program, {"ids": [str(good), str(UUID(int=9))], "values": {"city": "Rome"}})
    assert job["account"] == {"changed": 1, "refused": 1}
    refused = program.get(f"/api/v1/bulk/edits/{job['id']}/").json()["refused"]
    assert [(one["id"], one["outcome"]) for one in refused] == [(str(UUID(int=9)), "refused")]
    assert started(program, {"ids": [str(other)], "values": {"number": "TAKEN"}})["account"] == {"same": 1}


def test_words_are_added_to_lists_and_taken_out(tenant: Any, key_client: Any) -> None:
    ids = [str(one) for one in customers(2)]
    program = key_client("member")
    job = started(program, {"ids": ids, "add": {"tags": ["vip", "old"]}})
    assert [one.tags for one in Customer.objects.filter(pk__in=ids)] == [["old", "vip"]] * 2
    started(program, {"ids": ids[:1], "remove": {"tags": ["old"]}})
    assert Customer.objects.get(pk=ids[0]).tags == ["vip"]
    undone = sent(program.post, f"/api/v1/bulk/edits/{job['id']}/undo/", {}).json()
    assert undone["account"] == {"changed": 2, "back": 1, "kept": 1}
    assert [Customer.objects.get(pk=one).tags for one in ids] == [["vip"], ["old"]]


def test_an_action_on_many_is_refused_for_some_and_undone_for_the_rest(tenant: Any, key_client: Any) -> None:
    stage = Stage.objects.filter(pipeline__is_default=True, deleted_at=None).order_by("position")[0]
    deals = [record_save(Deal, {"name": f"Cups {n}", "stage": stage.pk}, actor=SYSTEM) for n in range(3)]
    program = key_client("owner")
    assert sent(program.post, f"/api/v1/deals/{deals[0]}/win/", {}).status_code == 200
    before = hash_of("sales_deal")
    job = started(program, {"ids": [str(one) for one in deals], "verb": "win"}, noun="deals")
    assert job["account"] == {"changed": 2, "refused": 1}
    assert Deal.objects.filter(pk__in=deals, status="won").count() == 3
    assert sent(program.post, f"/api/v1/bulk/edits/{job['id']}/undo/", {}).json()["account"]["back"] == 2
    assert hash_of("sales_deal") == before


def test_deleted_ones_come_back(tenant: Any, key_client: Any) -> None:
    ids = customers(4)
    before, program = hash_of("customers_customer"), key_client("owner")
    job = started(program, {"ids": [str(one) for one in ids], "delete": True})
    assert Customer.objects.filter(pk__in=ids, deleted_at=None).count() == 0
    sent(program.post, f"/api/v1/bulk/edits/{job['id']}/undo/", {})
    assert hash_of("customers_customer") == before


def test_only_what_one_may_do_is_done_and_seen(tenant: Any, key_client: Any, client_for: Any) -> None:
    ids, owner = [str(one) for one in customers(2)], key_client("owner")
    job = started(owner, {"ids": ids, "values": {"city": "Rome"}})
    reader, member = key_client("read-only"), key_client("member")
    before = hashes()
    for deed in ({"values": {"city": "X"}}, {"delete": True}, {"add": {"tags": ["x"]}}):
        assert sent(reader.post, "/api/v1/customers/bulk-edit/", {"ids": ids, **deed}).status_code == 403
    assert member.get(f"/api/v1/bulk/edits/{job['id']}/").status_code == 404
    assert sent(member.post, f"/api/v1/bulk/edits/{job['id']}/undo/", {}).status_code == 404
    Role.objects.filter(code="member").update(hidden_fields=["customers.customer.city"])
    asked = {"id": ids, "do": "edit", "field": "city", "city": "X", "step": "run"}
    page = client_for("member").post("/customers/bulk/", asked)
    assert 'name="city"' not in page.content.decode()
    after = hashes()
    assert {name for name in after if after[name] != before[name]} <= {"team.role", "team.user"}


@pytest.mark.parametrize(
    "body",
    [
        {"values": {"city": "X"}},
        {"ids": [], "values": {"city": "X"}},
        {"ids": ["x"], "values": {"city": "X"}},
        {"all": True},
        {"all": True, "values": {"city": "X"}, "delete": True},
        {"all": True, "values": {"nonsense": "X"}},
        {"all": True, "add": {"name": ["X"]}},
        {"all": True, "verb": "fly"},
        {"filters": {"nonsense": "1"}, "delete": True},
        {"all": True, "delete": True, "extra": 1},
        {"all": True, "delete": False},
    ],
)
def test_what_is_not_clear_is_refused(tenant: Any, key_client: Any, body: dict[str, Any]) -> None:
    program = key_client("owner")
    before = hashes()
    assert sent(program.post, "/api/v1/customers/bulk-edit/", body).status_code == 400
    assert hashes() == before


def test_by_page_it_is_previewed_done_and_undone(tenant: Any, client_for: Any) -> None:
    customers(60)
    client, asked = client_for("owner"), {"all": "1", "do": "edit", "field": "city"}
    assert 'id="bulk"' in client.get("/customers/?city=Bulkton").content.decode()
    dialog = client.post("/customers/bulk/?city=Bulkton", asked).content.decode()
    assert 'name="city"' in dialog
    assert "60 records" in dialog
    tried = client.post("/customers/bulk/?city=Bulkton", {**asked, "city": "Rome", "step": "try"})
    assert (tried.context["preview"].changed, tried.context["preview"].total) == (60, 60)
    assert Customer.objects.filter(city="Bulkton").count() == 60
    done = client.post("/customers/bulk/?city=Bulkton", {**asked, "city": "Rome", "step": "run"})
    page = client.get(done["Location"]).content.decode()
    assert "Undo all of it" in page
    assert Customer.objects.filter(city="Bulkton").count() == 0
    assert client.post(f"{done['Location']}undo/").status_code == 302
    assert "Taken back" in client.get(done["Location"]).content.decode()
    assert Customer.objects.filter(city="Bulkton").count() == 60
    assert "City: Rome" in client.get("/bulk/").content.decode()


def test_what_undo_needs_is_forgotten_with_the_person_and_with_time(tenant: Any, key_client: Any) -> None:
    ids = customers(2)
    job = UUID(started(key_client("owner"), {"ids": [str(one) for one in ids], "values": {"city": "Rome"}})["id"])
    forget({"customers.customer": ids[:1]}, ["Lin 0"])
    assert [row.before for row in BulkRow.objects.filter(job=job).order_by("pk")] == [None, {"city": "Bulkton"}]
    assert bulk_purge() == 0
    BulkJob.objects.filter(pk=job).update(finished_at="2020-01-01T00:00Z")
    assert bulk_purge() == 2
    assert User.objects.exists()
