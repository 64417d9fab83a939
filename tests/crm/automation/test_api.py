"""Logs, replays, secrets, runs and notifications by the API: to whom they belong, and to nobody else."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from crm.automation.deliveries import webhooks_hear
from crm.automation.models import Delivery, Notification, Rule, RuleRun, Webhook
from crm.automation.notices import notify
from crm.automation.runs import rule_work
from crm.automation.secrets import secret_of
from crm.automation.triggers import rules_hear
from crm.core.actors import SYSTEM
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.team.models import User
from tests.crm.api.asking import hashes, sent
from tests.crm.automation.conftest import later, person
from tests.crm.automation.conftest import sent as deliver
from tests.crm.automation.receiver import Receiver
from tests.crm.exchange.exporting import exported, table_of

ACTIONS = [{"do": "set", "values": {"phone": "{name}"}}]


@pytest.fixture
def webhook(tenant: Any, receiver: Receiver, told: Any) -> Webhook:
    """One that has delivered one event, and failed with another."""
    Webhook.objects.all().delete()
    values = {"name": "Shop", "url": receiver.url, "events": ["customers.customer.created"]}
    made = Webhook.objects.get(pk=record_save(Webhook, values, actor=SYSTEM))
    for status in (200, 500):
        receiver.answer = lambda request, status=status: (status, {}, b"said")
        record_save(Customer, {"name": "Lin"}, actor=SYSTEM)
        told(webhooks_hear)
        deliver()
    receiver.answer = lambda request: (200, {}, b"said")
    return made


@pytest.fixture
def rule(tenant: Any, told: Any) -> Rule:
    """One whose only run failed: a name is no telephone number of sixty digits."""
    Rule.objects.all().delete()
    values = {"name": "R", "noun": "customers.customer", "events": ["customers.customer.created"], "actions": ACTIONS}
    pk = record_save(Rule, values, actor=person("owner"))
    told()
    record_save(Customer, {"name": "x" * 90}, actor=SYSTEM)
    told(rules_hear)
    rule_work(pk)
    return Rule.objects.get(pk=pk)


def test_the_secret_is_told_once_and_again_after_a_rotation(webhook: Webhook, key_client: Any) -> None:
    client, path = key_client(), f"/api/v1/webhooks/{webhook.pk}"
    first = sent(client.post, f"{path}/secret", {})
    assert (first.status_code, first.json()) == (200, {"secret": secret_of(webhook)})
    assert first.json()["secret"].startswith("whsec_")
    assert sent(client.post, f"{path}/secret", {}).status_code == 409
    assert sent(client.post, f"{path}/rotate", {}).status_code == 200
    assert sent(client.post, f"{path}/secret", {}).json()["secret"] != first.json()["secret"]
    assert secret_of(webhook) not in client.get(path).content.decode()


def test_the_log_is_filtered_and_one_is_sent_again(webhook: Webhook, receiver: Receiver, key_client: Any) -> None:
    client, path = key_client(), f"/api/v1/webhooks/{webhook.pk}/deliveries"
    rows = client.get(path).json()["results"]
    assert [row["state"] for row in rows] == ["waiting", "delivered"]
    (waiting,) = client.get(f"{path}?state=waiting&event=customers.").json()["results"]
    assert [row["id"] for row in client.get(f"{path}?before={rows[0]['id']}").json()["results"]] == [rows[1]["id"]]
    one = client.get(f"{path}/{waiting['id']}").json()
    assert [(t["status"], t["response"]) for t in one["attempts"]] == [(500, "said")]
    receiver.requests.clear()
    answer = sent(client.post, f"{path}/{rows[1]['id']}/replay", {})
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    later()
    deliver()
    assert rows[1]["webhook_id"] in receiver.ids()
    assert client.get(f"{path}?state=nonsense").status_code == 400
    assert client.get(f"{path}/{uuid4()}").status_code == 404


def test_a_reader_sees_the_log_and_changes_nothing(webhook: Webhook, rule: Rule, key_client: Any) -> None:
    client, delivery = key_client("read-only"), Delivery.objects.filter(webhook=webhook).first()
    run = RuleRun.objects.get(rule=rule)
    assert delivery is not None
    before = hashes()
    for path in (f"webhooks/{webhook.pk}/secret", f"webhooks/{webhook.pk}/deliveries/{delivery.pk}/replay",
                 f"rules/{rule.pk}/runs/{run.pk}/retry"):  # fmt: skip
        assert sent(client.post, f"/api/v1/{path}", {}).status_code == 403
    assert hashes() == before
    assert client.get(f"/api/v1/webhooks/{webhook.pk}/deliveries").status_code == 200
    stranger = key_client(scopes=["customers.view_customer"])
    for path in (f"webhooks/{webhook.pk}/deliveries", f"rules/{rule.pk}/runs"):
        assert stranger.get(f"/api/v1/{path}").status_code == 403


def test_runs_are_told_and_tried_again(rule: Rule, key_client: Any) -> None:
    client, path = key_client(), f"/api/v1/rules/{rule.pk}/runs"
    (run,) = client.get(f"{path}?state=failed").json()["results"]
    one = client.get(f"{path}/{run['id']}").json()
    assert [(step["action"], step["is_done"]) for step in one["steps"]] == [("set", False)]
    assert one["error"]
    answer = sent(client.post, f"{path}/{run['id']}/retry", {})
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    assert sent(client.post, f"{path}/{run['id']}/retry", {}).status_code == 409


def test_a_dry_run_answers_and_changes_nothing(rule: Rule, key_client: Any) -> None:
    client = key_client()
    before = hashes()
    answer = sent(client.post, f"/api/v1/rules/{rule.pk}/dry-run", {"days": 7})
    assert (answer.status_code, answer.json()["days"]) == (200, 7)
    assert answer.json()["count"] >= 1
    assert answer.json()["shown"][0]["actions"][0]["text"].startswith("phone = ")
    assert sent(client.post, f"/api/v1/rules/{rule.pk}/dry-run", {"days": 0}).status_code == 422
    assert hashes() == before


def test_everybody_reads_their_own_notifications(tenant: Any, client_for: Any, key_client: Any) -> None:
    Notification.objects.all().delete()
    owner, member = (User.objects.get(email=f"{role}@kith.test") for role in ("owner", "member"))
    notify([owner, member], Notification.Kind.RULE, lambda: "hello")
    client = client_for("owner")
    (row,) = client.get("/api/v1/notifications?unread=1").json()["results"]
    assert (row["text"], row["read_at"]) == ("hello", None)
    (theirs,) = client_for("member").get("/api/v1/notifications").json()["results"]
    assert sent(client.post, "/api/v1/notifications/read", {"ids": [theirs["id"]]}).json() == {"read": 0}
    assert sent(client.post, "/api/v1/notifications/read", {}).json() == {"read": 1}
    assert client.get("/api/v1/notifications?unread=1").json()["results"] == []
    assert key_client().get("/api/v1/notifications").json()["results"] == []


@pytest.mark.parametrize(("values", "pointer"), [
    ({"trigger": "change", "field": "opening_spend", "direction": "up", "threshold": 1e30}, "/threshold"),
    ({"conditions": {"field": "churn_probability", "op": "gt", "value": 1e30}}, "/conditions"),
    ({"actions": [{"do": "set", "values": {"opening_spend": -1e30}}]}, "/actions"),
])  # fmt: skip
def test_numbers_that_json_would_give_back_too_large_are_refused(
    tenant: Any, key_client: Any, values: dict[str, Any], pointer: str
) -> None:
    client = key_client()
    sound = {"name": "R", "noun": "customers.customer", "events": ["customers.customer.created"], "actions": ACTIONS}
    before = hashes()
    refused = sent(client.post, "/api/v1/rules/", {**sound, **values})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer), refused.content
    assert hashes() == before
    sound["actions"] = [{"do": "set", "values": {"opening_spend": 12.5}}]
    taken = sent(client.post, "/api/v1/rules/", sound)
    assert (taken.status_code, taken.json()["actions"]) == (201, sound["actions"]), taken.content


def test_a_number_that_was_stored_too_large_still_answers(rule: Rule, key_client: Any) -> None:
    Rule.objects.filter(pk=rule.pk).update(conditions={"field": "opening_spend", "op": "gt", "value": 10**30})
    client, plain = key_client(), key_client().get(f"/api/v1/rules/{rule.pk}").json()
    assert plain["conditions"]["value"] == 10**30
    assert client.get("/api/v1/rules/").json()["results"][0]["conditions"] == plain["conditions"]
    assert table_of(exported("automation.rule", format="ndjson"))[0]["conditions"] == plain["conditions"]
    Rule.objects.filter(pk=rule.pk).update(conditions=None)
    sound = client.get(f"/api/v1/rules/{rule.pk}").json()
    assert {**sound, "conditions": plain["conditions"]} == plain  # all else is told as ever
