"""Custom fields by page: declared in the settings, filled in on forms and in place, shown in lists, retired."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from crm.core.actors import SYSTEM
from crm.core.customising.services import custom_field_create, custom_field_retire
from crm.core.models import CustomField
from crm.core.services import record_save
from crm.customers.models import Customer
from tenants.models import Tenant
from tests.crm.api.asking import hashes
from tests.crm.core.test_custom_fields import CUSTOMERS, KINDS, made_field

NEW, PAGE = "/settings/fields/new/?noun=customers", "/settings/fields/?noun=customers"
# what a person types, and what then stands on the record's page
TYPED: dict[str, tuple[Any, str]] = {
    "text": ("Gold", "Gold"),
    "long_text": ("line", "line"),
    "integer": ("1,234", "1234"),
    "number": ("2.5", "2.5"),
    "money": ("1,200.50", "€1,200.50"),
    "percent": ("12.5", "12.5%"),
    "yes_no": ("false", "No"),
    "date": ("2026-02-03", "Feb 3, 2026"),
    "moment": ("2026-02-03T10:00", "Feb 3, 2026"),
    "choice": ("yin_ka", "银卡"),
    "choices": (["tea", "silk"], "Silk"),
    "url": ("https://kith.test/a", 'href="https://kith.test/a"'),
    "email": ("b@kith.test", "mailto:b@kith.test"),
    "phone": ("(202) 555-0123", "tel:+12025550123"),
    "link": ("", "Aim"),
}


def the_field(label: str) -> CustomField:
    """The field of that label."""
    return CustomField.objects.get(object_type=CUSTOMERS, label=label)


def test_a_field_is_added_renamed_moved_retired_and_brought_back(tenant: Tenant, client_for: Any) -> None:
    client = client_for("manager")
    sent = {"label": "Rank", "kind": "choice", "choices": "Gold\nSilver\n", "is_required": "1", "help": "By turnover"}
    assert client.post(NEW, sent).status_code == 302
    client.post(NEW, {"label": "Shoe size", "kind": "integer"})
    field = the_field("Rank")
    assert [c["value"] for c in field.choices] == ["gold", "silver"]
    page = client.get(PAGE).content.decode()
    assert 'href="?noun=orders"' in page
    assert "x_rank" in page
    assert page.index("x_rank") < page.index("x_shoe_size")
    ids = [str(the_field("Shoe size").pk), str(field.pk)]
    assert client.post(PAGE, {"id": ids}).status_code == 204
    assert the_field("Shoe size").position < the_field("Rank").position
    changed = {"label": "Standing", "kind": "choice", "choice": ["gold", "silver"], "choice-label-gold": "Oro"}
    changed |= {"choice-label-silver": "Silver", "choice-on-gold": "1", "choices": "Bronze"}
    assert client.post(f"/settings/fields/{field.pk}/", changed).status_code == 302
    assert [(c["label"], c["is_retired"]) for c in the_field("Standing").choices] == [
        ("Oro", False),
        ("Silver", True),
        ("Bronze", False),
    ]
    form = client.get("/customers/new/").content.decode()
    assert "Oro" in form
    assert "Silver" not in form
    client.post(f"/settings/fields/{field.pk}/do/", {"do": "retire"})
    page = client.get(PAGE).content.decode()
    assert f"/settings/fields/{field.pk}/restore/" in page
    assert "its values are kept" in page
    assert "Standing" not in client.get("/customers/new/").content.decode()
    client.post(f"/settings/fields/{field.pk}/restore/")
    assert "Standing" in client.get("/customers/new/").content.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_filled_in_shown_and_cleared(kind: str, tenant: Tenant, client_for: Any) -> None:
    name, client = made_field(kind), client_for("member")
    aim = record_save(Customer, {"name": "Aim"}, actor=SYSTEM)
    typed, shown = TYPED[kind]
    answer = client.post("/customers/new/", {"name": "Ann", name: str(aim) if kind == "link" else typed})
    assert answer.status_code == 302, answer.content.decode()
    pk = UUID(answer["Location"].strip("/").split("/")[-1])
    page = client.get(f"/customers/{pk}/").content.decode()
    assert shown in page.split(f'id="prop-{name}"')[1].split("</dl>")[0]
    assert shown in client.get(f"/customers/?fields=name,{name}&search=Ann").content.decode()
    assert f'name="{name}"' in client.get(f"/customers/{pk}/edit/").content.decode()
    inline = client.post(f"/customers/{pk}/field/{name}/", {name: "", "version": "1"}, HTTP_HX_REQUEST="true")
    assert inline.status_code == 200
    assert Customer.objects.get(pk=pk).custom is None


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_place_in_the_filter_builder(kind: str, tenant: Tenant, client_for: Any) -> None:
    name, client = made_field(kind), client_for("member")
    sent = {"w-0-join": "and", "w-1-in": "0", "w-1-field": name}
    assert 'name="w-1-op"' in client.post("/customers/builder/", sent).content.decode()
    chosen = client.post("/customers/filter/", {**sent, "w-1-op": "is_empty"})
    page = client.get(chosen["Location"] if kind != "yes_no" else f"/customers/?{name}=true").content.decode()
    assert f"My {kind}" in page


def test_what_is_wrong_stands_beside_its_control(tenant: Tenant, client_for: Any) -> None:
    client, before = client_for("owner"), hashes()
    answer = client.post(NEW, {"label": "", "kind": "link"})
    page = answer.content.decode()
    assert (answer.status_code, page.count("field-error")) == (422, 2)
    assert hashes() == before


@pytest.mark.parametrize("role", ["member", "read-only"])
def test_others_neither_see_nor_change_the_fields(role: str, tenant: Tenant, client_for: Any) -> None:
    made_field("text")
    field, client, before = the_field("My text"), client_for(role), hashes()
    answers = [client.get(PAGE), client.get(NEW), client.post(NEW, {"label": "X", "kind": "text"})]
    for path in ("", "do/", "restore/", "purge/"):
        answers.append(client.post(f"/settings/fields/{field.pk}/{path}", {"do": "retire", "label": "X"}))
    assert {answer.status_code for answer in answers} == {403}
    assert hashes() == before
    assert "/settings/fields/" not in client.get("/settings/").content.decode()


def test_the_owner_deletes_a_retired_field_for_good_and_sees_how_many_values_go(
    tenant: Tenant, client_for: Any
) -> None:
    name = made_field("text")
    pk = record_save(Customer, {"name": "Ann", name: "Gold"}, actor=SYSTEM)
    field = the_field("My text")
    path = f"/settings/fields/{field.pk}/purge/"
    assert client_for("owner").get(path).status_code == 404, "it is in use"
    custom_field_retire(field.pk, actor=SYSTEM)
    assert client_for("manager").get(path).status_code == 403
    assert "One record keeps a value" in client_for("owner").get(path).content.decode()
    assert client_for("owner").post(path, {"values": "0"}).status_code == 409
    assert Customer.objects.get(pk=pk).custom == {field.key: "Gold"}
    assert client_for("owner").post(path, {"values": "1"}).status_code == 302
    assert Customer.objects.get(pk=pk).custom is None


def test_a_list_whose_chosen_columns_were_retired_is_shown_without_them(tenant: Tenant, client_for: Any) -> None:
    name, client = made_field("text"), client_for("owner")
    client.post("/customers/columns/", {"column": ["name", name]})
    assert "My text" in client.get("/customers/").content.decode()
    custom_field_retire(the_field("My text").pk, actor=SYSTEM)
    assert client.get("/customers/").status_code == 200
    refused = client.get(f"/customers/?{name}=Gold")
    assert refused.status_code == 400
    assert "My text" in refused.content.decode()


def test_a_link_shows_on_the_other_side(tenant: Tenant, client_for: Any) -> None:
    name = made_field("link")
    aim = record_save(Customer, {"name": "Aim"}, actor=SYSTEM)
    record_save(Customer, {"name": "Pointing Ann", name: str(aim)}, actor=SYSTEM)
    beside = client_for("owner").get(f"/customers/{aim}/tab/tables/", HTTP_HX_REQUEST="true").content.decode()
    assert "Pointing Ann" in beside


def test_a_form_keeps_a_choice_that_is_no_longer_offered(tenant: Tenant, client_for: Any) -> None:
    field = custom_field_create(CUSTOMERS, actor=SYSTEM, label_text="Rank", kind="choice", choices=["Gold", "Silver"])
    pk = record_save(Customer, {"name": "Ann", "x_rank": "silver"}, actor=SYSTEM)
    client = client_for("owner")
    sent = {"label": "Rank", "kind": "choice", "choice": ["gold", "silver"], "choice-on-gold": "1"}
    client.post(f"/settings/fields/{field.pk}/", sent | {"choice-label-gold": "Gold", "choice-label-silver": "Silver"})
    form = client.get(f"/customers/{pk}/edit/").content.decode()
    assert '<option value="silver" selected>' in form
    answer = client.post(f"/customers/{pk}/edit/", {"name": "Ann B.", "x_rank": "silver", "version": "1"})
    assert answer.status_code == 302
    assert Customer.objects.get(pk=pk).custom == {field.key: "silver"}
