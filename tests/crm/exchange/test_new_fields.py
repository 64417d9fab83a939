"""A column that nobody knows can become a field of the tenant's own; what is tidied can be left as it is."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.models import CustomField
from crm.core.registry import registry
from crm.customers.models import Customer
from crm.exchange.analysis import CREATE
from crm.exchange.services import import_analyse, import_confirm, import_corrected, import_run, import_start
from tenants.models import Tenant
from tests.crm.exchange.running import imported, reported

LINES = "".join(f"Person {n},p{n}@x.cn,{['gold', 'silver'][n % 2]},{n},2024-0{n % 9 + 1}-05\n" for n in range(30))
FILE = f"Name,Mail,Shelf,Steps walked,Geprüft am\n{LINES}".encode()


def test_columns_become_fields_of_the_kind_that_fits(tenant: Tenant) -> None:
    job = import_start(io.BytesIO(FILE), label="customers.customer", actor=SYSTEM, filename="a.csv")
    found = import_analyse(job, actor=SYSTEM)
    assert [(c.header, c.kind) for c in found.columns[2:]] == [
        ("Shelf", "choice"),
        ("Steps walked", "integer"),
        ("Geprüft am", "date"),
    ]
    choices = found.proposal()
    choices.targets |= {2: CREATE, 3: CREATE, 4: CREATE}
    import_confirm(job, choices, actor=SYSTEM, background=False)
    import_run(job.pk)
    names = dict(CustomField.objects.filter(label__in=["Shelf", "Steps walked"]).values_list("label", "name"))
    specs = registry["customers.customer"].specs
    assert {specs[name].kind for name in names.values()} == {"choice", "integer"}
    stored = Customer.objects.get(email="p7@x.cn")
    assert len(stored.custom) == 3
    assert stored.notes == ""
    assert 7 in stored.custom.values()


def test_a_field_that_cannot_be_made_refuses_the_import_and_makes_none(tenant: Tenant) -> None:
    before = CustomField.objects.count()
    job = import_start(io.BytesIO(FILE), label="customers.customer", actor=SYSTEM, filename="a.csv")
    choices = import_analyse(job, actor=SYSTEM).proposal()
    choices.targets |= {2: CREATE, 3: CREATE}
    choices.kinds[3] = "no such kind"
    with pytest.raises(CrmError, match="Steps walked"):
        import_confirm(job, choices, actor=SYSTEM, background=False)
    assert CustomField.objects.count() == before
    job.refresh_from_db()
    assert job.state == "uploaded"


def test_a_step_that_is_switched_off_leaves_the_cells_as_they_are(tenant: Tenant) -> None:
    file = b"Name,Birthday,Orders\nAnn,5 March 1990,3\nBob,1991-04-02,2\nTotal,,5\n"
    job = import_start(io.BytesIO(file), label="customers.customer", actor=SYSTEM, filename="a.csv")
    found = import_analyse(job, actor=SYSTEM)
    assert [(step.key, step.count, step.examples[0]) for step in found.steps] == [
        ("total_row", 1, ("Total 5", "")),
        ("date:1", 1, ("5 March 1990", "1990-03-05")),
    ]
    choices = found.proposal()
    choices.off = ("date:1", "total_row")
    assert [step.is_off for step in import_analyse(job, actor=SYSTEM, choices=choices).steps] == [True, True]
    import_confirm(job, choices, actor=SYSTEM, background=False)
    import_run(job.pk)
    ann, total = Customer.objects.get(name="Ann", notes__contains="5 March"), Customer.objects.get(name="Total")
    assert (ann.born_on, ann.notes, total.opening_orders_count) == (None, "Birthday: 5 March 1990", 5)
    assert reported(job) == [(2, "as_written", "note")]


def test_rows_to_mend_come_as_a_workbook_too_and_go_in_again(tenant: Tenant) -> None:
    rows = [["Name", "Phone", "City"], [None, 13800138000, "=1+1"], ["Ann", "x", "Oslo"], [None, "", "@SUM(A1)"]]
    file = "\n".join(",".join(str(cell or "") for cell in row) for row in rows).encode()
    job, account = imported(file)
    assert (account.created, account.refused) == (1, 2), (account, reported(job))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(import_corrected(job, workbook=True))))
    sheet = book.worksheets[0]
    found = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert found[0] == ["Name", "Phone", "City", "Kith row", "Kith problem", "Kith fix"]
    assert [row[3] for row in found[1:]] == ["2", "4"]
    assert {cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row if cell.value} == {"s"}
    sheet["A2"], sheet["A3"] = "Cid", "Dan"
    out = io.BytesIO()
    book.save(out)
    _job, again = imported(out.getvalue())
    assert (again.read, again.created) == (2, 2)
    assert Customer.objects.get(name="Cid").city == "=1+1"
    header, *lines = csv.reader(io.StringIO(b"".join(import_corrected(job)).decode("utf-8-sig")))
    lines[0][0], lines[1][0] = "Eve", "Fay"
    text = io.StringIO()
    csv.writer(text).writerows([header, *lines])
    assert imported(text.getvalue().encode())[1].created == 2
    assert Customer.objects.get(name="Fay").city == "@SUM(A1)"
