"""Opening and closing a tenant."""
from __future__ import annotations

import threading
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection

from crm.team.models import User
from tenants.context import OutsideTenant, current, in_schema, inside
from tenants.models import Domain, ReadySchema, SchemaVersion, Tenant
from tenants.ready import pool_fill
from tenants.services import NoReadySchema, SlugTaken, tenant_open
from tenants.versions import schema_version

pytestmark = pytest.mark.usefixtures("three_ready")
VALUES: dict[str, Any] = {
    "slug": "new-ltd", "name": "New Ltd", "email": "boss@new.test", "password_hash": "!", "sample": False,
}


def test_it_claims_the_oldest_ready_schema(db: None) -> None:
    ready = ReadySchema.objects.filter(sample="").order_by("pk").first()
    opened = tenant_open(**VALUES)
    assert opened.schema_name == ready.schema_name
    assert not ReadySchema.objects.filter(pk=ready.pk).exists()
    assert SchemaVersion.objects.get(schema_name=opened.schema_name).version == schema_version()
    with inside(opened):
        assert User.objects.get().email == "boss@new.test"


def test_it_stands_where_it_stood(tenant: Tenant) -> None:
    tenant_open(**VALUES)
    assert current() == tenant


def test_it_opens_whole_or_not_at_all(db: None) -> None:
    free = ReadySchema.objects.count()
    with pytest.raises(IntegrityError):
        tenant_open(**VALUES | {"password_hash": None})
    assert ReadySchema.objects.count() == free
    assert not Domain.objects.filter(domain__startswith="new-ltd").exists()
    assert not Tenant.objects.filter(slug="new-ltd").exists()


def test_a_stale_schema_is_never_claimed(db: None) -> None:
    ReadySchema.objects.update(version="old")
    with pytest.raises(NoReadySchema):
        tenant_open(**VALUES)


def test_a_plain_tenant_does_not_get_a_sampled_schema(db: None) -> None:
    ReadySchema.objects.update(sample="shop")
    with pytest.raises(NoReadySchema):
        tenant_open(**VALUES)


def test_a_slug_is_given_once(db: None) -> None:
    tenant_open(**VALUES)
    free = ReadySchema.objects.count()
    with pytest.raises(SlugTaken):
        tenant_open(**VALUES)
    assert ReadySchema.objects.count() == free


@pytest.mark.parametrize("slug", ["a", "A-B", "a_b", "www", "x" * 41, "a--b", "-ab", "\x00ab"])
def test_a_slug_that_is_no_host_name_is_refused(db: None, slug: str) -> None:
    with pytest.raises(ValidationError):
        tenant_open(**VALUES | {"slug": slug})


def test_racing_sign_ups_get_schemas_of_their_own(committed: Tenant) -> None:
    pool_fill({"": 2})
    opened: list[str] = []

    def open_one(number: int) -> None:
        opened.append(tenant_open(**VALUES | {"slug": f"racer-{number}"}).schema_name)
        connection.close()

    threads = [threading.Thread(target=open_one, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(opened)) == 2


def test_there_is_no_current_tenant_outside(db: None) -> None:
    with in_schema(), pytest.raises(OutsideTenant):
        current()
