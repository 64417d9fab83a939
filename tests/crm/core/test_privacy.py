"""A person's rights: told everything, forgotten everywhere, left out of profiling."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.db import connection, models
from django.utils import timezone
from psycopg import sql

from analytics.models import PredictionFeedback, PredictionSnapshot, Recommendation
from crm.activities.models import Note, Task
from crm.automation.models import Attempt, Delivery, Notification, Webhook
from crm.core.actors import SYSTEM
from crm.core.customising.services import custom_field_create, custom_field_retire
from crm.core.errors import CrmError
from crm.core.models import Event, ExternalId
from crm.core.registry import registry
from crm.core.services import Change, record_save, records_delete, records_save
from crm.customers.models import Contact, Customer
from crm.exchange.models import ExportJob, ExportPiece, ImportedRecord, ImportJob, ImportPiece, ImportProblem
from crm.exchange.pieces import PLAIN
from crm.exchange.services import import_corrected, import_undo, import_undo_until
from crm.sales.models import Deal, Lead, Order, Product
from crm.team.models import User
from tests.rows import tenant_models

CANARY = "Quetzalcoatl"
TEXTS = (models.CharField, models.TextField)


class Person:
    """A customer whose name and values stand everywhere that a name can stand."""

    def __init__(self) -> None:
        free = {
            field.name: CANARY[: field.max_length or 99]
            for field in Customer._meta.concrete_fields
            if isinstance(field, TEXTS) and field.editable and not field.choices and (field.max_length or 99) >= 12
        }
        values = free | {
            "email": f"{CANARY.lower()}@kith.test", "phone": "+14155550123", "born_on": "1980-02-03",
            "time_zone": "Asia/Shanghai", "other_emails": [f"second.{CANARY.lower()}@kith.test"],
            "gender": "female", "tags": [CANARY], "opening_spend": "70", "opening_orders_count": 2,
        }  # fmt: skip
        change = Change(values, external=("shop", f"{CANARY}-7"))
        self.pk = records_save(Customer, [change], actor=SYSTEM).saved[0]
        product = record_save(Product, {"sku": "P-1", "name": "Tea"}, actor=SYSTEM)
        lines = [{"kind": "product", "product": product, "quantity": "2", "unit_price": "5", "description": CANARY}]
        order = {"number": "A-77", "customer": self.pk, "ordered_at": timezone.now(), "notes": CANARY, "lines": lines}
        self.order = record_save(Order, order, actor=SYSTEM)
        self.contact = record_save(Contact, {"name": CANARY, "customer": self.pk, "notes": CANARY}, actor=SYSTEM)
        about = {"object_type": "customers.customer", "object_id": self.pk}
        record_save(Note, {"body": f"{CANARY} called", **about}, actor=SYSTEM)
        deleted = record_save(Note, {"body": f"{CANARY} again", **about}, actor=SYSTEM)
        records_delete(Note, [deleted], actor=SYSTEM)
        of_order = {"object_type": "sales.order", "object_id": self.order}
        record_save(Task, {"title": f"Call {CANARY}", **of_order}, actor=SYSTEM)
        record_save(Customer, {"notes": f"{CANARY} moved"}, id=self.pk, actor=SYSTEM)
        self.model_rows(product)
        self.file_rows()

    def model_rows(self, product: UUID) -> None:
        """What the models keep."""
        Recommendation.objects.create(
            customer_id=self.pk, product_id=product, shelf="again", rank=1, score=1.0, reason_type="buy_again",
            reason_text=CANARY, dismissed_for=CANARY, expires_at=timezone.now() + timedelta(days=3),
        )  # fmt: skip
        PredictionSnapshot.objects.create(customer_id=self.pk, week_on="2026-01-05", churn_probability=0.4)
        PredictionFeedback.objects.create(customer_id=self.pk, predictor="churn", answer="wrong", reason=CANARY)
        reason = {"feature": "recency_days", "value": 1, "direction": "up", "points": 2, "actionable": True}
        reasons = [{**reason, "label": CANARY}]
        Customer.objects.filter(pk=self.pk).update(churn_probability=0.4, churn_reasons=reasons)

    def file_rows(self) -> None:
        """What files leave behind: one that held the person, one that refused them, a copy on its way out."""
        names = ("people.csv", f"{CANARY}.csv")
        self.jobs = [ImportJob.objects.create(filename=name, state="done", actor_kind="system") for name in names]
        for job in self.jobs:
            ImportPiece.objects.create(job=job, position=0, data=PLAIN + f"name\n{CANARY}\n".encode())
            ImportProblem.objects.create(
                job=job, row=2, code="x", outcome="refused", value=f"{CANARY} ", details={"value": CANARY}
            )
        ImportedRecord.objects.create(
            job=self.jobs[0], object_type="customers.customer", object_id=self.pk, row=2, outcome="updated",
            before={"name": CANARY},
        )  # fmt: skip
        out = ExportJob.objects.create(filename="all.csv", state="done", format="csv", actor_kind="system")
        ExportPiece.objects.create(job=out, position=0, data=PLAIN + CANARY.encode())
        hook = Webhook.objects.all()[0]
        Notification.objects.create(user=User.objects.all()[0], kind="rule", text=f"Call {CANARY}")
        sent = Delivery.objects.create(webhook=hook, event="x", object_type="customers.customer", object_id=self.pk)
        Attempt.objects.create(delivery=sent, number=1, status=200, response=f"hello {CANARY}")


@pytest.fixture
def person(tenant: Any) -> Person:
    """The canary among the people."""
    return Person()


def places() -> list[str]:
    """The tables in which the canary stands, in any writing."""
    found = []
    words = [CANARY.lower(), CANARY.encode().hex(), "4155550123", "1980-02-03"]
    with connection.cursor() as cursor:
        for model in tenant_models():
            name = sql.Identifier(model._meta.db_table)
            cursor.execute(sql.SQL("SELECT coalesce(lower(string_agg(t::text, ' ')), '') FROM {} t").format(name))
            kept = cursor.fetchone()[0]
            found += [model._meta.label for word in words if word in kept]
    return sorted(set(found))


def post(client: Any, path: str, body: object = None) -> Any:
    """A POST with JSON."""
    return client.post(f"/api/v1/{path}", json.dumps({} if body is None else body), content_type="application/json")


def test_the_canary_stands_everywhere_before(person: Person) -> None:
    assert set(places()) >= {
        "customers.Customer", "customers.Contact", "sales.Order", "activities.Note", "activities.Task", "core.Event",
        "core.ExternalId", "analytics.Recommendation", "analytics.PredictionFeedback", "exchange.ImportPiece",
        "exchange.ImportProblem", "exchange.ImportedRecord", "exchange.ExportPiece", "automation.Attempt",
    }  # fmt: skip


def test_a_person_is_told_everything_that_is_known(person: Person, key_client: Any) -> None:
    answer = post(key_client("owner"), f"customers/{person.pk}/export")
    assert answer.status_code == 200, answer.content
    assert "attachment" in answer["Content-Disposition"]
    told = answer.json()
    assert told["record"]["id_document"] == CANARY, "in full"
    assert {"sales.order", "activities.note", "activities.task", "customers.contact"} <= set(told["related"])
    assert len(told["related"]["activities.note"]) == 2, "deleted ones are known, too"
    assert told["names_in_other_systems"][0]["value"] == f"{CANARY}-7"
    assert told["models"]["recommendations"][0]["dismissed_for"] == CANARY
    assert told["imports"][0]["file"] == "people.csv"
    assert any(CANARY in json.dumps(event["after"]) for event in told["history"])


def test_an_erased_person_is_nowhere_and_totals_stay(person: Person, key_client: Any) -> None:
    before = Order.objects.get(pk=person.order)
    client = key_client("owner")
    headers = {"Idempotency-Key": "k1"}
    patch = json.dumps({"notes": CANARY})
    client.patch(f"/api/v1/customers/{person.pk}", patch, content_type="application/json")
    client.post("/api/v1/notes/", json.dumps({"body": CANARY, "object_type": "customers.customer",
                "object_id": str(person.pk)}), content_type="application/json", headers=headers)  # fmt: skip
    trial = post(client, f"customers/{person.pk}/erase?dry_run=1", {"reason": "asked by letter"})
    assert trial.status_code == 200
    assert "customers.Customer" in places(), "a trial erases nothing"
    answer = post(client, f"customers/{person.pk}/erase", {"reason": "asked by letter"})
    assert answer.status_code == 200, answer.content
    assert places() == []
    assert not [key for key in cache._cache.get_client().keys("*") if CANARY.lower() in str(key).lower()]
    after = Order.objects.get(pk=person.order)
    assert (after.amount, after.amount_home, after.number) == (before.amount, before.amount_home, before.number)
    assert after.customer_id == person.pk
    left = Customer.objects.get(pk=person.pk)
    assert (left.name, left.churn_probability, left.opening_orders_count, left.is_profiling_refused) == (
        "—", None, 2, True,
    )  # fmt: skip
    fact = Event.objects.get(object_id=person.pk, name="customers.customer.erased")
    assert fact.after["reason"] == "asked by letter"
    assert client.get(f"/api/v1/customers/{person.pk}").status_code == 200


def test_others_are_left_as_they_are(person: Person, key_client: Any) -> None:
    friend = record_save(Customer, {"name": "Lin Yi", "parent": person.pk, "notes": "likes tea"}, actor=SYSTEM)
    note = {"body": "hello", "object_type": "customers.customer", "object_id": friend}
    theirs = record_save(Note, note, actor=SYSTEM)
    ExternalId.objects.create(object_type="customers.customer", source="shop", value="8", object_id=friend)
    post(key_client("owner"), f"customers/{person.pk}/erase", {"reason": "asked"})
    left = Customer.objects.get(pk=friend)
    assert (left.name, left.notes, left.parent_id) == ("Lin Yi", "likes tea", person.pk)
    assert Note.objects.get(pk=theirs).body == "hello"
    assert ExternalId.objects.filter(object_id=friend).exists()


def test_own_links_to_a_person_are_told_and_erased_retired_ones_too(person: Person, key_client: Any) -> None:
    links = {"kind": "link", "target": "customers.customer"}
    referrer = custom_field_create("sales.deal", actor=SYSTEM, label_text="Referrer", **links)
    caller = custom_field_create("activities.task", actor=SYSTEM, label_text="Caller", **links)
    deal = record_save(Deal, {"name": CANARY, referrer.name: person.pk}, actor=SYSTEM)
    stranger = record_save(Customer, {"name": "Lin Yi"}, actor=SYSTEM)
    about = {"object_type": "customers.customer", "object_id": stranger}
    task = record_save(Task, {"title": "Call back", caller.name: person.pk, **about}, actor=SYSTEM)
    custom_field_retire(referrer.pk, actor=SYSTEM)
    told = post(key_client("owner"), f"customers/{person.pk}/export").json()
    assert [one["id"] for one in told["related"]["sales.deal"]] == [str(deal)]
    answer = post(key_client("owner"), f"customers/{person.pk}/erase", {"reason": "asked"})
    assert answer.status_code == 200, answer.content
    assert Deal.objects.get(pk=deal).custom in (None, {})
    assert Task.objects.get(pk=task).custom in (None, {}), "somebody else's task stays, without the link"


def test_an_import_that_held_the_person_is_not_undone_and_says_why(person: Person, key_client: Any) -> None:
    now, states = timezone.now(), ImportJob.State
    ImportJob.objects.filter(pk__in=[job.pk for job in person.jobs]).update(label="customers.customer", finished_at=now)
    ImportJob.objects.filter(pk=person.jobs[1].pk).update(state=states.RUNNING, finished_at=None)
    other = ImportJob.objects.create(
        filename="x.csv", state="done", actor_kind="system", label="customers.customer", finished_at=now
    )
    assert import_undo_until(ImportJob.objects.get(pk=person.jobs[0].pk)), "it could be, before"
    client = key_client("owner")
    assert post(client, f"customers/{person.pk}/erase", {"reason": "asked"}).status_code == 200
    done, running = (ImportJob.objects.get(pk=job.pk) for job in person.jobs)
    assert import_undo_until(done) is None
    with pytest.raises(CrmError, match="was erased"):
        import_undo(done, actor=SYSTEM, background=False)
    assert ImportJob.objects.get(pk=done.pk).state == states.DONE
    with pytest.raises(CrmError, match="was erased") as refused:
        import_corrected(done)  # before a byte of it went out
    assert refused.value.status == 410
    assert (running.state, running.failure, running.runner) == (states.FAILED, "person_erased", None)
    assert "was erased" in running.failure_details["message"]
    assert import_undo_until(other) is not None


def known_lead(company: str = "") -> UUID:
    """Somebody whose name, company and wish are the canary's."""
    values = {"name": CANARY, "company": company, "interest": f"{CANARY} loans", "wechat": CANARY, "source": "Fair"}
    return record_save(Lead, values, actor=SYSTEM)


def test_a_converted_lead_and_its_deal_lose_the_person(person: Person, key_client: Any) -> None:
    lead, client = known_lead(company=CANARY), key_client("owner")
    inputs = {"customer": str(person.pk), "has_deal": True}
    assert post(client, f"leads/{lead}/convert", inputs).status_code == 200
    deal = Lead.objects.get(pk=lead).deal_id
    Deal.objects.filter(pk=deal).update(amount="70")
    assert {"sales.Deal", "sales.Lead"} <= set(places())
    assert post(client, f"customers/{person.pk}/erase", {"reason": "asked"}).status_code == 200
    assert places() == []
    left, of_lead = Deal.objects.get(pk=deal), Lead.objects.get(pk=lead)
    assert (left.name, left.next_step, left.amount) == ("—", "", 70)
    assert (of_lead.name, of_lead.interest, of_lead.dropped, of_lead.status) == ("—", "", [], "converted")


def test_a_lead_that_became_nobody_has_the_same_rights(tenant: Any, key_client: Any) -> None:
    lead, client = known_lead(), key_client("owner")
    assert post(client, f"leads/{lead}/export").json()["record"]["interest"] == f"{CANARY} loans"
    assert post(key_client("member"), f"leads/{lead}/erase", {"reason": "asked"}).status_code == 403
    assert "sales.Lead" in places()
    assert post(client, f"leads/{lead}/erase", {"reason": "asked"}).status_code == 200
    assert places() == []
    left = Lead.objects.get(pk=lead)
    assert (left.name, left.status, left.customer_id) == ("—", "new", None)


@pytest.mark.parametrize("verb", ["export", "erase", "restrict"])
@pytest.mark.parametrize("role", ["manager", "member", "read-only"])
def test_who_may_not_neither_learns_nor_changes_anything(person: Person, key_client: Any, role: str, verb: str) -> None:
    before = Customer.objects.values().get(pk=person.pk)
    answer = post(key_client(role), f"customers/{person.pk}/{verb}", {"reason": "x"} if verb == "erase" else None)
    assert answer.status_code == 403
    assert CANARY not in answer.content.decode()
    assert Customer.objects.values().get(pk=person.pk) == before
    assert Note.objects.filter(body__contains=CANARY).count() == 2


def test_a_person_of_another_company_is_out_of_reach(person: Person, key_client: Any, other: Any) -> None:
    for verb in ("export", "erase", "restrict"):
        answer = post(key_client("owner", tenant=other), f"customers/{person.pk}/{verb}", {"reason": "x"})
        assert answer.status_code in (404, 422)
    assert Customer.objects.get(pk=person.pk).name == CANARY


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x" * 301}, {"reason": 7}, {"why": "x"}])
def test_an_erasure_needs_its_reason(person: Person, key_client: Any, body: Any) -> None:
    assert post(key_client("owner"), f"customers/{person.pk}/erase", body).status_code == 422
    assert Customer.objects.get(pk=person.pk).name == CANARY


def test_a_restriction_leaves_a_person_out_and_can_be_taken_back(person: Person, key_client: Any) -> None:
    client = key_client("owner")
    assert post(client, f"customers/{person.pk}/restrict").json()["is_profiling_refused"] is True
    assert post(client, f"customers/{person.pk}/restrict").status_code == 409
    assert post(client, f"customers/{person.pk}/unrestrict").json()["is_profiling_refused"] is False


def test_the_page_asks_for_the_name_before_it_erases(person: Person, client_for: Any) -> None:
    client, path = client_for("owner"), f"/customers/{person.pk}/"
    page = client.get(path).content.decode()
    assert f"{path}erase/" in page
    assert f"{path}disclose/" in page
    file = client.post(f"{path}disclose/")
    assert json.loads(file.content)["record"]["name"] == CANARY
    assert "not the same" in client.post(f"{path}erase/", {"typed": "Quetzal", "reason": "x"}).content.decode()
    assert Customer.objects.get(pk=person.pk).name == CANARY
    client.post(f"{path}erase/", {"typed": CANARY, "reason": "asked"})
    assert Customer.objects.get(pk=person.pk).name == "—"
    assert CANARY not in client.get(path).content.decode()
    member = client_for("member")
    assert member.post(f"{path}disclose/").status_code == 403
    assert f"{path}erase/" not in member.get(path).content.decode()


def test_every_noun_about_people_says_so() -> None:
    assert {one.label for one in registry if one.subject} >= {"customers.customer", "customers.contact"}
