"""What tests of selling begin with."""

from __future__ import annotations

from typing import Any

import pytest

from crm.core.actors import SYSTEM
from crm.core.services import record_save
from crm.sales.models import Product
from tests.examples import count


@pytest.fixture
def pot(tenant: Any) -> str:
    """A product with a price of its own."""
    values = {"name": f"Pot {next(count)}", "unit_price": "20", "currency": "USD", "category": "Kitchen"}
    return str(record_save(Product, values, actor=SYSTEM))
