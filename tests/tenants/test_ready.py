"""Schemas that stand ready: fresh, whole, and no more than are wanted."""
from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tenants import ready, upkeep
from tenants.context import in_schema
from tenants.migrating import PATTERN_SCHEMA
from tenants.models import ReadySchema, Tenant
from tenants.ready import PatternBehind, fresh, opaque_name, pattern_script, pool_fill, ready_build
from tenants.versions import schema_version


def exists(schema: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [schema])
        return bool(cursor.fetchone()[0])


def test_the_pool_is_filled_to_the_number_wanted(committed: Tenant, settings: Any) -> None:
    have = fresh().filter(sample="").count()
    settings.READY_SCHEMAS = {"": have + 1}
    upkeep.pool()
    assert fresh().filter(sample="").count() == have + 1
    assert pool_fill() == 0
    assert fresh().filter(sample="").count() == have + 1


def test_what_is_stale_goes_with_its_schema(committed: Tenant) -> None:
    old = ReadySchema.objects.filter(sample="").first()
    assert old is not None
    ReadySchema.objects.filter(pk=old.pk).update(version="old")
    assert pool_fill({"": 1}) == 0 or fresh().filter(sample="").exists()
    assert not ReadySchema.objects.filter(pk=old.pk).exists()
    assert not exists(old.schema_name)


def test_a_sample_grows_old_and_a_plain_schema_does_not(db: None) -> None:
    ReadySchema.objects.update(made_at=timezone.now() - timedelta(days=ready.SAMPLE_DAYS, hours=1))
    assert set(fresh().values_list("sample", flat=True)) == {""}


def test_who_waits_has_their_kind_made_alone_and_its_successor_before_it_is_too_old(
    committed: Tenant, settings: Any
) -> None:
    settings.SAMPLE_PREPARE = settings.SAMPLE_COPY = "builtins.str"  # what is in it is another test's question
    settings.READY_SCHEMAS = {"": ReadySchema.objects.count() + 2, "bank": 2}
    banks, others = ReadySchema.objects.filter(sample="bank"), ReadySchema.objects.exclude(sample="bank").count()
    cache.add(upkeep.asked_key("bank"), 1)
    upkeep.pool("bank")
    upkeep.pool("bank")
    assert (banks.count(), ReadySchema.objects.exclude(sample="bank").count()) == (1, others)
    assert cache.add(upkeep.asked_key("bank"), 1)
    banks.update(made_at=timezone.now() - timedelta(days=ready.RENEWED_DAYS, hours=1))
    assert pool_fill({"bank": 1}) == 1
    assert fresh().filter(sample="bank").count() == banks.count() == 2


def test_a_schema_that_is_being_claimed_is_not_dropped(committed: Tenant) -> None:
    taken = ReadySchema.objects.filter(sample="").first()
    assert taken is not None
    ReadySchema.objects.filter(pk=taken.pk).update(version="old")
    claimed, done = threading.Event(), threading.Event()

    def claim() -> None:
        with transaction.atomic():
            ReadySchema.objects.select_for_update().get(pk=taken.pk)
            claimed.set()
            done.wait(30)
        connection.close()

    thread = threading.Thread(target=claim)
    thread.start()
    claimed.wait(30)
    with in_schema():
        ready.stale_drop()
    assert exists(taken.schema_name)
    done.set()
    thread.join()


def test_building_fails_whole(committed: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "opaque_name", lambda: "t_unlucky")
    monkeypatch.setattr(ready, "schema_version", lambda: None)
    monkeypatch.setattr(ready, "pattern_script", lambda version: 'CREATE SCHEMA "kith_placeholder";')
    before = ReadySchema.objects.count()
    with pytest.raises(IntegrityError, match="null"):
        ready_build()
    assert ReadySchema.objects.count() == before
    assert not exists("t_unlucky")


def test_a_pattern_that_is_behind_makes_nothing(committed: Tenant) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{PATTERN_SCHEMA}".django_migrations WHERE app = %s', ["gadgets"])  # noqa: S608
    pattern_script.cache_clear()
    with pytest.raises(PatternBehind), in_schema():
        pattern_script(schema_version())


def test_names_say_nothing_and_sort_by_birth() -> None:
    names = [opaque_name() for _ in range(3)]
    assert len(set(names)) == 3
    assert {len(name) for name in names} == {28}
    assert names[0][:8] == names[2][:8]
