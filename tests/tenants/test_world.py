"""The three tenants that all other tests rely on."""
from django.db import connection

from crm.team.models import User
from tenants.context import inside
from tenants.models import Tenant
from tests.rows import tenant_models, texts_without
from tests.world import CANARIES


def test_no_table_of_a_tenant_is_empty(tenant: Tenant) -> None:
    assert [model._meta.label for model in tenant_models() if not model._base_manager.exists()] == []


def test_every_text_of_every_row_has_the_canary(tenant: Tenant) -> None:
    assert list(texts_without(CANARIES["a"])) == []


def test_the_clone_has_the_same_ids_and_b_has_not(tenant: Tenant, other: Tenant, clone: Tenant) -> None:
    mine = set(User.objects.values_list("pk", "password"))
    with inside(clone):
        assert set(User.objects.values_list("pk", "password")) == mine
    with inside(other):
        assert not User.objects.filter(pk__in=[pk for pk, _ in mine]).exists()


def test_the_path_is_the_tenant_and_the_extensions(tenant: Tenant) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW search_path")
        assert cursor.fetchone()[0] == f"{tenant.schema_name}, ext"
