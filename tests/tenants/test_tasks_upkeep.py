"""The service's own house is kept."""
from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.models.functions import Now

from tenants import upkeep
from tenants.models import NightRun, Outbox, Tenant, Wakeup
from tests.tenants.test_pump import session, write


def test_messages_done_long_ago_and_old_nights_are_forgotten(db: None) -> None:
    tenant = Tenant.objects.get(schema_name="t_a")
    for days in (6, 8):
        Outbox.objects.create(
            schema_name="t_a", task="x", queue="x", state="done", finished_at=Now() - timedelta(days=days))
    waiting = Outbox.objects.create(schema_name="t_a", task="x", queue="x", created_at=Now() - timedelta(days=30))
    for days in (80, 100):
        NightRun.objects.create(
            tenant=tenant, job="x", local_date=date(2026, 1, 1) - timedelta(days=days), as_of=datetime.now(UTC),
            created_at=Now() - timedelta(days=days))
    assert upkeep.tidy() == 2
    assert Outbox.objects.count() == 2
    assert Outbox.objects.filter(pk=waiting.pk).exists()
    assert NightRun.objects.count() == 1


def test_a_transaction_that_holds_the_feed_back_is_named(ledger: None, caplog: pytest.LogCaptureFixture) -> None:
    with session() as early, session() as late:
        write(early, "early")
        write(late, "late")
        late.execute("UPDATE public.tenants_wakeup SET not_before = now() - interval '2 minutes'")
        late.commit()
        with caplog.at_level(logging.ERROR):
            assert upkeep.watch() >= 1
        assert "wait for the oldest open transaction" in caplog.text
        early.rollback()
    Wakeup.objects.all().delete()
    assert upkeep.watch() == 0
