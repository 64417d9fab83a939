"""Every wall holds, and every wall is needed."""
import pytest

from tenants.models import Tenant
from tests.isolation.defences import DEFENCES, Defence

EACH = pytest.mark.parametrize("defence", DEFENCES, ids=lambda defence: defence.name)


@EACH
def test_it_holds(tenant: Tenant, clone: Tenant, defence: Defence) -> None:
    assert not defence.probe(clone)


@EACH
def test_without_it_something_leaks(
    tenant: Tenant, clone: Tenant, defence: Defence, monkeypatch: pytest.MonkeyPatch,
) -> None:
    defence.off(monkeypatch)
    assert defence.probe(clone)
