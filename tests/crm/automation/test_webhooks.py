"""Webhooks: each event at least once, signed, to those whom it concerns, with what their author may see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from crm.automation.deliveries import deliveries_send, webhooks_hear
from crm.automation.models import Attempt, Delivery, Webhook
from crm.automation.secrets import secret_of
from crm.automation.services import replay_since
from crm.core.actors import SYSTEM, Actor
from crm.core.errors import CrmError
from crm.core.models import Event
from crm.core.registry import registry
from crm.core.services import record_save, records_delete
from crm.core.verbs import verb_run
from crm.customers.models import Customer
from crm.team.acting import actor_of_app
from crm.team.connections import app_create, connection_agree
from crm.team.models import Role, User
from tenants.context import inside
from tenants.models import Tenant
from tests.crm.automation.conftest import later, person, sent
from tests.crm.automation.receiver import Receiver
from tests.gadgets.models import Gadget

Tell = Callable[..., int]


def hook(receiver: Receiver, actor: Actor = SYSTEM, **values: Any) -> Webhook:
    """A webhook that listens to gadgets."""
    given = {"name": "Shop", "url": receiver.url, "events": ["gadgets.gadget.*"], **values}
    return Webhook.objects.get(pk=record_save(Webhook, given, actor=actor))


def gadget(actor: Actor = SYSTEM, **values: Any) -> UUID:
    """A gadget."""
    return record_save(Gadget, {"name": "Pot", "colour": "red", **values}, actor=actor)


def states() -> list[str]:
    """Of all deliveries of this test, in order."""
    rows = Delivery.objects.exclude(event_seq=None).filter(event__startswith="gadgets", tries__gte=0)
    return list(rows.filter(webhook__name="Shop").order_by("event_seq").values_list("state", flat=True))


def verb(webhook: Webhook, name: str, actor: Actor = SYSTEM, **inputs: Any) -> None:
    """One of the webhook's actions."""
    verb_run(registry.of(Webhook), name, webhook.pk, actor=actor, inputs=inputs)
    webhook.refresh_from_db()


@pytest.fixture(autouse=True)
def _alone(tenant: Any) -> None:
    """The webhook that every tenant of the tests has is paused and has nothing to send."""
    Webhook.objects.all().delete()


def test_it_tells_who_did_what_from_what_to_what(receiver: Receiver, owner: Actor, told: Tell) -> None:
    webhook = hook(receiver)
    pk = gadget(owner.by(via="api", request_id="req-1"))
    record_save(Gadget, {"colour": "blue"}, id=pk, actor=owner)
    told(webhooks_hear)
    assert sent() == 2
    created, changed = (request.data for request in receiver.requests)
    assert (created["type"], created["data"]["object"], created["data"]["id"]) == (
        "gadgets.gadget.created", "gadgets.gadget", str(pk),
    )  # fmt: skip
    assert (created["data"]["before"], created["data"]["after"]["colour"]) == (None, "red")
    assert created["data"]["actor"] == {"kind": "user", "id": str(owner.id)}
    assert (created["data"]["via"], created["data"]["request_id"]) == ("api", "req-1")
    assert (changed["data"]["before"], changed["data"]["after"]) == ({"colour": "red"}, {"colour": "blue"})
    assert states() == ["delivered", "delivered"]
    webhook.refresh_from_db()
    assert webhook.delivered_at is not None


def test_the_library_of_the_standard_verifies_it_and_refuses_an_altered_one(receiver: Receiver, told: Tell) -> None:
    webhook = hook(receiver)
    gadget()
    told(webhooks_hear)
    sent()
    (request,) = receiver.requests
    assert Verifier(secret_of(webhook)).verify(request.body, request.headers) == request.data
    assert request.headers["Content-Type"] == "application/json"
    for body, headers in (
        (request.body + b" ", request.headers),
        (request.body, {**request.headers, "webhook-id": "msg_other"}),
        (request.body, {**request.headers, "webhook-timestamp": str(int(request.headers["webhook-timestamp"]) - 1)}),
    ):
        with pytest.raises(WebhookVerificationError):
            Verifier(secret_of(webhook)).verify(body, headers)


def test_during_a_rotation_both_secrets_sign_and_then_only_the_new_one(receiver: Receiver, told: Tell) -> None:
    webhook = hook(receiver)
    old = secret_of(webhook)
    verb(webhook, "rotate")
    new = secret_of(webhook)
    assert new != old
    gadget()
    told(webhooks_hear)
    sent()
    request = receiver.requests[-1]
    assert Verifier(old).verify(request.body, request.headers) == Verifier(new).verify(request.body, request.headers)
    Webhook.objects.update(previous_until=timezone.now() - timedelta(seconds=1))
    gadget()
    told(webhooks_hear)
    sent()
    request = receiver.requests[-1]
    assert Verifier(new).verify(request.body, request.headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(old).verify(request.body, request.headers)


def test_only_named_events_and_records_that_meet_the_conditions_are_told(receiver: Receiver, told: Tell) -> None:
    hook(receiver, events=["gadgets.gadget.created"], conditions={"field": "colour", "op": "eq", "value": "red"})
    red, _blue = gadget(), gadget(colour="blue")
    record_save(Gadget, {"weight": "2"}, id=red, actor=SYSTEM)
    record_save(Customer, {"name": "Lin"}, actor=SYSTEM)
    told(webhooks_hear)
    sent()
    assert [request.data["data"]["id"] for request in receiver.requests] == [str(red)]


def test_nothing_is_told_of_what_was_rolled_back(receiver: Receiver, told: Tell) -> None:
    hook(receiver)
    with transaction.atomic():
        gadget(name="never")
        transaction.set_rollback(True)
    kept = gadget(name="kept")
    told(webhooks_hear)
    sent()
    assert [request.data["data"]["id"] for request in receiver.requests] == [str(kept)]


def test_an_event_heard_twice_is_delivered_once(receiver: Receiver, told: Tell) -> None:
    hook(receiver)
    gadget()
    told(webhooks_hear, webhooks_hear)
    sent()
    assert len(receiver.requests) == 1


def test_what_failed_comes_again_under_the_same_id_until_it_is_taken(receiver: Receiver, told: Tell) -> None:
    hook(receiver)
    answers = iter([(500, {}, b"broken"), None, (302, {"Location": receiver.url}, b""), (200, {}, b"done")])
    receiver.answer = lambda request: next(answers)
    gadget()
    told(webhooks_hear)
    for _ in range(4):
        sent()
        assert sent() == 0  # not before it is due
        later()
    assert (len(receiver.requests), len(receiver.ids()), states()) == (4, 1, ["delivered"])
    tries = list(Attempt.objects.filter(delivery__webhook__name="Shop").order_by("pk"))
    assert [(one.number, one.status, one.error) for one in tries] == [
        (1, 500, ""), (2, None, "connection"), (3, 302, ""), (4, 200, ""),
    ]  # fmt: skip
    assert (tries[0].response, tries[3].response) == ("broken", "done")


def test_the_pauses_are_those_of_the_specification(receiver: Receiver, told: Tell) -> None:
    hook(receiver)
    receiver.answer = lambda request: (503, {}, b"")
    gadget()
    told(webhooks_hear)
    pauses = []
    for _ in range(9):
        sent()
        delivery = Delivery.objects.get(webhook__name="Shop")
        pauses.append((delivery.due_at - timezone.now()).total_seconds())
        later()
    wanted = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
    assert all(0.85 * want < got < 1.15 * want for got, want in zip(pauses, wanted, strict=True))
    sent()
    webhook = Webhook.objects.get(name="Shop")
    assert (webhook.state, states(), len(receiver.requests)) == ("failing", ["failed"], 10)
    event = Event.objects.get(name="automation.webhook.switched_off", object_id=webhook.pk)
    assert event.after == {"state": "failing", "reason": "HTTP 503"}
    gadget()
    told(webhooks_hear)
    assert sent() == 0
    assert len(states()) == 1


def test_410_switches_it_off_at_once(receiver: Receiver, told: Tell) -> None:
    webhook = hook(receiver)
    receiver.answer = lambda request: (410, {}, b"")
    gadget(), gadget()
    told(webhooks_hear)
    sent()
    webhook.refresh_from_db()
    assert (webhook.state, len(receiver.requests), states()) == ("gone", 1, ["failed", "waiting"])


def test_one_who_does_not_answer_is_left_in_peace_for_a_while(receiver: Receiver, told: Tell) -> None:
    webhook = hook(receiver)
    receiver.answer = lambda request: None
    gadget(), gadget(), gadget()
    told(webhooks_hear)
    assert sent() == 1
    assert sent() == 0
    webhook.refresh_from_db()
    assert webhook.failures_count == 1
    receiver.answer = lambda request: (200, {}, b"")
    later()
    assert sent() == 3
    assert len(receiver.ids()) == 3


def test_a_pause_keeps_what_happens_and_resuming_sends_it(receiver: Receiver, told: Tell) -> None:
    webhook = hook(receiver)
    verb(webhook, "pause")
    gadget()
    told(webhooks_hear)
    assert (sent(), states()) == (0, ["waiting"])
    verb(webhook, "resume")
    assert (sent(), states()) == (1, ["delivered"])


def test_a_test_event_arrives_signed(receiver: Receiver, told: Tell) -> None:
    webhook = hook(receiver)
    verb(webhook, "test")
    sent()
    (request,) = receiver.requests
    assert Verifier(secret_of(webhook)).verify(request.body, request.headers)["type"] == "automation.webhook.test"


def test_a_replay_since_sends_what_failed_and_what_was_missed_and_nothing_twice(receiver: Receiver, told: Tell) -> None:
    since = timezone.now() - timedelta(days=1)
    Event.objects.filter(object_type="gadgets.gadget").update(at=since - timedelta(days=1))
    missed = gadget(name="missed")
    webhook = hook(receiver)
    told()
    good = gadget(name="good")
    told(webhooks_hear)
    sent()
    receiver.answer = lambda request: (410, {}, b"")
    lost = gadget(name="lost")
    told(webhooks_hear)
    sent()
    receiver.answer = lambda request: (200, {}, b"")
    receiver.requests.clear()
    webhook.refresh_from_db()
    with pytest.raises(CrmError, match="switched off"):
        verb(webhook, "replay", since=since.isoformat())
    verb(webhook, "resume")
    verb(webhook, "replay", since=since.isoformat())
    replay_since(webhook.pk, since)
    sent()
    told_of = [request.data["data"]["id"] for request in receiver.requests]
    assert sorted(told_of) == sorted([str(missed), str(lost)])
    assert str(good) not in told_of


def test_hidden_fields_and_records_of_others_are_not_told(receiver: Receiver, told: Tell, tenant: Any) -> None:
    Role.objects.filter(code="manager").update(
        hidden_fields=["gadgets.gadget.colour"], reach={"customers.customer": {"see": "own"}})  # fmt: skip
    manager = person("manager")
    hook(receiver, manager, events=["gadgets.gadget.*", "customers.customer.*"])
    with pytest.raises(CrmError):
        hook(receiver, manager, conditions={"field": "colour", "value": "red"})
    gadget()
    mine = record_save(Customer, {"name": "Mine", "owner": str(manager.id)}, actor=SYSTEM)
    record_save(Customer, {"name": "Theirs"}, actor=SYSTEM)
    told(webhooks_hear)
    sent()
    by_object = {request.data["data"]["object"]: request.data["data"] for request in receiver.requests}
    assert len(receiver.requests) == 2
    assert "colour" not in by_object["gadgets.gadget"]["after"]
    assert by_object["gadgets.gadget"]["after"]["name"] == "Pot"
    assert by_object["customers.customer"]["id"] == str(mine)


def test_what_an_app_writes_for_somebody_hears_of_their_own_records(
    receiver: Receiver, told: Tell, tenant: Any
) -> None:
    Role.objects.filter(code="manager").update(reach={"customers.customer": {"see": "own"}})
    app, _secret = app_create("Shop", actor=SYSTEM, scopes=["*"], redirect_uris=["https://shop.example/back"])
    manager = User.objects.select_related("role").get(email="manager@kith.test")
    connection_agree(app, manager, ["*.*"], actor=person("manager"))
    acting = actor_of_app(app, manager, ["*.*"], via="api")
    assert acting is not None
    hook(receiver, acting, events=["customers.customer.*"])
    mine = record_save(Customer, {"name": "Mine", "owner": str(manager.pk)}, actor=SYSTEM)
    record_save(Customer, {"name": "Theirs"}, actor=SYSTEM)
    told(webhooks_hear)
    sent()
    assert [request.data["data"]["id"] for request in receiver.requests] == [str(mine)]


def test_whoever_changes_the_address_is_who_it_acts_for(receiver: Receiver, tenant: Any) -> None:
    webhook, manager = hook(receiver, person("owner")), person("manager")
    record_save(Webhook, {"url": receiver.url + "/mine"}, id=webhook.pk, actor=manager)
    webhook.refresh_from_db()
    assert (webhook.actor_kind, webhook.actor_id) == ("user", manager.id)


def test_it_stops_with_its_author(receiver: Receiver, told: Tell, tenant: Any) -> None:
    webhook = hook(receiver, person("manager"))
    User.objects.filter(email="manager@kith.test").update(is_active=False)
    gadget()
    told(webhooks_hear)
    assert sent() == 0
    webhook.refresh_from_db()
    assert (webhook.state, receiver.requests) == ("paused", [])


def test_a_deletion_is_told(receiver: Receiver, told: Tell) -> None:
    hook(receiver, events=["gadgets.gadget.deleted"])
    pk = gadget()
    records_delete(Gadget, [pk], actor=SYSTEM)
    told(webhooks_hear)
    sent()
    assert [request.data["type"] for request in receiver.requests] == ["gadgets.gadget.deleted"]


def test_a_worker_that_died_in_mid_call_loses_nothing(receiver: Receiver, told: Tell) -> None:
    webhook = hook(receiver)
    gadget()
    told(webhooks_hear)
    soon = timezone.now() + timedelta(seconds=30)
    Delivery.objects.filter(webhook=webhook).update(state="sending", tries=1, lease_until=soon)
    assert sent() == 0
    later()
    assert (sent(), states()) == (1, ["delivered"])


def test_no_other_tenant_hears_of_it(
    receiver: Receiver, told: Tell, other: Tenant, clone: Tenant, tenant: Tenant
) -> None:
    webhook = hook(receiver)
    gadget()
    told(webhooks_hear)
    for elsewhere in (other, clone):
        with inside(elsewhere):
            assert not Webhook.objects.filter(pk=webhook.pk).exists()
            assert deliveries_send(webhook.pk) == 0
    assert receiver.requests == []
    assert sent() == 1


def test_a_copied_row_signs_with_another_secret(receiver: Receiver, clone: Tenant, tenant: Tenant) -> None:
    webhook = hook(receiver)
    here = secret_of(webhook)
    with inside(clone):
        assert secret_of(webhook) != here
    assert secret_of(webhook) == here


@pytest.mark.parametrize(("values", "field"), [
    ({"url": "ftp://x.example/"}, "url"), ({"url": "https://u:p@x.example/"}, "url"), ({"url": "nonsense"}, "url"),
    ({"events": []}, "events"), ({"events": ["nonsense"]}, "events"), ({"events": ["sales.unicorn.*"]}, "events"),
    ({"conditions": {"field": "password", "value": 1}}, "conditions"), ({"conditions": [1]}, "conditions"),
    ({"events": ["*"], "conditions": {"field": "colour", "value": "red"}}, "conditions"),
])  # fmt: skip
def test_what_cannot_work_is_refused_at_its_field(values: dict[str, Any], field: str, receiver: Receiver) -> None:
    before = Webhook.objects.count()
    with pytest.raises(CrmError) as caught:
        hook(receiver, **values)
    errors: Any = caught.value.details["errors"]
    assert {error["pointer"] for error in errors} == {f"/{field}"}
    assert Webhook.objects.count() == before


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "169.254.169.254", "[::1]", "127.0.0.1", "2130706433", "0x7f.1", "localhost", "db.internal"]
)
def test_a_private_address_is_refused_when_it_is_written(owner: Actor, host: str) -> None:
    values = {"name": "Shop", "url": f"http://{host}/hook", "events": ["gadgets.gadget.*"]}
    with pytest.raises(CrmError) as refused:
        record_save(Webhook, values, actor=owner)
    assert [one["pointer"] for one in refused.value.details["errors"]] == ["/url"]  # type: ignore[attr-defined]  # of details
    assert not Webhook.objects.exists()
    assert record_save(Webhook, {**values, "url": "http://93.184.215.14/hook"}, actor=owner)


def test_a_name_that_turns_private_ends_the_webhook_at_once(receiver: Receiver, told: Tell, settings: Any) -> None:
    webhook = hook(receiver)
    settings.OUTBOUND_PRIVATE_NETWORKS = []
    gadget()
    told(webhooks_hear)
    sent()
    webhook.refresh_from_db()
    assert (states(), webhook.state, receiver.requests) == (["failed"], "failing", [])
