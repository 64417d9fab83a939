"""Indexes of custom fields: asked for by people, made in the background beside the tenant's work, and remembered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.core.actors import SYSTEM, Actor
from crm.core.custom.columns import NEVER_SORTED, NUMERIC
from crm.core.custom.known import changed_here, stamp_raise
from crm.core.customising.later import INDEX, index_later
from crm.core.customising.noting import MANAGE, field_locked, keep_changed, tell, told
from crm.core.errors import CrmError
from crm.core.models import CustomField
from crm.core.permissions import permit
from crm.core.registry import registry
from tenants.tasks import enqueue

MOST_INDEXED = 8  # a noun: each costs every save a little
AGAIN = timedelta(seconds=20)


def custom_index_make(id: UUID, *, actor: Actor) -> CustomField:
    """Ask for a field's index: once it is there, lists can be sorted by the field and its filters need no reading."""
    permit(actor, MANAGE)
    with transaction.atomic():
        stamp, one = stamp_raise(), field_locked(id)
        refuse_index(one)
        if not one.is_indexed:
            before, one.is_indexed = told(one), True
            keep_changed(one, before, "changed", stamp, actor)
            index_later(one)
    return one


def custom_index_drop(id: UUID, *, actor: Actor) -> CustomField:
    """Do without a field's index: lists sorted by it are refused from now on."""
    permit(actor, MANAGE)
    with transaction.atomic():
        stamp, one = stamp_raise(), field_locked(id)
        if one.is_indexed:
            before, one.is_indexed, one.indexed_at = told(one), False, None
            keep_changed(one, before, "changed", stamp, actor)
            index_later(one)
    return one


def refuse_index(one: CustomField) -> None:
    """Not every kind sorts, and not every field can have an index."""
    if one.retired_at is not None:
        raise CrmError("conflict", _("This field is retired; bring it back first."), status=409)
    if one.kind in NEVER_SORTED or one.is_sensitive:
        raise CrmError("not_here", _("Lists cannot be sorted by a field of this kind."), status=409)
    others = CustomField.objects.filter(object_type=one.object_type, is_indexed=True, retired_at=None)
    if others.exclude(pk=one.pk).count() >= MOST_INDEXED:
        text = _("A noun can have %(limit)s indexes of your own; drop one first.") % {"limit": MOST_INDEXED}
        raise CrmError("limit", text, status=409, max=MOST_INDEXED)


def index_settle(label: str, key: str) -> None:
    """Make or drop a field's index, whichever is wanted at the end; one worker at a time."""
    with alone(key) as is_mine:
        if not is_mine:
            enqueue(INDEX, at=timezone.now() + AGAIN, label=label, key=key)
            return
        while (one := CustomField.objects.filter(key=key).first()) is not None and is_wanted(one):
            if not is_valid(key):
                index_build(label, one)
            if index_note(one.pk):
                return
        statement(f'DROP INDEX {concurrently()} IF EXISTS "{name_of(key)}"')


def is_wanted(one: CustomField) -> bool:
    """Whether the field is in use and shall have its index."""
    return one.is_indexed and one.retired_at is None


def index_note(pk: UUID) -> bool:
    """Remember that the index is there; false if it is no longer wanted."""
    with transaction.atomic():
        stamp, one = stamp_raise(), field_locked(pk)
        if not is_wanted(one):
            return False
        if one.indexed_at is None:
            one.indexed_at = timezone.now()
            one.save(update_fields=["indexed_at"])
            tell("indexed", one, {"name": one.name}, {"name": one.name}, SYSTEM.by(via="job"))
            changed_here(stamp)
    return True


def name_of(key: str) -> str:
    """The index's name; keys are letters and digits."""
    return f"custom_{key}"


def concurrently() -> str:
    """Without holding up writes, which no transaction can do; inside one the index is made plainly."""
    return "" if connection.in_atomic_block else "CONCURRENTLY"


def index_build(label: str, one: CustomField) -> None:
    """The index over live rows by (value, id); what a broken attempt left behind goes first."""
    table = registry[label].model._meta.db_table
    value = f"(custom ->> '{one.key}')"
    value = f"({value}::numeric)" if one.kind in NUMERIC else value
    statement(f'DROP INDEX {concurrently()} IF EXISTS "{name_of(one.key)}"')
    statement(f'CREATE INDEX {concurrently()} "{name_of(one.key)}" ON "{table}" ({value}, id) WHERE deleted_at IS NULL')
    statement(f'ANALYZE "{table}"')


def statement(sql: str) -> None:
    """Run a statement that is made of our own names only."""
    with connection.cursor() as cursor:
        cursor.execute(sql)


def is_valid(key: str) -> bool:
    """Whether the index stands, whole."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.indisvalid FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid "
            "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relname = %s",
            [connection.schema_name, name_of(key)],  # type: ignore[attr-defined]  # the tenants' connection has it
        )
        row = cursor.fetchone()
    return row is not None and bool(row[0])


@contextmanager
def alone(key: str) -> Iterator[bool]:
    """Whether nobody else works on this index; the lock is the connection's, for CONCURRENTLY takes no transaction.

    Nobody waits for it: a waiting statement would be one that CREATE INDEX CONCURRENTLY itself waits for.
    """
    words = f"{connection.schema_name}\x00index\x00{key}"  # type: ignore[attr-defined]  # the tenants' connection has it
    number = int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest(), signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        is_mine = bool(cursor.fetchone()[0])
    try:
        yield is_mine
    finally:
        if is_mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])
