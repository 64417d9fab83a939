"""Rules by real workers, of which one is killed in mid-run: each action is done once."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from crm.activities.models import Note
from crm.automation.models import Rule, RuleRun, RuleStep
from crm.core.actors import SYSTEM
from crm.core.services import record_save
from crm.customers.models import Customer
from tenants import pump
from tenants.context import in_schema, inside
from tenants.leases import reap
from tenants.models import Outbox, Tenant, Wakeup
from tests.crm.automation.conftest import person
from tests.tenants.conftest import Process, until, worker_start, workshop_open

CUSTOMERS, NOTES = 12, 12
HEAR = {"rules": "crm.automation.triggers.rules_hear"}


@pytest.fixture
def workers(django_db_setup: None, django_db_blocker: Any, tmp_path: Path, settings: Any) -> Iterator[list[Process]]:
    """Two workers; this process pumps."""
    settings.EVENT_CONSUMERS, settings.LEASE_SECONDS = HEAR, 3
    with django_db_blocker.unblock(), workshop_open(tmp_path) as start:
        both = [worker_start(start, name, "interactive") for name in ("one", "two")]
        for process in both:
            process.await_line(" ready.")
        yield both


def begin() -> None:
    """A rule that writes many notes, and customers for it."""
    Rule.objects.all().delete()
    Wakeup.objects.all().delete()
    bodies = [f"N{n} of {{name}}" for n in range(NOTES)]
    actions = [{"do": "create", "noun": "activities.note", "values": {"body": body}} for body in bodies]
    values = {"name": "R", "noun": "customers.customer", "events": ["customers.customer.created"], "actions": actions}
    record_save(Rule, values, actor=person("owner"))
    for number in range(CUSTOMERS):
        record_save(Customer, {"name": f"C{number}"}, actor=SYSTEM)


def ticked(tenant: Tenant, wanted: int) -> bool:
    """A beat of the clock; whether so many runs are done."""
    with in_schema():
        pump.tick()
        reap(Outbox)
    with inside(tenant):
        return RuleRun.objects.filter(state="done", rule__name="R").count() >= wanted


def test_a_killed_worker_doubles_no_action_and_leaves_none_out(workers: list[Process]) -> None:
    tenant = Tenant.objects.get(schema_name="t_a")
    with inside(tenant):
        begin()
    until(lambda: ticked(tenant, 1), what="the first run", seconds=400)
    for process in workers[:1]:
        process.end(signal.SIGKILL)
    until(lambda: ticked(tenant, CUSTOMERS), what="all runs", seconds=180)
    with inside(tenant):
        bodies = Note.objects.filter(body__regex=r"^N\d+ of C\d+$").values_list("body", flat=True)
        wanted = Counter(f"N{n} of C{c}" for n in range(NOTES) for c in range(CUSTOMERS))
        assert Counter(bodies) == wanted
        steps = RuleStep.objects.filter(run__rule__name="R", is_done=True).count()
        assert steps == CUSTOMERS * NOTES
    connection.set_schema_to_public()
