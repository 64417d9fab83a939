"""How long a sample takes to be made and scored, to be copied, and to be removed; and the rest of a sign-up.

Asked for: pattern ≤ 60 s, copy ≤ 2 s, removal < 3 s, the transaction of a sign-up ≤ 15 ms with the sample aside.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db import connection, transaction

from crm.core.actors import SYSTEM
from crm.exchange.samples.copying import sample_copy
from crm.exchange.samples.patterns import pattern_build, pattern_name
from crm.exchange.samples.removal import sample_remove
from crm.exchange.samples.shop import shop_make
from tenants.context import in_schema, inside
from tenants.ready import ready_build
from tenants.services import tenant_open
from tests.database import database_copied

ROUNDS = 5


@contextmanager
def measured(what: str) -> Iterator[None]:
    """Print the seconds of a step."""
    begin = time.perf_counter()
    yield
    sys.stdout.write(f"{what:<44}{time.perf_counter() - begin:8.3f} s\n")
    sys.stdout.flush()


def main() -> None:
    """Each step as often as it is worth."""
    today = datetime.now(tz=UTC).date()
    with measured("the shop, as rows in memory"):
        shop_make(as_of=today)
    with database_copied(is_sampled=True), in_schema():
        with measured("a pattern: tables, rows, models, scores"), transaction.atomic():
            pattern_build(f"{pattern_name('shop', 'en')}_again", "shop", "en", today)
        for _ in range(ROUNDS):
            ready = ready_build()
            with in_schema(ready.schema_name), measured("copy into an empty schema"):
                sample_copy("shop")
            with in_schema(ready.schema_name), measured("removal"):
                sample_remove(actor=SYSTEM)
        for n in range(ROUNDS):
            ready_build("shop")
            with measured("sign-up: one transaction"):
                tenant = tenant_open(slug=f"bench-{n}", name="Bench", email="o@bench.test", password_hash="!")
            with inside(tenant), connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM customers_customer")


if __name__ == "__main__":
    main()
