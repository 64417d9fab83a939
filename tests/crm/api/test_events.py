"""The change feed: in the order of commits, nothing missed, nothing twice, nothing that the caller may not see."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from crm.api.tasks import night_job
from crm.core.actors import SYSTEM
from crm.core.feed import feed_end
from crm.core.models import Event, FeedCursor
from crm.core.registry import registry
from crm.core.services import Change, records_delete, records_save
from crm.customers.models import Customer
from crm.team.models import Role, User
from tenants.context import inside
from tenants.models import Tenant
from tests.crm.api.asking import made, sent
from tests.gadgets.models import Gadget
from tests.tenants.conftest import until

FEED = "/api/v1/events"
CUSTOMERS = "/api/v1/customers"
WRITERS, TOTAL = 8, 50_000


@pytest.fixture
def settled(committed: Tenant) -> Tenant:
    """A tenant whose writes commit: the feed shows nothing before that."""
    return committed


def caught_up() -> None:
    """Wait until no transaction of this server is older than what was written here."""
    with inside(Tenant.objects.get(schema_name="t_a")):
        newest = Event.objects.order_by("-tx").values_list("tx", flat=True)[0]
        until(lambda: feed_end()[0] > newest, what="older transactions to end", seconds=400)


def all_of(client: Client, query: str, after: str = "") -> list[dict[str, Any]]:
    """Everything behind a cursor, page by page."""
    found: list[dict[str, Any]] = []
    more = True
    while more:
        page = client.get(f"{FEED}?{query}&after={after}" if after else f"{FEED}?{query}").json()
        found, after, more = found + page["results"], page["next"], page["has_more"]
    return found


def test_it_tells_who_did_what_from_what_to_what(settled: Tenant, key_client: Any) -> None:
    client = key_client()
    start = client.get(f"{FEED}?after=now").json()["next"]
    record = sent(client.post, f"{CUSTOMERS}/", {"name": "Ann", "city": "Oslo"}).json()
    changed = sent(client.patch, f"{CUSTOMERS}/{record['id']}", {"city": "Bergen"}, HTTP_X_REQUEST_ID="my-own-id")
    client.delete(f"{CUSTOMERS}/{record['id']}")
    caught_up()
    first, second, third = all_of(client, "types=customers.customer.*", start)
    assert [one["name"].rpartition(".")[2] for one in (first, second, third)] == ["created", "changed", "deleted"]
    assert (second["before"], second["after"]) == ({"city": "Oslo"}, {"city": "Bergen"})
    assert (second["request_id"], second["via"], second["actor"]["kind"]) == (changed["X-Request-Id"], "api", "key")
    assert second["request_id"] == "my-own-id"
    assert second["object"] == {"type": "customers.customer", "id": record["id"]}
    assert all_of(client, "types=sales.pricebook.*", start) == []
    behind = client.get(f"{FEED}?after={first['cursor']}&types=customers.customer.*&page_size=1").json()
    assert ([one["cursor"] for one in behind["results"]], behind["has_more"]) == ([second["cursor"]], True)


def test_it_is_narrowed_by_name_and_by_object(settled: Tenant, key_client: Any) -> None:
    client = key_client()
    start = client.get(f"{FEED}?after=now").json()["next"]
    with inside(settled):
        customer, gadget = made(registry["customers.customer"]), made(registry["gadgets.gadget"])
    caught_up()

    def names(query: str) -> list[str]:
        return [one["name"] for one in all_of(client, query, start)]

    assert names("types=gadgets.gadget.created") == ["gadgets.gadget.created"]
    assert set(names("types=*.created")) >= {"gadgets.gadget.created", "customers.customer.created"}
    assert names("types=gadgets.*,customers.*.deleted") == ["gadgets.gadget.created"]
    assert names(f"object=customers:{customer}") == ["customers.customer.created"]
    assert names(f"object=gadgets.gadget:{gadget}") == ["gadgets.gadget.created"]
    assert set(names("object=gadgets")) == {"gadgets.gadget.created"}


def test_nobody_is_told_what_they_may_not_see(settled: Tenant, key_client: Any, client_for: Any) -> None:
    with inside(settled):
        role = Role.objects.get(code="member")
        Role.objects.filter(pk=role.pk).update(
            hidden_fields=["customers.customer.city"],
            reach={"customers.customer": {"see": "own"}},
            permissions=["customers.view_customer"],
        )
        member = User.objects.get(role=role)
        values = {"name": "Mine", "city": "Oslo", "owner": member.pk}
        changes = [Change(values), Change({**values, "name": "Theirs", "owner": None})]
        mine, theirs = records_save(Customer, changes, actor=SYSTEM).saved.values()
        records_delete(Customer, [mine, theirs], actor=SYSTEM)
        made(registry["gadgets.gadget"])
    caught_up()
    seen = all_of(client_for("member"), "page_size=1000")
    assert {one["object"]["id"] for one in seen} == {str(mine)}
    assert [one["name"] for one in seen] == ["customers.customer.created", "customers.customer.deleted"]
    assert seen[0]["after"]["name"] == "Mine"
    assert "city" not in seen[0]["after"]
    every = all_of(key_client(), "page_size=1000")
    assert {str(mine), str(theirs)} <= {one["object"]["id"] for one in every}
    assert any(one["object"]["type"].startswith("team.") for one in every)
    refused = client_for("member").get(f"{FEED}?object=gadgets")
    assert (refused.status_code, refused.json()["errors"][0]["allowed"]) == (400, ["customers.customer"])


def test_what_is_still_open_holds_the_feed_back_and_is_not_passed_over(settled: Tenant, key_client: Any) -> None:
    client = key_client()
    start = client.get(f"{FEED}?after=now").json()["next"]
    begun, end = threading.Event(), threading.Event()

    def long_writer() -> None:
        with inside(settled), transaction.atomic():
            records_save(Gadget, [Change({"name": "early"})], actor=SYSTEM)
            begun.set()
            end.wait()
        connection.close()

    thread = threading.Thread(target=long_writer)
    thread.start()
    begun.wait()
    with inside(settled):
        records_save(Gadget, [Change({"name": "late"})], actor=SYSTEM)
    waiting = client.get(f"{FEED}?after={start}&types=gadgets.*").json()
    assert waiting["results"] == []
    end.set()
    thread.join()
    caught_up()
    assert [one["after"]["name"] for one in all_of(client, "types=gadgets.*", waiting["next"])] == ["early", "late"]


def test_after_thirty_days_events_leave_the_feed_and_stay_in_history(settled: Tenant, key_client: Any) -> None:
    client = key_client()
    with inside(settled):
        pk = made(registry["gadgets.gadget"])
        old = client.get(f"{FEED}?after=now").json()["next"]
        Event.objects.update(at=timezone.now() - timedelta(days=31))
        made(registry["gadgets.gadget"])
    caught_up()
    with inside(settled):
        night_job(timezone.now())
        assert Event.objects.filter(object_id=pk).exists()
    fresh = all_of(client, "types=gadgets.*")
    assert [one["object"]["id"] for one in fresh] != [str(pk)]
    assert len(fresh) == 1
    with inside(settled):
        FeedCursor.objects.filter(consumer="floor").update(tx=int(old.split(".")[0]) + 1_000_000)
    expired = client.get(f"{FEED}?after={old}")
    assert (expired.status_code, expired.json()["code"]) == (410, "cursor_expired")


@pytest.mark.parametrize(
    "query",
    [
        "after=x", "after=1", "after=-1.2", "after=1.99999999999999999999", "after=%00", "types=a b", "types=(",
        "types=,", "types=sales.dael.*", "types=sale.*",
        "types=" + ",".join(["a.*"] * 21), "object=nobody", "object=customers:7", "page_size=0",
        "page_size=1001", "object=customers:" + "-" * 36, "colour=red",
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(tenant: Any, key_client: Any, query: str) -> None:
    answer = key_client().get(f"{FEED}?{query}")
    assert answer.status_code == 400
    assert answer.json()["code"] in {"bad_cursor", "bad_value", "unknown_parameter", "bad_request"}


def writing(number: int, tenant: Tenant, done: list[UUID]) -> None:
    """One writer: transactions of many events that stay open for a random while; some are rolled back."""
    chance = random.Random(number)
    with inside(tenant):
        while len(done) < TOTAL // WRITERS:
            count = min(TOTAL // WRITERS - len(done), chance.randint(1, 900))
            with transaction.atomic():
                outcome = records_save(Gadget, [Change({"name": f"{number}"})] * count, actor=SYSTEM)
                time.sleep(chance.random() * 0.05)
                is_lost = chance.random() < 0.1
                transaction.set_rollback(is_lost)
            done += [] if is_lost else outcome.saved.values()
    connection.close()


def test_under_eight_writers_it_misses_and_doubles_nothing(settled: Tenant, key_client: Any) -> None:
    client = key_client()
    after = client.get(f"{FEED}?after=now").json()["next"]
    written: list[list[UUID]] = [[] for _ in range(WRITERS)]
    threads = [threading.Thread(target=writing, args=(n, settled, written[n])) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    read: list[str] = []
    is_last = False
    while not is_last:
        is_last = not any(thread.is_alive() for thread in threads)
        if is_last:
            caught_up()
        more = True
        while more:
            page = client.get(f"{FEED}?types=gadgets.gadget.*&page_size=1000&after={after}").json()
            read += [one["object"]["id"] for one in page["results"]]
            after, more = page["next"], page["has_more"]
    wanted = [str(pk) for each in written for pk in each]
    assert len(wanted) == TOTAL
    assert Counter(read) == Counter(wanted)
    place = {pk: at for at, pk in enumerate(read)}
    for each in written:  # a writer's own events come in the order in which they were committed
        assert [place[str(pk)] for pk in each] == sorted(place[str(pk)] for pk in each)
