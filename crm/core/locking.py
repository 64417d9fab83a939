"""Locks on words: held by a transaction, gone with it, whatever becomes of its process."""

from __future__ import annotations

import hashlib

from django.db import connection


def try_lock(*words: str) -> bool:
    """Take the lock that these words name, until the transaction ends; False where another transaction holds it.

    The tenant's schema is one of the words, for locks are the whole database's.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number_of(words)])
        return bool(cursor.fetchone()[0])


def wait_lock(*words: str) -> None:
    """Take the lock that these words name as soon as no other transaction holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number_of(words)])


def number_of(words: tuple[str, ...]) -> int:
    """The number by which PostgreSQL knows the lock."""
    text = "\x00".join((str(connection.schema_name), *words))  # type: ignore[attr-defined]  # the tenants' connection has it
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), signed=True)
