"""Each wall between tenants: how to take it down, and a probe that then sees, or spoils, another tenant's rows.

A probe stands in tenant A, is given its clone C, and answers whether something leaked. With the wall up it must say no,
with the wall down yes: the second half proves that the first is not blind.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.contrib.sessions.backends import db as database_sessions
from django.core import signing as django_signing
from django.core.cache import cache, caches
from django.core.cache.backends.base import default_key_func
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import DatabaseError, OperationalError, connection, transaction
from django.utils.crypto import salted_hmac
from django_tenants.postgresql_backend import base as library

from crm.core.actors import SYSTEM
from crm.core.custom import known
from crm.core.registry import registry
from crm.customers.models import Contact, Customer
from crm.team.models import ApiKey, User
from crm.team.services import api_key_create, api_key_find, reset_find, reset_token
from tenants import ownership, signing
from tenants.context import inside
from tenants.database.base import DatabaseWrapper
from tenants.models import Tenant
from tenants.ownership import WrongTenant
from tenants.sessions import SessionStore

REVERSE = Contact._meta.get_field("customer").remote_field.get_accessor_name()
Probe = Callable[[Tenant], bool]
Off = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Defence:
    """A wall."""

    name: str
    off: Off
    probe: Probe


def whose() -> str:
    """Whose rows a query sees: the canary of the first customer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT notes FROM customers_customer ORDER BY id LIMIT 1")
        return str(cursor.fetchone()[0])[-1]


# The path

def set_fails(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    """The server refuses to set the path: what a cancelled statement looks like, every time."""
    if sql.startswith("SET search_path"):
        raise OperationalError("canceling statement due to user request")
    return execute(sql, params, many, context)


def probe_failed_set(clone: Tenant) -> bool:
    assert whose() == "a"
    with connection.execute_wrapper(set_fails), inside(clone):
        try:
            return whose() == "a"
        except OperationalError:
            return False


def path_swallowing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(DatabaseWrapper, "_handle_search_path", library.DatabaseWrapper._handle_search_path)


def path_with_public(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(DatabaseWrapper, "_get_cursor_search_paths", library.DatabaseWrapper._get_cursor_search_paths)


def probe_public_tables(clone: Tenant) -> bool:
    connection.set_tenant(connection.tenant)  # the path is set anew
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM tenants_tenant")
            return bool(cursor.fetchone()[0])
    except DatabaseError:
        return False


# Objects

def no_stamps(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ownership, "schema_of", lambda instance: None)


def refused(act: Callable[[], Any]) -> bool:
    try:
        act()
    except (WrongTenant, ValueError):
        return True
    return False


def probe_save(clone: Tenant) -> bool:
    mine = Customer.objects.first()
    mine.name = "overwritten"
    with inside(clone):
        refused(mine.save)
        return Customer.objects.filter(name="overwritten").exists()


def probe_save_using(clone: Tenant) -> bool:
    mine = Customer.objects.first()
    mine.name = "overwritten"
    with inside(clone):
        refused(lambda: mine.save(using="default"))
        return Customer.objects.filter(name="overwritten").exists()


def probe_saved_then_changed(clone: Tenant) -> bool:
    mine = Customer(name="made here")
    mine.save()
    with inside(clone):
        refused(mine.save)
        return Customer.objects.filter(name="made here").exists()


def probe_delete(clone: Tenant) -> bool:
    mine = Contact.objects.first()
    with inside(clone):
        before = Contact.objects.count()
        refused(mine.delete)
        return Contact.objects.count() != before


def probe_bulk_update(clone: Tenant) -> bool:
    mine = Customer.objects.first()
    mine.name = "overwritten"
    with inside(clone):
        refused(lambda: Customer.objects.bulk_update([mine], ["name"]))
        return Customer.objects.filter(name="overwritten").exists()


def probe_refresh(clone: Tenant) -> bool:
    mine = Customer.objects.first()
    with inside(clone):
        refused(mine.refresh_from_db)
    return mine.notes.endswith("c")


def probe_relation(clone: Tenant) -> bool:
    mine = Contact.objects.first()
    with inside(clone):
        return not refused(lambda: mine.customer)


def probe_reverse_relation(clone: Tenant) -> bool:
    mine = Customer.objects.first()
    with inside(clone):
        return not refused(lambda: list(getattr(mine, REVERSE).all()))


def probe_assignment(clone: Tenant) -> bool:
    mine = Customer.objects.first()
    with inside(clone):
        theirs = Contact.objects.first()
        return not refused(lambda: setattr(theirs, "customer", mine))


def no_guard(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ownership, "guarded", lambda rows: rows)


def probe_iterator(clone: Tenant) -> bool:
    User.objects.create(email="second@kith.test", role_id=User.objects.values_list("role_id", flat=True)[0])
    rows = User.objects.iterator(chunk_size=1)
    next(rows)
    with inside(clone):
        return not refused(lambda: next(rows))


# Beside the database

def key_function_off(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(caches["default"], "key_func", default_key_func)


def probe_cache(clone: Tenant) -> bool:
    cache.set("worklist", "rows of a", 30)
    assert cache.get("worklist") == "rows of a"
    with inside(clone):
        return cache.get("worklist") is not None


def session_salt_off(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SessionStore, "key_salt", "django.contrib.sessions.SessionStore")


def probe_session_row(clone: Tenant) -> bool:
    """A row of A's that came into C with a copy."""
    mine = SessionStore()
    mine["draft"] = "of a"
    mine.save()
    assert SessionStore(mine.session_key).get("draft") == "of a"
    row = database_sessions.SessionStore.get_model_class().objects.values().get(session_key=mine.session_key)
    with inside(clone):
        database_sessions.SessionStore.get_model_class().objects.create(**row)
        return SessionStore(mine.session_key).get("draft") is not None


def session_hash_off(patch: pytest.MonkeyPatch) -> None:
    def plain(self: User, secret: Any = None) -> str:
        return salted_hmac("crm.team.session", self.password, secret=secret, algorithm="sha256").hexdigest()
    patch.setattr(User, "_schema_hash", plain)


def probe_session_hash(clone: Tenant) -> bool:
    mine = User.objects.get(email="owner@kith.test").get_session_auth_hash()
    with inside(clone):
        return User.objects.get(email="owner@kith.test").get_session_auth_hash() == mine


def salt_off(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(signing, "salt_here", lambda purpose: f"kith.{purpose}")


def probe_signature(clone: Tenant) -> bool:
    text = signing.sign({"pk": 1}, purpose="invitation")
    assert signing.unsign(text, purpose="invitation") == {"pk": 1}
    with inside(clone):
        try:
            return bool(signing.unsign(text, purpose="invitation"))
        except signing.BadSignature:
            return False


def reset_salt_off(patch: pytest.MonkeyPatch) -> None:
    salt_off(patch)
    session_hash_off(patch)


def probe_reset_token(clone: Tenant) -> bool:
    token = reset_token(User.objects.get(email="owner@kith.test"))
    assert reset_find(token) is not None
    with inside(clone):
        return reset_find(token) is not None


def probe_api_key(clone: Tenant) -> bool:
    """The row of a key of A's that came into C with a copy."""
    key, plain = api_key_create("cloned", actor=SYSTEM, scopes=["*"])
    assert api_key_find(plain) is not None
    row = ApiKey.objects.values().get(pk=key.pk)
    with inside(clone):
        ApiKey.objects.create(**row)
        return api_key_find(plain) is not None


def tokens_off(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(signing.TenantTokens, "_make_hash_value", PasswordResetTokenGenerator._make_hash_value)


def probe_django_token(clone: Tenant) -> bool:
    mine = User.objects.get(email="owner@kith.test")
    token = signing.tokens.make_token(mine)
    assert signing.tokens.check_token(mine, token)
    with inside(clone):
        return signing.tokens.check_token(User.objects.get(email="owner@kith.test"), token)


def signer_off(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(signing.TenantSigner, "__init__", django_signing.TimestampSigner.__init__)


def probe_signed_cookie(clone: Tenant) -> bool:
    signed = django_signing.get_cookie_signer(salt="wizard").sign("step 2 of a")
    with inside(clone):
        try:
            return bool(django_signing.get_cookie_signer(salt="wizard").unsign(signed))
        except signing.BadSignature:
            return False


def storage_fixed(patch: pytest.MonkeyPatch) -> None:
    fixed = FileSystemStorage(location=settings.MEDIA_ROOT)
    default_storage._setup()  # it is made at its first use, which may be this one
    for name in ("save", "exists", "delete", "listdir"):
        patch.setattr(default_storage._wrapped, name, getattr(fixed, name), raising=False)


def probe_files(clone: Tenant) -> bool:
    name = default_storage.save("probe/price-list.txt", ContentFile(b"of a"))
    try:
        assert default_storage.exists(name)
        with inside(clone):
            return default_storage.exists(name)
    finally:
        default_storage.delete(name)


class OneForAll(dict[str, Any]):
    """A memory that does not ask whose it is."""

    def get(self, key: str, default: Any = None) -> Any:
        return super().get("all", default)

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__("all", value)


def fields_for_all(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(known, "_known", OneForAll())


def probe_custom_fields(clone: Tenant) -> bool:
    assert "x_kanariaa" in registry["gadgets.gadget"].specs
    with inside(clone):
        return "x_kanariaa" in registry["gadgets.gadget"].specs


DEFENCES = [
    Defence("a SET that fails is not swallowed", path_swallowing, probe_failed_set),
    Defence("the path has no public", path_with_public, probe_public_tables),
    *(Defence(f"objects: {probe.__name__.removeprefix('probe_')}", no_stamps, probe) for probe in (
        probe_save, probe_save_using, probe_saved_then_changed, probe_delete, probe_bulk_update, probe_refresh,
        probe_relation, probe_reverse_relation, probe_assignment)),
    Defence("an iterator stays at home", no_guard, probe_iterator),
    Defence("cache keys", key_function_off, probe_cache),
    Defence("session rows", session_salt_off, probe_session_row),
    Defence("session hash", session_hash_off, probe_session_hash),
    Defence("signatures", salt_off, probe_signature),
    Defence("reset links", reset_salt_off, probe_reset_token),
    Defence("API keys", salt_off, probe_api_key),
    Defence("tokens of Django's kind", tokens_off, probe_django_token),
    Defence("signed cookies", signer_off, probe_signed_cookie),
    Defence("files", storage_fixed, probe_files),
    Defence("custom fields", fields_for_all, probe_custom_fields),
]
