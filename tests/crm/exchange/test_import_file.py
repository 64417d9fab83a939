"""The command: the same import from a shell, with its whole account; a dry run stores nothing."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any
from unittest import SkipTest

import pytest
from django.core.management import CommandError, call_command

from crm.customers.models import Customer
from crm.exchange.models import ImportJob
from crm.sales.models import Order, Product
from tenants.context import inside
from tenants.models import Tenant
from tests.crm.exchange.tables import table_hashes
from tests.crm.exchange.test_online_retail import real_file

DATA = Path(__file__).parents[4] / "shared" / "data"
FILE = "Member number,Name,City\nM1,Ann,Oslo\nM2,,Rome\nM1,Ann,\nM3,Cid,Bari\n"


def told(*words: Any) -> dict[str, Any]:
    """The account as JSON, after a check that it adds up."""
    out = io.StringIO()
    call_command("import_file", "a", *map(str, words), "--json", stdout=out)
    account: dict[str, Any] = json.loads(out.getvalue())
    parts = ("created", "updated", "unchanged", "merged", "refused", "skipped")
    assert account["read"] == sum(account[part] for part in parts)
    assert account["unexplained"] == 0
    return account


@pytest.fixture
def slug(committed: Tenant) -> Tenant:
    """Tenant A, as the command is told it."""
    Tenant.objects.filter(pk=committed.pk).update(slug="a")
    return committed


def test_a_file_is_imported_tried_and_accounted_for(slug: Tenant, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(FILE)
    with inside(slug):
        before, jobs = table_hashes(()), ImportJob.objects.count()
    tried = told(file, "--dry-run")
    with inside(slug):
        assert (table_hashes(()), ImportJob.objects.count()) == (before, jobs)
    done = told(file)
    names = ("read", "created", "merged", "refused")
    assert [tried[name] for name in names] == [done[name] for name in names] == [4, 2, 1, 1]
    with inside(slug):
        assert set(Customer.objects.filter(number__in=["M1", "M3"]).values_list("city", flat=True)) == {"Oslo", "Bari"}
    out = io.StringIO()
    call_command("import_file", "a", str(file), stdout=out)
    assert "0 unexplained" in out.getvalue()
    assert "2 same" in out.getvalue()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nobody", "x.csv"), "no tenant"),
        (("a", "no-such-file.csv"), "no file"),
        (("a", __file__, "--noun", "nouns"), "no noun"),
        (("a", __file__, "--template", "none"), "unknown_template"),
    ],
)
def test_what_cannot_be_meant_is_refused(slug: Tenant, words: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("import_file", *words)
    with inside(slug):
        assert not ImportJob.objects.filter(filename="x.csv").exists()


def test_a_part_of_the_real_shop_goes_the_same_way(slug: Tenant, tmp_path: Path) -> None:
    lines = real_file().splitlines(keepends=True)
    file = tmp_path / "online_retail.csv.gz"
    file.write_bytes(gzip.compress(b"".join(lines[:20_001])))
    account = told(file, "--template", "online_retail")
    assert (account["read"], account["state"]) == (20_000, "done")
    with inside(slug):
        assert Order.objects.filter(deleted_at=None).count() >= account["records"]["sales.order"]["created"] > 800


def test_the_companies_and_products_of_a_seller_of_computers_come_in_whole(slug: Tenant, tmp_path: Path) -> None:
    accounts, products = DATA / "crm_accounts.csv", DATA / "crm_products.csv"
    if not accounts.exists():
        raise SkipTest(f"{DATA} is not here: nothing was checked against the real files")
    columns = ("account=name", "sector=industry", "office_location=country", "subsidiary_of=parent")
    words = (accounts, *(word for column in columns for word in ("--column", column)))
    found = told(*words)
    assert (found["read"], found["created"] + found["refused"], found["state"]) == (85, 85, "done")
    branches = told(*words)  # whose companies stand in the same file: they are there now
    assert (branches["created"], branches["unchanged"], branches["updated"]) == (found["refused"], found["created"], 0)
    assert told(*words)["unchanged"] == 85
    columns = ("product=name", "series=category", "sales_price=unit_price")  # no codes: names tell them apart
    words = (products, "--noun", "products", *(word for column in columns for word in ("--column", column)))
    assert (told(*words)["created"], told(*words)["unchanged"]) == (7, 7)
    with inside(slug):
        assert Product.objects.filter(name="GTX Pro", deleted_at=None).count() == 1
