"""An app that people connect, and what the first of them agreed to."""

from __future__ import annotations

from typing import Any

import pytest
from oauth2_provider.models import Application

from crm.core.actors import SYSTEM
from crm.team.connections import app_create
from tenants.services import host_of
from tests.crm.team.asking import BACK, Shop, code_of


@pytest.fixture
def shop(tenant: Any) -> Shop:
    """An app that acts for people, and no other."""
    Application.objects.all().delete()
    app, secret = app_create("Shop", actor=SYSTEM, scopes=["customers.*", "*.view_*"], redirect_uris=[BACK])
    return Shop(app, secret, host_of(tenant.slug))


@pytest.fixture
def code(shop: Shop, client_for: Any) -> str:
    """What the owner's agreement gave."""
    return code_of(client_for("owner").post(shop.asking(), {"answer": "allow"}))


@pytest.fixture
def tokens(shop: Shop, code: str) -> dict[str, Any]:
    """What the code gave."""
    answer = shop.redeem(code)
    assert answer.status_code == 200, answer.content
    told: dict[str, Any] = answer.json()
    return told
