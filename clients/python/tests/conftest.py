"""These tests speak to a running Kith: KITH_URL is a company's address, KITH_KEY an API key that may do everything."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest

from kith_client import Kith


@pytest.fixture
def kith() -> Iterator[Kith]:
    """The company's API."""
    missing = [name for name in ("KITH_URL", "KITH_KEY") if not os.environ.get(name)]
    if missing:
        pytest.fail(f"set {' and '.join(missing)}: `./kith up` prints an address and a key")
    with Kith(os.environ["KITH_URL"], os.environ["KITH_KEY"]) as kith:
        yield kith


@pytest.fixture
def mark() -> str:
    """A word that no record holds yet, so that the tests may be run again and again."""
    return f"mark{uuid.uuid4().hex[:12]}"
