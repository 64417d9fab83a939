"""What cells mean: values mapped to others, related records by any key, owners, numbers of other systems, templates."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.models import ExternalId
from crm.core.services import Change, record_save, records_save
from crm.customers.models import Customer
from crm.exchange.analysis import EXTERNAL, Choices
from crm.exchange.cleaning.numbers import number_of
from crm.exchange.keeping import template_forget, template_rename, templates_kept
from crm.exchange.models import ImportJob
from crm.exchange.services import import_analyse, import_confirm, import_keep, import_run, import_start, import_undo
from crm.sales.models import Order, Product
from crm.team.models import User
from tenants.context import inside
from tenants.models import Tenant
from tests.crm.exchange.running import imported, reported
from tests.crm.exchange.tables import table_hashes

ORDERS = "Order no,Date,Customer number,SKU,Quantity,Price\n"


def started(text: str, label: str = "customers.customer") -> ImportJob:
    """A file that waits for its mapping."""
    return import_start(io.BytesIO(text.encode()), label=label, actor=SYSTEM, filename="file.csv")


def products(*names: str) -> None:
    """Products that the tenant has."""
    records_save(Product, [Change({"sku": name, "name": name, "unit_price": "1"}) for name in names], actor=SYSTEM)


def test_a_value_that_differs_in_signs_alone_is_proposed_and_taken(tenant: Tenant) -> None:
    products("GTX Pro", "GTX Plus Basic", "MG Special")
    rows = ("V1,2024-03-05,,GTXPro,1,5", "V2,2024-03-05,,GTX Plus,1,5", "V3,2024-03-05,,MG Special,2,5")
    text = ORDERS + "\n".join((*rows, "V4,2024-03-05,,GTX Pro,2,5"))
    found = import_analyse(started(text, "sales.order"), actor=SYSTEM)
    assert [(one.column, one.value, one.count, one.near[0], one.is_sure) for one in found.values] == [
        (3, "GTXPro", 1, "GTX Pro", True),
        (3, "GTX Plus", 1, "GTX Plus Basic", False),
    ]
    assert found.proposal().values == {3: {"GTXPro": "GTX Pro"}}
    job, account = imported(text.encode(), "sales.order")
    assert account.created == 4
    assert reported(job) == [(3, "link", "left_out")]
    assert Order.objects.get(number="V1").lines.get().product.sku == "GTX Pro"


def test_choices_are_mapped_by_hand_and_left_out_on_purpose(tenant: Tenant) -> None:
    text = "Member number,Name,Lifecycle\nC1,Ann,VIP客户\nC2,Bob,customer\nC3,Cid,who knows\nC4,Dan,ask him\n"
    found = import_analyse(started(text), actor=SYSTEM)
    assert {one.value for one in found.values} == {"VIP客户", "who knows", "ask him"}
    values = {2: {"vip客户 ": "customer", "who knows": ""}}
    job, account = imported(text.encode(), values=values)
    assert account.created == 4
    assert reported(job) == [(5, "choice", "left_out")]
    kinds = dict(Customer.objects.filter(number__in=["C1", "C2", "C3"]).values_list("number", "lifecycle"))
    assert (kinds["C1"], kinds["C2"]) == ("customer", "customer")


@pytest.mark.parametrize(
    ("how", "created", "problems"),
    [
        ("", 1, [(3, "link", "refused")]),
        ("refuse", 1, [(3, "link", "refused")]),
        ("empty", 2, [(3, "link", "left_out")]),
        ("create", 2, []),
    ],
)
def test_each_link_says_what_becomes_of_what_is_not_found(
    tenant: Tenant, how: str, created: int, problems: list[Any]
) -> None:
    imported(b"Member number,Name\nH1,Head\n")
    links = {2: how} if how else {}
    file = b"Member number,Name,Parent\nH2,Branch,H1\nH3,Lone,H9\n"
    job, account = imported(file, targets={2: "parent"}, links=links)
    assert (account.created, reported(job)) == (created, problems)
    assert Customer.objects.get(number="H2").parent.number == "H1"
    assert Customer.objects.filter(number="H9").exists() is (how == "create")


def test_a_line_without_its_product_may_refuse_the_whole_order(tenant: Tenant) -> None:
    products("P1")
    file = (ORDERS + "W1,2024-03-05,,P1,1,5\nW1,2024-03-05,,P9,1,5\nW2,2024-03-05,,P1,1,5\n").encode()
    job, account = imported(file, "sales.order", links={3: "refuse"})
    assert (account.created, account.refused) == (1, 2)
    assert reported(job) == [(2, "group_refused", "refused"), (3, "link", "refused")]
    assert not Order.objects.filter(number="W1").exists()


def test_a_company_is_found_by_number_name_or_phone_and_an_order_may_have_none(tenant: Tenant) -> None:
    values = [{"name": "Acme Ltd", "number": "N1", "phone": "+33612345678"}, {"name": "Bolt Ltd", "number": "N2"}]
    records_save(Customer, [Change(one) for one in values], actor=SYSTEM)
    products("P1")
    rows = ("X1,2024-03-05,N1,P1,1,5", "X2,2024-03-05,Bolt Ltd,P1,1,5", "X3,2024-03-05,+33 6 12 34 56 78,P1,1,5")
    text = ORDERS + "\n".join((*rows, "X4,2024-03-05,,P1,1,5"))
    _job, account = imported(text.encode(), "sales.order", targets={2: "customer"})
    assert account.created == 4
    found = dict(Order.objects.filter(number__startswith="X").values_list("number", "customer__number"))
    assert found == {"X1": "N1", "X2": "N2", "X3": "N1", "X4": None}


def test_owners_are_found_by_address_or_name_and_unknown_ones_are_named(tenant: Tenant) -> None:
    member = User.objects.get(email="member@kith.test")
    User.objects.filter(pk=member.pk).update(name="Mia Ember")
    other = User.objects.exclude(pk=member.pk).first()
    pk = record_save(Customer, {"name": "Olga", "number": "OW1", "owner": other.pk if other else None}, actor=SYSTEM)
    before = table_hashes()
    text = "Member number,Name,Owner\nOW1,Olga,MEMBER@kith.test\nOW2,Otto,Mia Ember\nOW3,Ole,Nobody Known\n"
    job, account = imported(text.encode())
    assert (account.updated, account.created) == (1, 2)
    owners = dict(Customer.objects.filter(number__startswith="OW").values_list("number", "owner"))
    assert owners == {"OW1": member.pk, "OW2": member.pk, "OW3": None}
    assert reported(job) == [(4, "link", "left_out")]
    import_undo(job, actor=SYSTEM, background=False)
    assert table_hashes() == before
    assert Customer.objects.get(pk=pk).owner == other


def test_numbers_of_two_systems_stand_beside_each_other(tenant: Tenant) -> None:
    record_save(Customer, {"name": "Ann", "number": "S1", "city": "Rome"}, actor=SYSTEM)
    before = table_hashes()
    job, account = imported(b"Shop id,Name,Member number\n77,Ann,S1\n", targets={0: EXTERNAL}, source="shop")
    assert account.updated == 1
    _job, account = imported(b"Shop id,Name,City\n77,Ann,Bari\n", targets={0: EXTERNAL}, source="till")
    assert account.created == 1
    assert ExternalId.objects.get(source="shop", value="77").object_id == Customer.objects.get(number="S1").pk
    whole = table_hashes(())
    _again, account = imported(b"Shop id,Name,Member number\n77,Ann,S1\n", targets={0: EXTERNAL}, source="shop")
    assert (account.unchanged, table_hashes(())) == (1, whole)
    import_undo(_job, actor=SYSTEM, background=False)
    import_undo(job, actor=SYSTEM, background=False)
    assert table_hashes() == before


def test_a_refused_row_is_not_said_to_be_stored(tenant: Tenant) -> None:
    file = b"Member number,Name,Date of birth,Mobile\nR1,,31.02.1990,+33 6 12 34 56 78 / +33 6 12 34 56 79\n"
    job, account = imported(file)
    assert account.refused == 1
    assert {outcome for _row, _code, outcome in reported(job)} == {"refused"}
    assert {code for _row, code, _outcome in reported(job)} == {"required", "date", "second_value"}


def test_a_kept_mapping_is_proposed_again_whatever_the_order_of_the_columns(tenant: Tenant, other: Tenant) -> None:
    text = "Kundennr;Kunde;Stadt;Stufe\nT1;Ann;Rome;Gold\n"
    targets = {0: "number", 1: "name", 2: "city", 3: "lifecycle"}
    job = started(text)
    assert import_analyse(job, actor=SYSTEM).kept == ""
    choices = Choices(header_row=1, targets=targets, values={3: {"Gold": "customer"}}, source="erp", mode="update")
    import_keep(import_confirm(job, choices, actor=SYSTEM, background=False), " From the  ERP ", actor=SYSTEM)
    found = import_analyse(started("Stadt;Kundennr;Kunde;Stufe\nOslo;T2;Bob;Gold\n"), actor=SYSTEM)
    assert (found.kept, [column.target for column in found.columns]) == (
        "From the ERP",
        ["city", "number", "name", "lifecycle"],
    )
    proposal = found.proposal()
    assert (proposal.values, proposal.source, proposal.mode) == ({3: {"Gold": "customer"}}, "erp", "update")
    with inside(other):
        assert not templates_kept(SYSTEM).filter(name="From the ERP").exists()
    (kept,) = templates_kept(SYSTEM).filter(name="From the ERP")
    assert template_rename(kept.pk, "ERP", actor=SYSTEM).name == "ERP"
    template_forget(kept.pk, actor=SYSTEM)
    assert import_analyse(started(text), actor=SYSTEM).kept == ""


def test_a_step_that_does_not_exist_cannot_be_left_out(tenant: Tenant) -> None:
    job = started("Name\nAnn\n")
    for off in ("zz", "text:x", "zz:0"):
        with pytest.raises(CrmError, match="no step of cleaning named"):
            import_confirm(job, Choices(header_row=1, targets={0: "name"}, off=("text:0", off)), actor=SYSTEM)
    assert ImportJob.objects.get(pk=job.pk).state == "uploaded"
    choices = Choices(header_row=1, targets={0: "name"}, off=("text:0", "total_row"))
    assert import_confirm(job, choices, actor=SYSTEM).state == "queued"


@pytest.mark.parametrize(
    ("written", "meant"),
    [("kr 1 234.50", "1234.50"), ("12 zł", "12"), ("Fr. 12.50", "12.50"), ("₺7", "7"), ("人民币300元", "300"),
     ("1.2e3", "1200"), ("-3.5E-2", "-0.035")],
)
def test_a_number_is_read_as_it_is_written_where_it_comes_from(written: str, meant: str) -> None:
    assert number_of(written) == Decimal(meant)


def test_a_name_that_is_taken_or_empty_is_refused(tenant: Tenant) -> None:
    choices = Choices(header_row=1, targets={0: "name"})
    jobs = [import_confirm(started("Name\nAnn\n"), choices, actor=SYSTEM) for _ in "ab"]
    one, two = (import_keep(job, name, actor=SYSTEM) for job, name in zip(jobs, ("One", "Two"), strict=True))
    for name, words in ((" ", "Give it a name"), ("x" * 81, "Give it a name"), ("Two", "already")):
        with pytest.raises(Exception, match=words):
            template_rename(one.pk, name, actor=SYSTEM)
    names = templates_kept(SYSTEM).filter(pk__in=[one.pk, two.pk]).values_list("name", flat=True)
    assert sorted(names) == ["One", "Two"]


def test_lines_with_lossy_numbers_come_twice_and_change_nothing(tenant: Tenant) -> None:
    rows = ("L1,2024年3月5日,V1,P1,1.33333,9.87654321", 'L1,2024年3月5日,V1,P2,2,"1,000.5"', "L2,3/14/2024,,P1,1,1.2万")
    text = (ORDERS + "\n".join(rows)).encode()
    _job, account = imported(text, "sales.order", create_links=True)
    assert not reported(_job)
    assert (account.created, Order.objects.get(number="L2").amount) == (3, Decimal(12000))
    whole = table_hashes(())
    job, account = imported(text, "sales.order", create_links=True)
    assert (account.unchanged, account.updated) == (3, 0)
    assert (table_hashes(()), import_run(job.pk).records) == (whole, {"sales.order": {"unchanged": 2}})


def test_a_list_without_keys_comes_twice_and_changes_nothing(tenant: Tenant) -> None:
    text = b"Name,City,Colour\nAnn Lee,Oslo,red\nAnn Lee,Oslo,red\nAnn Lee,Rome,blue\n"
    _job, account = imported(text)
    assert account.created == 3
    whole = table_hashes(())
    _job, account = imported(text)
    assert (account.unchanged, account.created, table_hashes(())) == (3, 0, whole)
    _job, account = imported(b"Name,City\nAnn Lee,Oslo\nAnn Lee,Oslo\nAnn Lee,Oslo\n")
    assert (account.unchanged, account.created) == (2, 1)
