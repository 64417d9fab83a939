"""What somebody tries who wants to see more: the name of a hidden record, or the value of a hidden field, anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from crm.automation.models import Rule, RuleRun
from crm.core.actors import SYSTEM
from crm.core.registry import registry
from crm.core.services import record_save
from crm.core.takeback import records_put_back
from crm.core.verbs import verb_run
from crm.customers.models import Contact, Customer
from crm.sales.models import Deal, LostReason, Order, OrderLine, Product, Quote, Stage
from crm.team.models import Role, User
from crm.team.services import actor_of_user
from tests.crm.api.asking import hashes, sent
from tests.crm.ui.asking import made, shown_once
from tests.examples import EXAMPLES

NAME, CITY = "Kanarienvogel", "Wellnitz"
CUSTOMER, PRODUCT = "customers.customer", "sales.product"
JSON = "application/json"


@pytest.fixture
def hidden(tenant: Any) -> dict[str, UUID]:
    """A customer and a product of the owner's, and records of the member's that point at them."""
    member, owner = User.objects.get(email="member@kith.test"), User.objects.get(email="owner@kith.test")
    values = {"name": NAME, "city": CITY, "notes": NAME, "email": f"{NAME}@kith.test", "owner": str(owner.pk)}
    customer = record_save(Customer, values, actor=SYSTEM)
    product = record_save(
        Product, {**EXAMPLES[PRODUCT](), "name": NAME, "owner": str(owner.pk)}, actor=SYSTEM
    )
    line = {"product": str(product), "quantity": "1", "unit_price": "3"}
    mine = {"owner": str(member.pk), "customer": str(customer)}
    found = {CUSTOMER: customer, PRODUCT: product}
    found["sales.deal"] = record_save(Deal, {"name": "Mine", "lines": [line], **mine}, actor=SYSTEM)
    order = {"number": "M-1", "currency": "EUR", "lines": [line]}
    found["sales.order"] = record_save(Order, {**order, **mine}, actor=SYSTEM)
    found["customers.contact"] = record_save(Contact, {"name": "Ada", **mine}, actor=SYSTEM)
    about = {"object_type": CUSTOMER, "object_id": str(customer), "owner": str(member.pk)}
    for label, title in (("activities.note", "body"), ("activities.task", "title")):
        text = {**EXAMPLES[label](), title: f"Call {NAME}", **about}
        found[label] = record_save(registry[label].model, text, actor=SYSTEM)
    return found | pieces(customer, owner, member)


def pieces(customer: UUID, owner: User, member: User) -> dict[str, UUID]:
    """What the member owns of records that are the owner's: it bears their names."""
    theirs = {"owner": str(owner.pk), "name": NAME}
    deal = record_save(Deal, theirs, actor=SYSTEM)
    contact = record_save(Contact, {**theirs, "customer": str(customer)}, actor=SYSTEM)
    given: dict[str, dict[str, str]] = {
        "sales.quote": {"deal": str(deal)},
        "sales.dealcontact": {"deal": str(deal), "contact": str(contact)},
        "customers.relationship": {"customer": str(customer), "other": str(made(registry[CUSTOMER])), "kind": "friend"},
    }
    return {
        label: record_save(registry[label].model, {**values, "owner": str(member.pk)}, actor=SYSTEM)
        for label, values in given.items()
    }


@pytest.fixture
def narrowed(hidden: dict[str, UUID]) -> None:
    """Members see their own customers, contacts, products and deals only."""
    reach = {label: {"see": "own"} for label in (CUSTOMER, PRODUCT, "sales.deal", "customers.contact")}
    Role.objects.filter(code="member").update(permissions=["*"], reach=reach)


def addresses(hidden: dict[str, UUID]) -> Iterator[str]:
    """Pages and endpoints that could tell of the hidden customer."""
    for label, pk in hidden.items():
        slug = registry[label].slug
        yield from (f"/{slug}/", f"/{slug}/?search={NAME}", f"/{slug}/count/?search={NAME}", f"/api/v1/{slug}/")
        yield from (f"/api/v1/{slug}/{pk}", f"/api/v1/{slug}/?search={NAME}", f"/{slug}/{pk}/", f"/{slug}/{pk}/edit/")
        yield from (f"/{slug}/{pk}/tab/{tab}/" for tab in ("timeline", "related", "tables", "history"))
    yield from ("/", "/call-first/", f"/palette/?q={NAME}", "/deals/board/", "/notifications/", "/bell/")
    yield from ("/deals/groups/?group=customer", "/orders/groups/?group=customer")
    yield from (f"/choose/{label}/?q={NAME[:5]}" for label in (CUSTOMER, PRODUCT, "sales.quote"))
    yield from (f"/api/v1/customers/?include={slug}" for slug in ("quotes", "deal-contacts", "relationships_by_other"))
    yield from ("/api/v1/deals/?include=customer", "/api/v1/orders/?include=customer", "/api/v1/events")
    yield from (f"/api/v1/deals/?customer__city={CITY}&include=customer", f"/deals/?customer__city={CITY}")


def bytes_of(client: Any, path: str) -> str:
    """Everything that is answered."""
    answer = client.get(path)
    assert answer.status_code < 500, path
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(body.decode())


def told(client: Any, hidden: dict[str, UUID]) -> list[str]:
    """The addresses that tell the name, which is not what they were asked for."""
    asked = [path for path in addresses(hidden) if NAME not in path]
    searched = [path for path in addresses(hidden) if NAME in path]
    found = [path for path in asked if NAME in bytes_of(client, path)]
    return found + [path for path in searched if str(hidden[CUSTOMER]) in bytes_of(client, path)]


def test_the_name_of_a_hidden_record_is_in_no_answer(
    hidden: dict[str, UUID], client_for: Callable[..., Any], narrowed: None
) -> None:
    assert told(client_for("member"), hidden) == []
    assert len(told(client_for("owner"), hidden)) > 20


def test_a_filter_on_a_link_is_no_oracle(
    hidden: dict[str, UUID], client_for: Callable[..., Any], narrowed: None
) -> None:
    for client, n in ((client_for("member"), 0), (client_for("owner"), 1)):
        for what in (f"city={CITY}", "email__starts=kanarienv", f"name__contains={NAME[:9]}"):
            asked = f"customer__{what}"
            rows = client.get(f"/api/v1/deals/?{asked}").json()["results"]
            assert len(rows) == n, asked
        tree = {"not": {"not": {"field": "customer.city", "op": "starts", "value": "Wel"}}}
        rows = sent(client.post, "/api/v1/deals/search", {"where": tree}).json()["results"]
        assert len(rows) == n


def test_nothing_is_pointed_at_changed_or_taken_that_is_not_seen(
    hidden: dict[str, UUID], client_for: Callable[..., Any], narrowed: None
) -> None:
    pk, deal = hidden[CUSTOMER], hidden["sales.deal"]
    calls: list[tuple[str, str, Any]] = [
        ("patch", f"/api/v1/customers/{pk}", {"city": "Rome"}),
        ("delete", f"/api/v1/customers/{pk}", None),
        ("post", "/api/v1/deals/", {"name": "New", "customer": str(pk)}),
        ("post", "/api/v1/contacts/", {"customer": str(pk), "name": "Eve"}),
        ("post", "/api/v1/notes/", {"body": "x", "object_type": CUSTOMER, "object_id": str(pk)}),
        ("post", "/api/v1/customers/batch", {"rows": [{"action": "update", "id": str(pk), "values": {"city": "x"}}]}),
        ("get", f"/api/v1/customers/{pk}/predictions", None),
        ("get", f"/api/v1/customers/{pk}/export", None),
        ("post", f"/api/v1/customers/{pk}/erase", {"reason": "x"}),
    ]
    member, owner = client_for("member"), client_for("owner")
    before = hashes()
    for method, path, body in calls:
        answer = sent(getattr(member, method), path, body) if body is not None else getattr(member, method)(path)
        assert 400 <= answer.status_code < 500 or b"not_found" in answer.content, (path, answer.content)
        assert NAME not in answer.content.decode(), path
    assert hashes() == before
    assert sent(owner.patch, f"/api/v1/customers/{pk}", {"city": "Rome"}).status_code == 200
    assert sent(member.patch, f"/api/v1/deals/{deal}", {"name": "Still mine"}).status_code == 200


def test_a_hidden_field_is_found_by_no_search(hidden: dict[str, UUID], client_for: Callable[..., Any]) -> None:
    noun = registry[CUSTOMER]
    kept = [f"{CUSTOMER}.{name}" for name in noun.search if name != noun.title]
    assert "customers.customer.email" in kept
    pk = record_save(Customer, {"name": "Ada", "email": f"{NAME}@kith.test"}, actor=SYSTEM)
    Role.objects.filter(code="member").update(permissions=["*"], hidden_fields=kept)
    for client, n in ((client_for("member"), 0), (client_for("owner"), 1)):
        for word, most in ((NAME, n), (f"Ada {NAME}", n), ("Ada", 1)):
            rows = client.get("/api/v1/customers/", {"search": word}).json()["results"]
            assert len([row for row in rows if row["id"] == str(pk)]) == most, word


def test_an_action_writes_no_field_that_is_kept(tenant: Any, client_for: Callable[..., Any]) -> None:
    won, opened = (Stage.objects.filter(pipeline__is_default=True, outcome=one)[0] for one in ("won", "open"))
    deals = [record_save(Deal, {"name": "Pots", "stage": opened.pk, "amount": "5"}, actor=SYSTEM) for _each in range(3)]
    quote, order = made(registry["sales.quote"]), made(registry["sales.order"])
    accepted = record_save(Quote, {"deal": deals[2], "lines": [{"unit_price": "5"}]}, actor=SYSTEM)
    for verb, said in (("send", {}), ("accept", {"name": "Ann"})):
        verb_run(registry["sales.quote"], verb, accepted, actor=SYSTEM, inputs=said)
    why = {"lost_reason": str(LostReason.objects.filter(deleted_at=None)[0].pk)}
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("sales.deal.stage", f"deals/{deals[0]}/win", {}), ("sales.deal.stage", f"deals/{deals[1]}/lose", why),
        ("sales.deal.lost_reason", f"deals/{deals[1]}/lose", why),
        ("sales.deal.closed_on", f"deals/{deals[1]}/win", {"closed_on": "2026-01-01"}),
        ("sales.deal.stage", f"deals/{deals[1]}/move", {"stage": str(won.pk)}),
        ("sales.deal.stage", f"quotes/{accepted}/order", {"wins_deal": "true"}),
        ("sales.quote.status", f"quotes/{quote}/send", {}), ("sales.order.status", f"orders/{order}/complete", {}),
        ("sales.order.status", f"orders/{order}/cancel", {}),
    ]  # fmt: skip
    member, role = client_for("member"), Role.objects.filter(code="member")
    verb_run(registry["sales.order"], "reopen", order, actor=SYSTEM, inputs={})
    before, answers = hashes(), {}
    for fixed, path, body in calls:
        role.update(permissions=["*"], fixed_fields=[fixed])
        for at, answer in (
            (f"/{path}/", member.post(f"/{path}/", body)), (path, sent(member.post, f"/api/v1/{path}", body)),
        ):  # fmt: skip
            answers[fixed, at] = answer.status_code
    role.update(fixed_fields=[])
    told = {name: one for name, one in hashes().items() if name != "team.role"}
    assert [where for where, code in answers.items() if code != 403] == []
    assert told == {name: one for name, one in before.items() if name != "team.role"}
    done = [sent(member.post, f"/api/v1/{path}", body).status_code for _fixed, path, body in calls]
    assert done == [200, 200, 409, 409, 422, 200, 200, 200, 409], "each as the record stands by then"


def test_a_key_opens_no_more_to_its_maker(narrowed: None, client_for: Callable[..., Any]) -> None:
    form = {"name": "Shop", "scope": ["customers.view_customer"]}
    for role, is_seen in {"member": False, "owner": True}.items():
        client = client_for(role)
        key = {"Authorization": f"Bearer {shown_once(client.post('/settings/keys/', form), 'plain')}"}
        client.logout()
        assert (NAME in client.get("/api/v1/customers", headers=key).content.decode()) is is_seen, role


@pytest.mark.parametrize("name", ["amount_home", "owner", "status"])
def test_figures_made_of_a_hidden_field_are_not_told(name: str, tenant: Any, client_for: Callable[..., Any]) -> None:
    Role.objects.filter(code="member").update(permissions=["*"], hidden_fields=[f"sales.deal.{name}"])
    for page in ("results/", "forecast/", "leaderboard/?measure=won_value"):
        for path in (f"/api/v1/figures/{page}", f"/figures/{page}"):
            assert client_for("member").get(path).status_code == 403, path
            assert client_for("owner").get(path).status_code == 200, path


def test_a_paper_says_nothing_that_is_kept(hidden: dict[str, UUID], client_for: Callable[..., Any]) -> None:
    customer = str(hidden[CUSTOMER])
    values = {**EXAMPLES["sales.quote"](), "customer": customer}
    quote = record_save(registry["sales.quote"].model, values, actor=SYSTEM)
    member, path = client_for("member"), f"/quotes/{quote}/paper/"
    assert member.get(path).status_code == 200
    for kept in ({"reach": {CUSTOMER: {"see": "own"}}}, {"hidden_fields": ["sales.quote.amount"], "reach": {}}):
        Role.objects.filter(code="member").update(permissions=["*"], **kept)
        assert member.get(path).status_code == 403, kept


def test_what_is_in_a_file_is_replaced_by_whoever_may_change_the_file(
    tenant: Any, client_for: Callable[..., Any]
) -> None:
    file = made(registry["activities.file"])
    Role.objects.filter(code="member").update(permissions=["*"], reach={"activities.file": {"change": "own"}})
    member, path = client_for("member"), f"/files/{file}/content/"
    before = hashes()
    assert member.post(path, {"file": SimpleUploadedFile("a.txt", b"new")}).status_code == 403
    assert hashes() == before
    assert client_for("owner").post(path, {"file": SimpleUploadedFile("a.txt", b"new")}).status_code == 204


def test_runs_of_a_rule_tell_of_no_record_that_is_kept(hidden: dict[str, UUID], client_for: Callable[..., Any]) -> None:
    rule_id = made(registry["automation.rule"])
    Rule.objects.filter(pk=rule_id).update(noun=CUSTOMER)
    run = RuleRun.objects.create(
        rule_id=rule_id, object_type=CUSTOMER, object_id=hidden[CUSTOMER], cause="event:77", error=NAME, state="failed"
    )
    Role.objects.filter(code="member").update(permissions=["*"], reach={CUSTOMER: {"see": "own"}})
    for path in (f"/api/v1/rules/{rule_id}/runs", f"/api/v1/rules/{rule_id}/runs/{run.pk}",
                 f"/rules/{rule_id}/runs/{run.pk}/"):  # fmt: skip
        assert NAME not in bytes_of(client_for("member"), path), path
        assert NAME in bytes_of(client_for("owner"), path), path


def test_an_undo_puts_back_no_field_that_is_kept(tenant: Any) -> None:
    customer = record_save(Customer, {"name": "Ada", "city": "Rome"}, actor=SYSTEM)
    Role.objects.filter(code="member").update(permissions=["*"], fixed_fields=["customers.customer.city"])
    member = actor_of_user(User.objects.select_related("role").get(email="member@kith.test"), via="page")
    assert records_put_back(Customer, {customer: {"city": "Oslo", "name": "Eve"}}, actor=member) == set()
    assert Customer.objects.get(pk=customer).name == "Ada"
    assert records_put_back(Customer, {customer: {"name": "Eve"}}, actor=member) == {customer}


def test_an_export_holds_what_its_maker_sees_and_nobody_narrower_fetches_it(
    hidden: dict[str, UUID], client_for: Callable[..., Any], narrowed: None
) -> None:
    for role, is_there in (("member", False), ("owner", True)):
        client = client_for(role)
        made_of = sent(client.post, "/api/v1/bulk/exports", {"object": "deals", "format": "csv"}).json()
        job = client.get(f"/api/v1/bulk/exports/{made_of['id']}").json()
        if job["state"] == "done":
            assert (NAME in bytes_of(client, f"/api/v1/bulk/exports/{made_of['id']}/file")) is is_there


@pytest.fixture
def costly(hidden: dict[str, UUID]) -> tuple[str, list[dict[str, str]]]:
    """An order with a line of a product and one by hand, whose costs some may not know: its id and its lines."""
    product, order = hidden[PRODUCT], hidden["sales.order"]
    values = {"unit_price": "2000", "unit_cost": "987.6543", "currency": "USD"}
    record_save(Product, values, actor=SYSTEM, id=product)
    lines = [
        {"product": str(product), "unit_price": "2000"},
        {"description": "By hand", "unit_price": "1500", "unit_cost": "987.6543"},
    ]
    given = {"currency": "USD", "exchange_rate": "1", "ordered_at": "2026-02-01T12:00:00Z", "lines": lines}
    record_save(Order, given, actor=SYSTEM, id=order)
    Role.objects.filter(code="member").update(permissions=["*"], hidden_fields=["sales.order.margin_amount"])
    return str(order), lines


def test_who_may_not_know_margins_sees_lines_without_them(
    costly: tuple[str, list[dict[str, str]]], hidden: dict[str, UUID], client_for: Callable[..., Any]
) -> None:
    order, product = costly[0], hidden[PRODUCT]
    report = {"object": "orders", "part": "lines", "measures": [{"of": "sum", "field": "lines.unit_cost"}]}
    asked = [
        *(f"/orders/{order}/{one}" for one in ("", "edit/", "tab/history/", "tab/tables/")), "/api/v1/events",
        f"/api/v1/orders/{order}", "/api/v1/orders/?fields=lines&number=M-1", f"/api/v1/orders/{order}/history",
        f"/products/{product}/", f"/api/v1/products/{product}", "/api/v1/figures/products?period=2026",
    ]  # fmt: skip
    secret = ("987.65", "987,65", "1012.34", "1012.35", "1,012.35", "512.34", "512.35", "1524.69", "1,524.69")
    heard: dict[str, list[str]] = {}
    for role in ("member", "owner"):
        client = client_for(role)
        bodies = {path: bytes_of(client, path) for path in asked}
        heard[role] = [path for path, body in bodies.items() if any(one in body for one in secret)]
        told = sent(client.post, "/api/v1/reports/run", report)
        assert (told.status_code == 200) is (role == "owner"), told.content
    assert heard["member"] == []
    assert len(heard["owner"]) > 7, heard
    rows = client_for("member").get(f"/api/v1/orders/{order}").json()["lines"]
    assert [one["description"] for one in rows] == ["", "By hand"]
    assert not any({"unit_cost", "margin_amount"} & one.keys() for one in rows)


def test_who_may_not_know_margins_leaves_the_costs_as_they_are(
    costly: tuple[str, list[dict[str, str]]], client_for: Callable[..., Any]
) -> None:
    (order, lines), member = costly, client_for("member")
    before = hashes()
    refused = sent(member.patch, f"/api/v1/orders/{order}", {"lines": [{**lines[1], "unit_cost": "1"}]})
    assert refused.json()["errors"][0]["pointer"] == "/lines/0/unit_cost"
    assert hashes() == before
    own = [{name: one for name, one in line.items() if name != "unit_cost"} for line in lines]
    own[1]["quantity"] = "2"
    assert sent(member.patch, f"/api/v1/orders/{order}", {"lines": own}).status_code == 200
    stored = OrderLine.objects.filter(order=order).order_by("position")
    assert list(stored.values_list("quantity", "unit_cost")) == [(1, Decimal("987.6543")), (2, Decimal("987.6543"))]
    told = ({"description": "A"}, {"description": "B"}, {"product": lines[0]["product"], "description": "small"},
            {"product": lines[0]["product"], "description": "big"})  # fmt: skip
    many = [one | {"quantity": "1", "unit_price": f"{at + 5}"} for at, one in enumerate(told)]
    costs = [one | {"unit_cost": f"{at + 1}"} for at, one in enumerate(many)]
    assert sent(client_for("owner").patch, f"/api/v1/orders/{order}", {"lines": costs}).status_code == 200
    fewer = [many[3], many[2] | {"unit_price": "9"}, many[1] | {"unit_price": "8"}]
    assert sent(member.patch, f"/api/v1/orders/{order}", {"lines": fewer}).status_code == 200
    stored = OrderLine.objects.filter(order=order).order_by("position")
    assert list(stored.values_list("description", "unit_cost")) == [("big", 4), ("small", 3), ("B", 2)]
    page = member.get(f"/orders/{order}/edit/").content.decode()
    assert "lines-1-quantity" in page
    assert "unit_cost" not in page
