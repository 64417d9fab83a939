"""Two people and one record, parts, fields in place, what a person types."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from crm.activities.models import Note, Task
from crm.core.actors import SYSTEM
from crm.core.bulk import Fact, events_write
from crm.core.registry import registry
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.sales.models import Deal, Order, Product, Quote, Stage
from crm.team.models import Role
from crm.ui.inputs import stored_rows, value_of
from tests.crm.ui.asking import made

HTMX = {"HX-Request": "true"}


@pytest.fixture
def customer(tenant: Any) -> UUID:
    """A customer that two people will edit."""
    return record_save(Customer, {"name": "Ada", "city": "Oslo", "industry": "Tea"}, actor=SYSTEM)


def form_sent(client: Any, path: str, **changes: str) -> Any:
    """The edit form as it was loaded, with some controls changed; it is sent later."""
    context = client.get(path).context
    groups = [*context["groups"], ("", context["seldom"])]
    sent = {entry.name: entry.text for _label, group in groups for entry in group}
    return {**sent, "version": str(context["version"]), **changes}


def test_a_stale_form_shows_both_values_and_lets_one_choose(customer: UUID, client_for: Any) -> None:
    client, path = client_for("member"), f"/customers/{customer}/edit/"
    mine = form_sent(client, path, city="Bergen")
    record_save(Customer, {"city": "Trondheim"}, actor=SYSTEM, id=customer)
    answer = client.post(path, mine)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="Bergen"' in page
    assert 'data-take="id-city" data-value="Trondheim"' in page
    assert Customer.objects.get(pk=customer).city == "Trondheim"
    again = client.post(path, {**mine, "version": str(answer.context["version"])})
    assert again.status_code == 302
    assert Customer.objects.get(pk=customer).city == "Bergen"


def test_a_stale_field_shows_the_other_value(customer: UUID, client_for: Any) -> None:
    client, path = client_for("member"), f"/customers/{customer}/field/city/"
    record_save(Customer, {"city": "Trondheim"}, actor=SYSTEM, id=customer)
    answer = client.post(path, {"city": "Bergen", "version": "1"}, headers=HTMX)
    assert "Trondheim" in answer.content.decode()
    assert Customer.objects.get(pk=customer).city == "Trondheim"


def test_a_field_is_edited_in_place_and_the_page_learns_the_new_version(customer: UUID, client_for: Any) -> None:
    client, path = client_for("member"), f"/customers/{customer}/field/city/"
    assert 'value="Oslo"' in client.get(path, headers=HTMX).content.decode()
    answer = client.post(path, {"city": "Bergen", "version": "1"}, headers=HTMX)
    assert 'id="record-version" name="version" value="2"' in answer.content.decode()
    assert Customer.objects.get(pk=customer).city == "Bergen"


def test_a_field_that_cannot_be_read_says_so_beside_it(customer: UUID, client_for: Any) -> None:
    answer = client_for("member").post(
        f"/customers/{customer}/field/email/", {"email": "no mail", "version": "1"}, headers=HTMX
    )
    assert 'id="id-email-error"' in answer.content.decode()
    assert Customer.objects.get(pk=customer).email == ""


def test_lines_are_added_changed_and_taken_away(tenant: Any, client_for: Any) -> None:
    client, order = client_for("member"), made(registry["sales.order"])
    path = f"/orders/{order}/edit/"
    sent = form_sent(client, path)
    line = {
        "lines-0-description": "Cup",
        "lines-0-quantity": "3",
        "lines-0-unit_price": "1,000.50",
        "lines-0-kind": "product",
    }
    more = {key.replace("-0-", "-7-"): value for key, value in line.items()}
    assert client.post(path, {**sent, **line, **more}).status_code == 302
    assert [str(one.amount) for one in Order.objects.get(pk=order).lines.order_by("position")] == ["3001.5000"] * 2
    bad = client.post(path, {**form_sent(client, path), **line, "lines-0-quantity": "many"})
    assert 'id="id-lines-0-quantity-error"' in bad.content.decode()
    assert client.post(path, form_sent(client, path)).status_code == 302
    assert Order.objects.get(pk=order).lines.count() == 0


def test_a_form_tells_what_its_lines_come_to_as_the_save_will(tenant: Any, client_for: Any) -> None:
    client = client_for("member")
    tea = {"name": "Tea of the form", "sku": "FORM-1", "unit_price": "3.335", "unit_cost": "1"}
    product = str(record_save(Product, tea, actor=SYSTEM))
    lines = {"lines-4-product": product, "lines-4-quantity": "3", "lines-4-discount_percent": "10"}
    for noun in ("deals", "quotes", "orders"):
        told = client.post(f"/{noun}/new/", {**lines, "worth": "1"}).json()
        assert told["lines"] == {"lines-4": {"amount": "$9.00", "fill": {"unit_price": "3.335"}}}, noun
        assert told["sums"]["amount"] == "$9.00", noun  # 9.0045, and no name of the deal yet
    yen = {"currency": "JPY", "exchange_rate": "0.0066"}
    taxed = {**lines, **yen, "lines-4-tax_percent": "19", "lines-4-unit_price": "2"}
    told = client.post("/quotes/new/", {**taxed, "worth": "1"}).json()
    assert told["sums"] == {"net_amount": "¥5", "tax_amount": "¥1", "amount": "¥6"}
    told = client.post("/quotes/new/", {**taxed, "exchange_rate": "", "worth": "1"}).json()
    assert (told["lines"]["lines-4"]["amount"], told["sums"]["amount"]) == ("¥5", "")  # no rate for today
    assert [one.startswith("There is no rate for JPY on ") for one in told["doubts"]] == [True]
    unpriced = {name: one for name, one in taxed.items() if not name.endswith("unit_price")}
    told = client.post("/orders/new/", {**unpriced, "worth": "1"}).json()
    assert (told["doubts"], told["lines"]["lines-4"]["fill"]) == ([], {"unit_price": "505"})
    assert client.post("/quotes/new/", {**lines, "lines-4-quantity": "many", "worth": "1"}).json()["lines"] == {}
    assert not Quote.objects.filter(lines__product=product).exists()
    quote = made(registry["sales.quote"])
    path = f"/quotes/{quote}/edit/"
    sent = form_sent(client, path, currency="USD", **lines)
    told = client.post(path, {**sent, "worth": "1"}).json()
    assert client.post(path, sent).status_code == 302
    stored = Quote.objects.get(pk=quote)
    assert told["sums"]["amount"] == f"${stored.amount:.2f}"
    (row,) = stored_rows(registry["sales.quote"].part("lines"), list(stored.lines.values()))
    same = {entry.name: entry.text for entry in row.values()} | {"lines-0-product": product}
    again = client.post(path, {**form_sent(client, path), **same, "worth": "1"}).json()
    assert [one["amount"] for one in again["lines"].values()] == ["$9.00"]  # as it is stored, though nothing differs
    denied = client_for("read-only").post("/quotes/new/", {**lines, "worth": "1"})
    assert denied.status_code == 403
    page = client.get("/quotes/new/").content.decode()
    assert page.index("More fields") < page.index('id="id-exchange_rate"')
    assert ">USD · US Dollar<" in page


def test_ports_have_no_separators_and_roles_are_chosen(tenant: Any, client_for: Any) -> None:
    client, mailbox = client_for("owner"), made(registry["messaging.mailbox"])
    record_save(registry["messaging.mailbox"].model, {"smtp_port": 2525}, actor=SYSTEM, id=mailbox)
    page = client.get(f"/mailboxes/{mailbox}/").content.decode()
    assert '<span class="num">2525</span>' in page
    form = client.get("/discount-limits/new/").content.decode()
    for role in Role.objects.all():
        assert (f'<option value="{role.code}">{role.name}</option>' in form) is (role.code in ("member", "read-only"))
    assert 'aria-current="page"' in form.partition('class="settings-nav"')[2].partition("</nav>")[0]


def test_a_changed_risk_is_told_in_words(customer: UUID, client_for: Any) -> None:
    name, label = "customers.customer.band_crossed", "customers.customer"
    with transaction.atomic():
        events_write([Fact(name, label, customer, {"churn_band": "low"}, {"churn_band": "high"})], SYSTEM)
    page = client_for("member").get(f"/customers/{customer}/tab/timeline/", headers=HTMX).content.decode()
    assert "Risk level changed" in page
    assert "Low → High" in page


def test_history_is_told_in_the_words_of_the_page(tenant: Any, client_for: Any) -> None:
    first, second = Stage.objects.filter(pipeline__is_default=True, outcome="open", deleted_at=None)[:2]
    deal = record_save(Deal, {"name": "Cups", "stage": first.pk, "amount": "3500"}, actor=SYSTEM)
    record_save(Deal, {"stage": second.pk, "expected_close_on": "2026-12-24"}, actor=SYSTEM, id=deal)
    path = f"/deals/{deal}/tab/history/"
    told = client_for("owner").get(path, headers=HTMX).content.decode()
    assert [told.count(one) > 0 for one in (first.name, second.name, "3,500", "Dec 24, 2026")] == [True] * 4
    assert [str(first.pk)[-8:] in told, "3500.0000" in told, "2026-12-24" in told] == [False] * 3
    seen = ["sales.view_deal", "customers.view_customer"]
    Role.objects.filter(code="member").update(permissions=seen)
    kept = client_for("member").get(path, headers=HTMX).content.decode()
    assert (second.name in kept, "(not visible)" in kept, "Dec 24, 2026" in kept) == (False, True, True)


def test_a_related_record_begins_with_its_link(customer: UUID, client_for: Any) -> None:
    page = client_for("member").get(f"/orders/new/?customer={customer}").content.decode()
    assert f'name="customer" value="{customer}"' in page
    assert 'value="Ada"' in page


def test_notes_and_tasks_are_written_on_any_record(customer: UUID, client_for: Any) -> None:
    client = client_for("member")
    for noun, sent in (
        ("activities.note", {"body": "Likes tea"}),
        ("activities.task", {"title": "Call", "due_at": "2026-12-01T09:00"}),
    ):
        answer = client.post(f"/customers/{customer}/note/", {"noun": noun, **sent}, headers=HTMX)
        assert answer.status_code == 200
        assert next(iter(sent.values())) in answer.content.decode()
    assert Note.objects.get(object_id=customer).body == "Likes tea"
    assert Task.objects.get(object_id=customer).title == "Call"


def test_what_a_task_is_about_is_chosen_in_its_form_and_changed_there(customer: UUID, client_for: Any) -> None:
    client, about = client_for("member"), f"customers.customer:{customer}"
    choices = client.get("/choose/any/", {"q": "Ada"}).content.decode()
    assert f'data-id="{about}"' in choices
    assert "activities.task:" not in choices
    assert about in client.get(f"/tasks/new/?object_type=customers.customer&object_id={customer}").content.decode()
    client.post("/tasks/new/", {"title": "Ring Ada", "object_id": about})
    task = Task.objects.get(title="Ring Ada")
    assert (task.object_type, task.object_id) == ("customers.customer", customer)
    form = client.get(f"/tasks/{task.pk}/edit/").content.decode()
    assert f'value="{about}"' in form
    client.post(f"/tasks/{task.pk}/edit/", {"title": "Ring", "priority": "normal", "object_id": about, "version": "1"})
    task.refresh_from_db()
    assert (task.title, task.object_id) == ("Ring", customer)
    client.post(f"/tasks/{task.pk}/edit/", {"title": "Ring", "priority": "normal", "object_id": "", "version": "2"})
    task.refresh_from_db()
    assert (task.object_type, task.object_id) == ("", None)


def test_an_action_changes_the_record_and_is_offered_no_more(customer: UUID, client_for: Any) -> None:
    task = record_save(
        Task, {"title": "Call", "object_type": "customers.customer", "object_id": str(customer)}, actor=SYSTEM
    )
    client = client_for("member")
    assert f"/tasks/{task}/complete/" in client.get(f"/tasks/{task}/").content.decode()
    assert client.post(f"/tasks/{task}/complete/", {"version": "1"}, headers=HTMX)["HX-Redirect"] == f"/tasks/{task}/"
    assert f"/tasks/{task}/complete/" not in client.get(f"/tasks/{task}/").content.decode()


def test_what_an_action_asks_for_is_refused_at_its_field(tenant: Any, client_for: Any) -> None:
    lines = [{"description": "Tea", "unit_price": "1234.5"}]
    order = record_save(Order, {"number": "PAY-1", "status": "open", "currency": "EUR", "lines": lines}, actor=SYSTEM)
    client, sent = client_for("owner"), {"amount": "2000", "version": "1"}
    answer = client.post(f"/orders/{order}/pay/", sent, headers=HTMX)
    dialog = answer.content.decode()
    assert (answer.status_code, 'value="2000"' in dialog) == (422, True)
    assert "Only €1,234.50 is open" in dialog.partition('id="id-amount-error"')[2]
    assert Order.objects.get(pk=order).paid_amount == 0
    assert client.post(f"/orders/{order}/pay/", {**sent, "amount": "34.50"}, headers=HTMX).status_code == 204
    assert client_for("read-only").post(f"/orders/{order}/pay/", sent, headers=HTMX).status_code == 403


def test_a_prediction_can_become_a_task(customer: UUID, client_for: Any) -> None:
    client_for("member").post(f"/customers/{customer}/feedback/", {"do": "create_task"}, headers=HTMX)
    assert Task.objects.get(object_id=customer).title == "Call Ada"


def test_columns_are_kept_for_the_person_and_reset(customer: UUID, client_for: Any) -> None:
    client, other = client_for("member"), client_for("manager")
    client.post("/customers/columns/", {"column": ["industry", "city", "nonsense"]})
    names = [spec.name for spec in client.get("/customers/").context["columns"]]
    assert names == ["name", "industry", "city"]
    assert "industry" not in [spec.name for spec in other.get("/customers/").context["columns"]]
    client.post("/customers/columns/", {"reset": "1", "column": ["industry"]})
    assert "industry" not in [spec.name for spec in client.get("/customers/").context["columns"]]


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("money", "1,234.50", "1234.50"),
        ("money", "￥", "￥"),
        ("yes_no", "", False),
        ("percent", "12.5", 0.125),
        ("percent", "much", "much"),
    ],
)
def test_what_people_type_is_understood(kind: str, typed: str, value: object) -> None:
    spec = next(spec for spec in registry["customers.customer"].specs.values() if spec.kind == kind)
    assert value_of(spec, typed) == value


def test_names_are_shown_as_text(tenant: Any, client_for: Any) -> None:
    hostile = "<script>alert(1)</script>\"'{{7*7}}"
    pk = record_save(Customer, {"name": hostile, "notes": hostile, "tags": [hostile]}, actor=SYSTEM)
    client = client_for("owner")
    for path in (
        "/customers/",
        f"/customers/{pk}/",
        f"/customers/{pk}/edit/",
        f"/customers/{pk}/tab/history/",
        "/",
        "/palette/?q=script",
    ):
        page = client.get(path).content.decode()
        assert "<script>alert" not in page
        assert "49" not in page or "{{7*7}}" in page
