"""Migrations of many schemas: who is behind, who broke, and that the rest goes on."""
from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql

from crm.core.actors import SYSTEM
from crm.core.services import record_save
from crm.sales.models import Order, Payment, Pipeline, Stage
from tenants import migrating
from tenants.checks import session_open
from tenants.context import in_schema, inside
from tenants.migrating import PATTERN_SCHEMA, Outcome, migrate_all, schemas_behind
from tenants.models import ReadySchema, SchemaVersion, Tenant
from tenants.ready import pattern_script
from tenants.rendering import differences
from tenants.versions import schema_version, versions_probe

LAST = "gadgets.0001_initial"


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def set_back(schema: str) -> None:
    """As if the last app had come with this version: its tables are not there, nor is its migration."""
    run(f'DROP TABLE "{schema}".gadgets_gadget CASCADE')
    with in_schema(schema):
        MigrationRecorder.Migration.objects.filter(app="gadgets").delete()


def break_it(schema: str) -> None:
    """Something is in the way of the migration in this schema."""
    set_back(schema)
    run(f'CREATE TABLE "{schema}".gadgets_gadget ()')


def migrate() -> Outcome:
    return migrate_all(lambda line: None)


def go_back(schema: str, target: tuple[str, str]) -> None:
    """The schema as an earlier version had it, with the rows that there are."""
    run("SET CONSTRAINTS ALL IMMEDIATE")
    with in_schema(schema):
        MigrationExecutor(connection).migrate([target])


Rows = dict[str, list[dict[str, Any]]]


def rows_of(schema: str) -> Rows:
    """Every row of every table but the ledger, with all columns."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", [schema])
        for (name,) in cursor.fetchall():
            if name != "django_migrations":
                table = sql.Identifier(schema, name)
                query = sql.SQL("SELECT to_jsonb(one)::text FROM {} one ORDER BY 1").format(table)
                cursor.execute(query)
                found[name] = [json.loads(text) for (text,) in cursor.fetchall()]
    return found


def only(rows: Rows, known: Rows) -> Rows:
    """These rows with the columns that are known, too: what a later version added holds its default."""
    return {
        name: sorted(({k: one[k] for k in known[name][0]} for one in found), key=repr)
        for name, found in rows.items() if known.get(name)
    }  # fmt: skip


def states() -> dict[str, str]:
    return dict(SchemaVersion.objects.values_list("schema_name", "state"))


def test_the_probe_sees_who_is_behind(committed: Tenant) -> None:
    set_back("t_b")
    found = versions_probe(["t_a", "t_b", PATTERN_SCHEMA, "nobody"])
    assert found["t_a"] == found[PATTERN_SCHEMA] == schema_version()
    assert found["t_b"] not in {"", schema_version()}
    assert found["nobody"] == ""


def test_nothing_to_do_is_done_quickly(committed: Tenant, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(20):
        _, behind = schemas_behind()
    assert behind == []


def test_who_is_behind_is_migrated(committed: Tenant) -> None:
    set_back("t_b")
    outcome = migrate()
    assert (outcome.done, outcome.broken) == (["t_b"], {})
    assert versions_probe(["t_b"])["t_b"] == schema_version()
    assert migrate().done == []


def test_a_company_from_before_pipelines_finds_one_and_another_keeps_its_own(committed: Tenant) -> None:
    for schema in ("t_a", "t_b"):
        set_back(schema)
    run('TRUNCATE "t_b".sales_pipeline CASCADE')
    with inside(committed):
        ours = list(Pipeline.objects.values_list("name", flat=True))
    assert migrate().broken == {}
    with inside(committed):
        assert list(Pipeline.objects.values_list("name", flat=True)) == ours
    with inside(Tenant.objects.get(schema_name="t_b")):
        assert [one.name for one in Pipeline.objects.filter(is_default=True)] == ["Sales"]
        assert Stage.objects.count() == 6


def test_a_company_of_an_earlier_version_keeps_every_row(tenant: Tenant) -> None:
    """Back to the first step of an app, over a data migration."""
    order = record_save(Order, {"number": "EUR-1", "currency": "EUR", "exchange_rate": "2"}, actor=SYSTEM)
    for kind in ("payment", "refund"):
        record_save(Payment, {"order": order, "kind": kind, "amount": "30", "paid_on": "2026-01-02"}, actor=SYSTEM)
    today = rows_of("t_a")
    go_back("t_a", ("sales", "0001_tables"))
    old = rows_of("t_a")
    assert "amount_home" not in old["sales_payment"][0]
    assert "interval" not in old["sales_orderline"][0]
    outcome = migrate()
    assert (outcome.done, outcome.broken) == (["t_a"], {})
    now = rows_of("t_a")
    assert only(now, old) == only(today, old)
    assert now["sales_payment"] == today["sales_payment"], "what follows from other rows is worked out again"
    assert sorted(one["amount_home"] for one in today["sales_payment"] if one["order_id"] == str(order)) == [-60, 60]


def steps_forget(schema: str, **which: str) -> None:
    with in_schema(schema):
        MigrationRecorder.Migration.objects.filter(**which).delete()


def test_a_company_that_was_built_step_by_step_is_taken_as_it_is(tenant: Tenant) -> None:
    steps_forget("t_a", name="0001_tables")
    before = rows_of("t_a")
    assert (migrate().done, schemas_behind()[1]) == (["t_a"], [])
    assert rows_of("t_a") == before


def test_a_company_that_misses_one_of_these_steps_is_named_and_left_alone(tenant: Tenant) -> None:
    for which in ({"name": "0001_tables"}, {"app": "customers", "name": "0006_indexes_of_what_is_there"}):
        steps_forget("t_a", **which)
    before = rows_of("t_a")
    outcome = migrate()
    assert (outcome.done, list(outcome.broken)) == ([], ["t_a"])
    assert "Steps of an older version are missing" in outcome.broken["t_a"]
    assert rows_of("t_a") == before


def test_one_broken_tenant_does_not_stop_the_rest(committed: Tenant) -> None:
    break_it("t_a")
    set_back("t_b")
    set_back("t_c")
    outcome = migrate()
    assert outcome.done == ["t_b", "t_c"]
    assert "already exists" in outcome.broken["t_a"]
    assert not outcome.is_stopped
    assert states()["t_a"] == "broken"
    assert "already exists" in SchemaVersion.objects.get(schema_name="t_a").error
    run('DROP TABLE "t_a".gadgets_gadget')
    assert migrate().done == ["t_a"]
    assert (states()["t_a"], SchemaVersion.objects.get(schema_name="t_a").error) == ("current", "")


def test_a_migration_that_breaks_the_pattern_touches_no_tenant(committed: Tenant) -> None:
    break_it(PATTERN_SCHEMA)
    set_back("t_a")
    outcome = migrate()
    assert outcome.is_stopped
    assert outcome.done == []
    assert versions_probe(["t_a"])["t_a"] != schema_version()


def test_a_migration_that_breaks_every_canary_stops(committed: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrating, "CANARIES", 2)
    for schema in ("t_a", "t_b"):
        break_it(schema)
    set_back("t_c")
    outcome = migrate()
    assert (outcome.is_stopped, outcome.done, set(outcome.broken)) == (True, [], {"t_a", "t_b"})


def test_the_command_tells_in_a_table_and_fails(committed: Tenant) -> None:
    break_it("t_b")
    told = StringIO()
    with pytest.raises(CommandError, match=r"t_b +ProgrammingError: .*already exists"):
        call_command("migrate_tenants", stdout=told)
    assert "1 broken" in told.getvalue()


def test_a_lock_is_not_waited_for_and_is_asked_for_again(committed: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    set_back("t_b")
    asked: list[float] = []
    with session_open() as holder:
        holder.autocommit = False
        holder.execute('LOCK TABLE "t_b".customers_customer IN ACCESS EXCLUSIVE MODE')

        def pause(seconds: float) -> None:
            asked.append(seconds)
            holder.rollback()

        monkeypatch.setattr(migrating, "LOCK_TIMEOUT", "100ms")
        monkeypatch.setattr(migrating.time, "sleep", pause)
        outcome = migrate()
    assert (outcome.done, outcome.broken) == (["t_b"], {})
    assert asked == [migrating.LOCK_PAUSE]
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone()[0] == "0"


def test_a_schema_another_runner_is_at_is_left_to_it(committed: Tenant) -> None:
    set_back("t_b")
    with session_open() as rival:
        rival.execute("SELECT pg_advisory_lock(hashtext('tenants.migrate'), hashtext('t_b'))")
        outcome = migrate()
    assert (outcome.done, outcome.broken) == ([], {})


def test_hundreds_of_schemas_are_probed_in_a_few_statements(
    committed: Tenant, django_assert_max_num_queries: Any,
) -> None:
    names = [f"t_many_{number}" for number in range(600)]
    with session_open() as db:
        for name in names:
            db.execute(f'CREATE SCHEMA "{name}"')
            db.execute(sql.SQL("CREATE TABLE {}.django_migrations AS SELECT * FROM t_a.django_migrations").format(
                sql.Identifier(name)))
    with django_assert_max_num_queries(10):
        assert set(versions_probe(names).values()) == {schema_version()}


def test_a_ready_schema_equals_a_migrated_one(committed: Tenant) -> None:
    """Untouched schemas only: sequences do not roll back."""
    ready = ReadySchema.objects.filter(sample="").first()
    assert ready is not None
    assert differences(PATTERN_SCHEMA, ready.schema_name) == []
    run(f'ALTER TABLE "{ready.schema_name}".customers_customer ADD COLUMN odd int')
    assert any("odd" in line for line in differences(PATTERN_SCHEMA, ready.schema_name))


def test_the_script_names_no_schema_but_its_own(db: None) -> None:
    with in_schema():
        script = pattern_script(schema_version())
    assert "kith_pattern" not in script
    assert '"public"' not in script
