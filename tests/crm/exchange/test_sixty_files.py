"""A table of hostile and odd files: each has its exact outcome, and no row is lost without a word."""

from __future__ import annotations

import io
from collections import Counter

import pytest

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.customers.models import Customer
from crm.exchange.models import ImportedRecord, ImportJob, ImportPiece, ImportProblem
from crm.exchange.services import import_analyse, import_confirm, import_start
from tenants.models import Tenant
from tests.crm.exchange.hostile import REFUSED, STORED, Made
from tests.crm.exchange.running import imported, lines

SEEN_LATER = ("file_no_rows", "required_target", "file_too_wide", "file_damaged")  # the file is kept until then


def stream_of(made: Made) -> io.BytesIO:
    """A made file from its start."""
    return io.BytesIO(made if isinstance(made, bytes) else made.read())


def test_there_are_more_than_sixty() -> None:
    assert len(REFUSED) + len(STORED) >= 60


def stored_rows() -> tuple[int, ...]:
    """How many customers there are, and what imports left behind."""
    return tuple(model.objects.count() for model in (Customer, ImportedRecord, ImportProblem))


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_by_name_and_leaves_nothing(tenant: Tenant, name: str) -> None:
    make, code = REFUSED[name]
    before, jobs, pieces = stored_rows(), ImportJob.objects.count(), ImportPiece.objects.count()
    with pytest.raises(CrmError) as refusal:
        confirmed(stream_of(make()))
    assert (refusal.value.code, refusal.value.status) == (code, 422)
    assert stored_rows() == before
    if code not in SEEN_LATER:
        assert (ImportJob.objects.count(), ImportPiece.objects.count()) == (jobs, pieces)


def confirmed(stream: io.BytesIO) -> None:
    """Uploaded, looked at and said yes to."""
    job = import_start(stream, label="customers.customer", actor=SYSTEM, filename="a.xlsx")
    import_confirm(job, import_analyse(job, actor=SYSTEM).proposal(), actor=SYSTEM, background=False)


@pytest.mark.parametrize("name", STORED)
def test_every_row_is_stored_or_reported(tenant: Tenant, name: str) -> None:
    make, wanted = STORED[name]
    job, account = imported(stream_of(make()), actor=SYSTEM)
    found = {key: getattr(account, key) for key in ("read", "created", "merged", "refused", "skipped", "blank")}
    assert found == {key: getattr(wanted, key) for key in found}
    assert Counter(line.code for line in lines(job)) == Counter(wanted.codes)
    told = {
        line.row for line in lines(job) if line.outcome in ("refused", "skipped", "merged") and line.code != "title_row"
    }
    assert len(told) == account.refused + account.skipped + account.merged
