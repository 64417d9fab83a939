"""Telephones and e-mails in the plural: kept in one spelling, found, compared, matched and merged like the first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from crm.core.actors import SYSTEM
from crm.core.alike import groups, likely
from crm.core.errors import CrmError
from crm.core.merging import merge_undo, records_merge
from crm.core.registry import registry
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.messaging.threading import people_find
from tests.crm.exchange.files import workbook
from tests.crm.exchange.running import imported

CUSTOMERS = registry["customers.customer"]


def customer(name: str, **values: Any) -> UUID:
    """A customer."""
    return record_save(Customer, {"name": name, **values}, actor=SYSTEM)


@pytest.fixture
def mill(tenant: Any) -> UUID:
    """A customer with two numbers and two addresses."""
    phones = ["+86 137 1110 0002", "+8613711100002"]
    values = {"phone": "+8613711100001", "other_phones": phones, "email": "a@mill.test"}
    return customer("Mill", **values, other_emails=["SECOND@Mill.test"])


def test_further_ones_are_kept_in_one_spelling_each_once(mill: UUID) -> None:
    stored = Customer.objects.get(pk=mill)
    assert (stored.other_phones, stored.other_emails) == (["+8613711100002"], ["second@mill.test"])
    record_save(Customer, {"email": "second@mill.test"}, actor=SYSTEM, id=mill)
    stored.refresh_from_db()
    assert (stored.email, stored.other_emails) == ("second@mill.test", [])


@pytest.mark.parametrize("values", [{"other_emails": ["x@y.test", "nonsense"]}, {"other_phones": "+49301234567," * 11}])
def test_what_is_no_address_is_refused_and_more_than_ten(tenant: Any, values: dict[str, Any]) -> None:
    if "other_phones" in values:
        values = {"other_phones": [f"+4930123456{at}" for at in range(70, 81)]}
    before = Customer.objects.count()
    with pytest.raises(CrmError) as refused:
        customer("Nobody", **values)
    assert str(refused.value.details["errors"][0]["pointer"]) == f"/{next(iter(values))}"
    assert Customer.objects.count() == before


def test_they_are_found_by_search_and_filter_and_shown_on_the_page(mill: UUID, client_for: Any) -> None:
    client = client_for("member")
    for query in ("?search=second@mill.test", "?search=0002", "?other_phones=%2B8613711100002"):
        assert str(mill) in client.get(f"/customers/{query}").content.decode(), query
    assert str(mill) not in client.get("/customers/?other_phones=%2B8613711100009").content.decode()
    shown = client.get(f"/customers/{mill}/").content.decode()
    assert 'href="tel:+8613711100002"' in shown
    assert 'href="mailto:second@mill.test"' in shown


@pytest.mark.parametrize(
    "values",
    [{"phone": "+86 137 1110 0002"}, {"other_phones": "+8613711100001"}, {"other_emails": ["second@mill.test"]}],
)
def test_a_double_is_known_by_any_of_them(mill: UUID, values: dict[str, Any]) -> None:
    assert [one.id for one in likely(CUSTOMERS, {"name": "Other", **values}, actor=SYSTEM)] == [mill]
    assert likely(CUSTOMERS, {"name": "Other", "phone": "+8613711100009"}, actor=SYSTEM) == []


def test_the_merge_centre_gathers_who_shares_one_beside_the_first(mill: UUID) -> None:
    first = customer("Weir", phone="+8613711100002")
    beside = customer("Loom", other_emails=["second@mill.test"])
    found = {frozenset(row["id"] for row in group.rows) for group in groups(CUSTOMERS, actor=SYSTEM)}
    assert {frozenset({mill, first}), frozenset({mill, beside})} <= found
    among = groups(CUSTOMERS, actor=SYSTEM, among=[beside])
    assert [{row["id"] for row in group.rows} for group in among] == [{mill, beside}]


def test_the_number_of_the_one_that_goes_stays_beside_and_goes_back(mill: UUID) -> None:
    other = customer("Mill Ltd", phone="+8613711100009", other_phones=["+8613711100001"], email="a@mill.test")
    before = list(Customer.objects.filter(pk__in=[mill, other]).order_by("pk").values("phone", "other_phones"))
    made = records_merge(CUSTOMERS, [mill, other], actor=SYSTEM, take={"phone": other})
    kept = Customer.objects.get(pk=mill)
    assert (kept.phone, kept.other_phones) == ("+8613711100009", ["+8613711100001", "+8613711100002"])
    assert (kept.email, kept.other_emails) == ("a@mill.test", ["second@mill.test"])
    merge_undo(made.pk, actor=SYSTEM)
    after = list(Customer.objects.filter(pk__in=[mill, other]).order_by("pk").values("phone", "other_phones"))
    assert after == before


def test_mail_of_a_further_address_is_the_customers(mill: UUID) -> None:
    assert people_find(["second@mill.test", "third@mill.test"]) == {"second@mill.test": ("customers.customer", mill)}


def test_a_file_fills_and_finds_them(mill: UUID) -> None:
    rows = [
        ["Name", "Phone", "Mobile", "E-mail", "City"],
        ["Mill", "+86 137 1110 0002", "", "", "Hangzhou"],
        ["Loom", "+86 139 0013 9000 / +86 139 0013 9001", "+86 139 0013 9002", "b@loom.test; c@loom.test", ""],
        ["Loom", "+86 139 0013 9002", "", "", "Suzhou"],
        ["Weir", "+86 139 0013 9005", "", "", ""],
    ]
    _job, account = imported(workbook(rows))
    assert (account.created, account.updated, account.merged) == (2, 1, 1)
    stored = Customer.objects.get(pk=mill)
    assert (stored.phone, stored.other_phones, stored.city) == ("+8613711100001", ["+8613711100002"], "Hangzhou")
    loom = Customer.objects.get(name="Loom")
    assert (loom.phone, loom.city, loom.notes) == ("+8613900139000", "Suzhou", "")
    assert sorted(loom.other_phones) == ["+8613900139001", "+8613900139002"]
    assert loom.other_emails == ["c@loom.test"]
