"""Three messy files, cell by cell: everything that stands in them is stored, noted or reported."""

from __future__ import annotations

import io
from typing import Any

import pytest

from crm.core.actors import SYSTEM
from crm.customers.models import Customer
from crm.exchange.models import ImportedRecord, ImportJob
from crm.exchange.services import import_account, import_analyse, import_start
from tenants.models import Tenant
from tests.crm.exchange.messy import FILES, Messy
from tests.crm.exchange.running import imported, lines


def check_every_cell(made: Messy, job: ImportJob) -> None:
    """Compare the tables and the reports with what was written into the file."""
    account = import_account(job)
    assert account.created == len(made.people)
    assert (account.merged, account.refused) == (len(made.merged), len(made.refused))
    said: dict[int, list[Any]] = {}
    for line in lines(job):
        said.setdefault(line.row, []).append(line)
    records = dict(ImportedRecord.objects.filter(job=job).values_list("row", "object_id"))
    for wanted in made.people:
        stored = Customer.objects.get(pk=records[wanted.row])
        assert {name: getattr(stored, name) for name in wanted.values} == wanted.values
        assert [text for text in wanted.noted if text not in stored.notes.splitlines()] == []
        columns = {line.column or "phone shared" for line in said.get(wanted.row, ())}
        assert columns == wanted.reported, wanted.row
    codes = {row: {line.code for line in found} for row, found in said.items()}
    assert {row: codes[row] for row in made.apart} == {row: {code} for row, code in made.apart.items()}
    assert {row: codes[row] for row in made.refused} == {row: {code} for row, code in made.refused.items()}
    assert all(codes[row] <= {"merged", "merged_differs"} for row in made.merged)


@pytest.mark.parametrize("kind", FILES)
def test_every_cell_of_a_messy_file_is_stored_noted_or_reported(tenant: Tenant, kind: str) -> None:
    made = FILES[kind]()
    tenant.region = "US" if kind == "shop" else "CN"
    job, account = imported(made.content)
    check_every_cell(made, job)
    _job, again = imported(made.content)
    assert (again.created, again.updated, again.unchanged) == (0, 0, account.created)


def test_what_is_proposed_needs_no_change(tenant: Tenant) -> None:
    for make in FILES.values():
        made = make()
        job = import_start(io_of(made), label="customers.customer", actor=SYSTEM, filename=made.name)
        found = import_analyse(job, actor=SYSTEM)
        assert (found.warnings, found.questions) == ([], [])
        assert [one.name for one in found.readiness if one.is_ready] == ["rfm"]


def io_of(made: Messy) -> Any:
    """The file as an upload."""
    return io.BytesIO(made.content)
