"""Another process reads ahead: what it makes arrives as it was made, and however it ends, the import hears of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.ready import records_ready
from crm.customers.models import Customer
from crm.exchange.engine.ahead import ROWS_FROM, ahead
from crm.exchange.engine.blocks import Report
from crm.exchange.engine.columns import Packed
from crm.exchange.engine.gather import Chunk, Pending
from tenants.models import Tenant


def chunk(index: int) -> Packed:
    """A chunk with everything that one may hold."""
    names = ["Ann", "王芳", "Tab\there", ""]
    pendings = [
        Pending([4 * index + at], {"name": name, "opening_spend": Decimal("1.50")}, [f"note {name}"], f"x{at}")
        for at, name in enumerate(names)
    ]
    pendings.append(Pending([99], {"number": "O1"}, [], None, (), [{"quantity": 2}, {"quantity": 3}]))
    made = Packed.of(Chunk(index, pendings, [Report(3, "phone", "refused", "x", 2, {"value": "x"})], read=5, blank=1))
    assert made.pendings(range(5)) == pendings
    found = records_ready(Customer, {"name": made.column("name")}, 5, actor=SYSTEM)
    assert found is not None
    made.at, made.ready = found
    assert made.at == [0, 1, 2]  # who has no name is refused
    return made


def test_chunks_arrive_as_they_were_made(tenant: Tenant) -> None:
    made = [chunk(0), Packed.of(Chunk(1)), chunk(2)]
    assert list(ahead(iter(made), ROWS_FROM)) == made
    assert list(ahead(iter(made), ROWS_FROM - 1)) == made


def test_a_refusal_half_way_is_passed_on(tenant: Tenant) -> None:
    made = chunk(0)

    def source() -> Iterator[Packed]:
        yield made
        raise CrmError("file_damaged", "It breaks off.", status=422, row=7)

    got = ahead(source(), ROWS_FROM)
    assert next(got).chunk.index == 0
    with pytest.raises(CrmError, match="It breaks off") as refused:
        next(got)
    assert (refused.value.code, refused.value.status, refused.value.details) == ("file_damaged", 422, {"row": 7})


def test_a_process_that_dies_is_not_taken_for_the_end(tenant: Tenant) -> None:
    made = chunk(0)

    def source() -> Iterator[Packed]:
        yield made
        os.kill(os.getpid(), signal.SIGKILL)

    got = ahead(source(), ROWS_FROM)
    assert next(got).chunk.index == 0
    with pytest.raises(ChildProcessError):
        next(got)


def test_the_other_process_may_not_speak_to_the_database(tenant: Tenant) -> None:
    def source() -> Iterator[Chunk]:
        yield Chunk(Customer.objects.count())

    with pytest.raises(ChildProcessError):
        list(ahead(source(), ROWS_FROM))
    assert Customer.objects.count() >= 0  # the connection is whole


def children() -> set[str]:
    """The processes that this one has started: other tests' browsers among them."""
    return {pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


def test_whoever_stops_listening_ends_the_other_process(tenant: Tenant) -> None:
    before = children()
    with closing(ahead((Chunk(at) for at in count()), ROWS_FROM)) as got:
        assert [next(got).index for _ in range(3)] == [0, 1, 2]
        assert len(children() - before) == 1
    assert children() - before == set()
