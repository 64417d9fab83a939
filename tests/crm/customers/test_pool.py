"""The public pool: one claim wins, what nobody follows up comes back, and limits hold."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone

from crm.core.actors import SYSTEM, Actor
from crm.core.errors import CrmError
from crm.core.models import Event
from crm.core.registry import registry
from crm.core.services import record_save
from crm.core.verbs import verb_run
from crm.customers.models import Customer, PoolRule
from crm.customers.services.pool import pool_return
from crm.sales.models import Lead
from crm.team.models import Role, User
from crm.team.services import actor_of_user
from tenants.context import inside

CUSTOMERS, LEADS = registry["customers.customer"], registry["sales.lead"]


def customer(**values: Any) -> Customer:
    """A customer of these values."""
    return Customer.objects.get(pk=record_save(Customer, {"name": "Pool & Co", **values}, actor=SYSTEM))


def person(role: str) -> Actor:
    """Somebody of a role."""
    return actor_of_user(User.objects.get(email=f"{role}@kith.test"), via="page")


def ruled(noun: str = "customers.customer", **values: Any) -> None:
    """The only rule of this noun's pool."""
    PoolRule.objects.filter(noun=noun).delete()
    record_save(PoolRule, {"name": "Rule", "noun": noun, **values}, actor=SYSTEM)


def test_who_claims_a_customer_becomes_its_owner_and_gives_it_back(tenant: Any) -> None:
    one, actor = customer(), person("member")
    verb_run(CUSTOMERS, "claim", one.pk, actor=actor, inputs={})
    one.refresh_from_db()
    assert (one.owner_id, one.pooled_at) == (actor.person, None)
    assert one.held_at
    verb_run(CUSTOMERS, "release", one.pk, actor=actor, inputs={"reason": "Moved away"})
    one.refresh_from_db()
    assert (one.owner_id, one.held_at, one.pool_reason) == (None, None, "Moved away")
    assert one.pooled_at
    names = list(Event.objects.filter(object_id=one.pk).order_by("seq").values_list("name", flat=True))
    assert names[-2:] == ["customers.customer.claim", "customers.customer.release"]


def test_who_comes_second_is_told_who_was_quicker(tenant: Any) -> None:
    one = customer()
    verb_run(CUSTOMERS, "claim", one.pk, actor=person("manager"), inputs={})
    with pytest.raises(CrmError, match=person("manager").name) as told:
        verb_run(CUSTOMERS, "claim", one.pk, actor=person("member"), inputs={})
    one.refresh_from_db()
    assert told.value.code == "already_claimed"
    assert one.owner_id == person("manager").person


def test_a_program_that_stands_for_nobody_cannot_claim(tenant: Any) -> None:
    one = customer()
    with pytest.raises(CrmError) as told:
        verb_run(CUSTOMERS, "claim", one.pk, actor=SYSTEM, inputs={})
    assert told.value.code == "no_person"
    assert not Event.objects.filter(object_id=one.pk, name__endswith=".claim").exists()


def test_fifty_who_claim_one_customer_at_once_leave_one_owner(committed: Any) -> None:
    with inside(committed):
        one = customer()
        actors = [person("owner"), person("manager"), person("member")]

    def work(n: int) -> str:
        try:
            with inside(committed):
                verb_run(CUSTOMERS, "claim", one.pk, actor=actors[n % 3], inputs={})
            return "claimed"
        except CrmError as refusal:
            return refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(work, range(50)))
    assert sorted(answers) == [*["already_claimed"] * 49, "claimed"]
    with inside(committed):
        (fact,) = Event.objects.filter(object_id=one.pk, name="customers.customer.claim")
        one.refresh_from_db()
        assert fact.after
        assert str(one.owner_id) == fact.after["owner"]


def test_nobody_holds_more_than_the_rule_allows(tenant: Any) -> None:
    actor = person("member")
    held = Customer.objects.filter(owner=actor.person, deleted_at__isnull=True).count()
    ruled(hold_limit=held + 1)
    first, second = customer(), customer()
    verb_run(CUSTOMERS, "claim", first.pk, actor=actor, inputs={})
    with pytest.raises(CrmError) as told:
        verb_run(CUSTOMERS, "claim", second.pk, actor=actor, inputs={})
    second.refresh_from_db()
    assert (told.value.code, second.owner_id) == ("pool_limit", None)


def old(model: Any, owner: UUID | None, days: int = 40, **values: Any) -> Any:
    """A record that somebody has held for so many days."""
    pk = record_save(model, {"name": "Old", "owner": owner, **values}, actor=SYSTEM)
    model.objects.filter(pk=pk).update(held_at=timezone.now() - timedelta(days=days))
    return model.objects.get(pk=pk)


def test_what_nobody_follows_up_goes_back_by_itself_and_says_why(tenant: Any) -> None:
    owner = person("member").person
    ruled(return_days=30)
    left, fresh = old(Customer, owner), old(Customer, owner, days=5)
    spoken, planned = old(Customer, owner), old(Customer, owner)
    Customer.objects.filter(pk=spoken.pk).update(last_follow_up_at=timezone.now() - timedelta(days=3))
    Customer.objects.filter(pk=planned.pk).update(next_follow_up_on=timezone.localdate() + timedelta(days=3))
    assert pool_return(timezone.now()) == 1
    owners = {one.pk: one.owner_id for one in Customer.objects.filter(name="Old")}
    assert owners == {left.pk: None, fresh.pk: owner, spoken.pk: owner, planned.pk: owner}
    assert Customer.objects.get(pk=left.pk).pool_reason == "30 days without follow-up"


def test_leads_that_are_closed_stay_where_they_are(tenant: Any) -> None:
    owner = person("member").person
    ruled("sales.lead", return_days=30)
    working, lost = old(Lead, owner, status="working"), old(Lead, owner, status="unqualified")
    pool_return(timezone.now())
    assert [Lead.objects.get(pk=one.pk).owner_id for one in (working, lost)] == [None, owner]


def test_the_page_of_the_pool_shows_what_nobody_owns_and_claims_many_at_once(tenant: Any, client_for: Any) -> None:
    mine, free = customer(name="Taken Ltd", owner=person("manager").person), [customer(name=f"Free {n}") for n in "ab"]
    client = client_for("member")
    text = client.get("/customers/pool/", {"search": "Free"}).content.decode()
    assert all(str(one.pk) in text for one in free)
    assert str(mine.pk) not in client.get("/customers/pool/").content.decode()
    client.post("/customers/pool/claim/", {"id": [str(one.pk) for one in (*free, mine)]})
    owners = [Customer.objects.get(pk=one.pk).owner_id for one in (*free, mine)]
    assert owners == [person("member").person] * 2 + [person("manager").person]
    told = client.get("/customers/pool/").content.decode()
    assert "2 claimed." in told
    assert "was quicker" in told


def test_who_may_only_read_cannot_claim(tenant: Any, client_for: Any) -> None:
    one, client = customer(), client_for("read-only")
    client.post("/customers/pool/claim/", {"only": str(one.pk)})
    one.refresh_from_db()
    assert one.owner_id is None
    client_for("member").post("/customers/pool/claim/", {"only": str(one.pk)})
    one.refresh_from_db()
    assert one.owner_id == person("member").person


def test_a_noun_without_a_pool_has_no_such_page(tenant: Any, client_for: Any) -> None:
    assert client_for("owner").get("/orders/pool/").status_code == 404
    assert client_for("owner").get("/leads/pool/").status_code == 200


def test_who_reaches_only_their_own_takes_from_the_pool_where_their_role_shows_it(tenant: Any, client_for: Any) -> None:
    free, held = (record_save(Customer, {"name": name}, actor=SYSTEM) for name in ("Free", "Held"))
    stranger = User.objects.get(email="manager@kith.test")
    Customer.objects.filter(pk=held).update(owner=stranger)
    unowned = {"field": "owner", "op": "is_empty", "value": "true"}
    role, own = Role.objects.filter(code="member"), {"see": "own", "change": "own"}
    for says, seen, status in ((own, False, 404), ({**own, "rule": unowned}, True, 302)):
        role.update(reach={"customers.customer": says})
        client = client_for("member")
        page = client.get("/customers/pool/").content.decode()
        assert ("Free" in page, "Held" in page) == (seen, False)
        assert client.post(f"/customers/{held}/claim/").status_code == 404
        assert client.post(f"/customers/{free}/claim/").status_code == status
    owner = User.objects.get(email="member@kith.test").pk
    assert [Customer.objects.get(pk=pk).owner_id for pk in (free, held)] == [owner, stranger.pk]


def test_a_converted_lead_is_not_in_the_pool(tenant: Any, client_for: Any) -> None:
    free = record_save(Lead, {"name": "Free to take"}, actor=SYSTEM)
    gone = record_save(Lead, {"name": "Became a customer", "status": "converted"}, actor=SYSTEM)
    page = client_for("member").get("/leads/pool/").content.decode()
    assert (str(free) in page, str(gone) in page) == (True, False)
    with pytest.raises(CrmError) as refusal:
        verb_run(LEADS, "claim", gone, actor=person("member"), inputs={})
    assert refusal.value.code == "not_in_pool"
    assert Lead.objects.get(pk=gone).owner_id is None
    verb_run(LEADS, "claim", free, actor=person("member"), inputs={})
    assert Lead.objects.get(pk=free).owner_id == person("member").person
