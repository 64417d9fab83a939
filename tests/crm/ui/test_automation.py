"""The pages of rules, webhooks and notifications: written by rows and cards, read in words, each to whom it belongs."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from crm.automation.models import Delivery, Notification, Rule, RuleRun, Webhook
from crm.automation.notices import notify
from crm.automation.secrets import secret_of
from crm.core.actors import SYSTEM
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.team.models import User
from tests.crm.automation.conftest import person

FRAGMENT = {"HX-Request": "true"}
BUILT: dict[str, Any] = {
    "built": "1", "name": "R", "noun": "customers.customer", "trigger": "event",
    "event": ["customers.customer.created"], "a-0-do": "notify", "a-0-to": ["author"], "a-0-text": "{name}",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _alone(tenant: Any) -> None:
    """Only what the test makes."""
    for model in (Rule, Webhook, Notification):
        model._default_manager.all().delete()  # type: ignore[attr-defined]  # each has one


def drawn(client: Any, path: str, data: dict[str, Any], refresh: str) -> str:
    """The editor drawn anew, as a press of one of its buttons does it; nothing is stored."""
    answer = client.post(path, {**data, "refresh": refresh}, headers=FRAGMENT)
    assert answer.status_code == 200, answer.content
    assert not Rule.objects.exists()
    return str(answer.content.decode())


def test_a_rule_is_written_with_rows_and_cards(client_for: Any) -> None:
    client = client_for("manager")
    answer = client.post("/rules/new/", {
        **BUILT, "w-0-in": "", "w-0-join": "or",
        "w-1-in": "0", "w-1-field": "city", "w-1-op": "contains", "w-1-value": "hang",
        "w-2-in": "0", "w-2-join": "and",
        "w-3-in": "2", "w-3-field": "churn_probability", "w-3-op": "gte", "w-3-value": "60",
        "w-4-in": "2", "w-4-field": "is_profiling_refused", "w-4-op": "eq", "w-4-value": "true",
        "w-5-in": "0", "w-5-field": "",
        "a-1-do": "wait", "a-1-count": "3", "a-1-unit": "days",
        "a-2-do": "create", "a-2-noun": "activities.task", "a-2-field-0": "title", "a-2-value-0": "Call {name}",
        "a-3-do": "set", "a-3-field-0": "city", "a-3-value-0": "Wuxi",
    })  # fmt: skip
    assert answer.status_code == 302, answer.content.decode()[:3000]
    rule = Rule.objects.get()
    assert rule.conditions == {"or": [
        {"field": "city", "op": "contains", "value": "hang"},
        {"and": [
            {"field": "churn_probability", "op": "gte", "value": 0.6},
            {"field": "is_profiling_refused", "op": "eq", "value": True},
        ]},
    ]}  # fmt: skip
    assert rule.actions == [
        {"do": "notify", "to": ["author"], "text": "{name}"}, {"do": "wait", "days": 3},
        {"do": "create", "noun": "activities.task", "values": {"title": "Call {name}"}},
        {"do": "set", "values": {"city": "Wuxi"}},
    ]  # fmt: skip
    assert rule.events == ["customers.customer.created"]
    page = client.get(f"/rules/{rule.pk}/edit/").content.decode()
    assert 'value="60"' in page
    root = client.get(f"/rules/{rule.pk}/edit/").context["builder"].root
    assert (root.join, root.inside[0].entry.text, root.inside[1].join) == ("or", "hang", "and")
    assert [row.entry.text for row in root.inside[1].inside] == ["60", "true"]
    panel = client.get(f"/rules/{rule.pk}/panel/").content.decode()
    assert "Churn risk" in panel or "is at least" in panel
    assert "60%" in panel


def test_rows_and_cards_come_go_and_move_before_anything_is_saved(client_for: Any) -> None:
    client = client_for("owner")
    for path in ("/rules/new/", "/rules/new/?starter=risk"):
        assert 'name="w-1-field"' in drawn(client, path, BUILT, "")
    rows = {**BUILT, "w-0-in": "", "w-0-join": "or", "w-1-in": "0", "w-1-field": "churn_band"}
    text = drawn(client, "/rules/new/", rows, "add-action:wait")
    assert '<option value="churn_band" selected>' in text
    assert '<option value="or" selected>' in text
    assert 'id="a-1-count"' in drawn(client, "/rules/new/", BUILT, "add-action:wait")
    two = {**BUILT, "a-1-do": "stop"}
    assert 'name="a-0-do" value="stop"' in drawn(client, "/rules/new/", two, "up-action:1")
    assert 'name="a-1-do"' not in drawn(client, "/rules/new/", two, "drop-action:0")
    fields = {**BUILT, "a-1-do": "set", "a-1-field-0": "city", "a-1-value-0": "x"}
    assert 'id="a-1-field-1"' in drawn(client, "/rules/new/", fields, "add-pair:1")
    assert 'value="x"' not in drawn(client, "/rules/new/", fields, "drop-pair:1:0")
    assert 'name="weekday"' in drawn(client, "/rules/new/", {**BUILT, "trigger": "schedule", "every": "week"}, "")
    assert 'name="field"' in drawn(client, "/rules/new/", {**BUILT, "trigger": "change"}, "")
    for nonsense in ("drop-action:9", "drop-pair:0:7", "add-action:eval", "up-action:x", "drop-pair:0:x", ":"):
        drawn(client, "/rules/new/", BUILT, nonsense)


def test_what_is_wrong_is_said_where_it_is(client_for: Any) -> None:
    client = client_for("owner")
    answer = client.post("/rules/new/", {**BUILT, "a-0-text": "{password}", "name": ""})
    text = answer.content.decode()
    assert (answer.status_code, Rule.objects.count()) == (422, 0)
    assert 'id="id-name-error"' in text
    answer = client.post("/rules/new/", {**BUILT, "a-0-text": "{password}"})
    assert "There is no field password." in answer.content.decode()


def test_every_starter_opens_and_most_can_be_saved_as_they_are(client_for: Any) -> None:
    client = client_for("owner")
    starters = client.get("/rules/new/").context["starters"]
    assert len(starters) == 5
    for language in ("en", "zh-hans"):
        User.objects.filter(email="owner@kith.test").update(language=language)
        for one in starters:
            with translation.override(language):
                values = one.filled()
            assert values["name"] in client.get(f"/rules/new/?starter={one.code}").context["entries"]["name"].text
            if one.code != "deal-out":  # who takes part is for a person to say
                record_save(Rule, values, actor=person("owner"))


def test_conditions_that_rows_cannot_show_are_kept(client_for: Any) -> None:
    tree = {"not": {"field": "city", "value": "Wuxi"}}
    values = {"name": "R", "noun": "customers.customer", "conditions": tree,
              "actions": [{"do": "notify", "to": ["author"], "text": "x"}]}  # fmt: skip
    pk, client = record_save(Rule, values, actor=SYSTEM), client_for("owner")
    line = client.get(f"/rules/{pk}/edit/").context["builder"].root.inside[0]
    assert line.words == "not (City is Wuxi)"
    sent = {**BUILT, "version": "1", "w-0-in": "", "w-0-join": "and", "w-1-in": "0", "w-1-kept": line.kept}
    assert client.post(f"/rules/{pk}/edit/", sent).status_code == 302
    assert Rule.objects.get().conditions == tree
    assert client.post(f"/rules/{pk}/edit/", {**sent, "version": "1"}).status_code == 422  # somebody was quicker


def test_a_webhook_is_written_shown_once_and_sent_again(client_for: Any) -> None:
    client = client_for("manager")
    answer = client.post("/webhooks/new/", {
        "built": "1", "name": "Shop", "url": "https://shop.example/", "event": ["sales.order.created"],
        "events": "sales.order.paid*",
        "w-0-in": "", "w-0-join": "and", "w-1-in": "0", "w-1-field": "currency", "w-1-op": "eq", "w-1-value": "EUR",
    })  # fmt: skip
    assert answer.status_code == 302, answer.content.decode()[:3000]
    webhook = Webhook.objects.get()
    assert webhook.events == ["sales.order.created", "sales.order.paid*"]
    assert webhook.conditions == {"field": "currency", "op": "eq", "value": "EUR"}
    secret = secret_of(webhook)
    assert secret not in client.get(f"/webhooks/{webhook.pk}/panel/").content.decode()
    assert secret in client.post(f"/webhooks/{webhook.pk}/secret/", headers=FRAGMENT).content.decode()
    assert client.post(f"/webhooks/{webhook.pk}/secret/", headers=FRAGMENT).status_code == 409
    made = Delivery.objects.create(webhook=webhook, event="sales.order.created", state="failed", tries=10)
    panel = client.get(f"/webhooks/{webhook.pk}/panel/?state=failed&event=sales.").content.decode()
    assert str(made.pk) in panel
    assert str(made.pk) not in client.get(f"/webhooks/{webhook.pk}/panel/?state=waiting").content.decode()
    assert client.get(f"/webhooks/{webhook.pk}/deliveries/{made.pk}/").status_code == 200
    again = client.post(f"/webhooks/{webhook.pk}/deliveries/{made.pk}/replay/", headers=FRAGMENT)
    made.refresh_from_db()
    assert (again.status_code, made.state, made.tries) == (204, "waiting", 0)


def test_a_member_changes_nothing_of_what_is_not_theirs_to_change(client_for: Any) -> None:
    values = {"name": "Shop", "url": "https://shop.example/", "events": ["sales.order.*"]}
    webhook = record_save(Webhook, values, actor=SYSTEM)
    made = Delivery.objects.create(webhook_id=webhook, event="sales.order.created", state="failed", tries=10)
    client = client_for("read-only")
    assert client.get(f"/webhooks/{webhook}/panel/").status_code == 200
    for path in (f"/webhooks/{webhook}/secret/", f"/webhooks/{webhook}/deliveries/{made.pk}/replay/",
                 f"/webhooks/{webhook}/edit/", "/rules/new/"):  # fmt: skip
        assert client.post(path, {}, headers=FRAGMENT).status_code == 403, path
    made.refresh_from_db()
    assert (made.state, Webhook.objects.get().is_secret_shown) == ("failed", False)


def test_a_trial_and_the_steps_of_a_run_are_shown(client_for: Any) -> None:
    values = {"name": "R", "noun": "customers.customer", "events": ["customers.customer.created"],
              "actions": [{"do": "notify", "to": ["author"], "text": "{name} is new"}]}  # fmt: skip
    rule, client = record_save(Rule, values, actor=person("owner")), client_for("owner")
    pk = record_save(Customer, {"name": "Lin Yi"}, actor=SYSTEM)
    assert "Lin Yi is new" in client.post(f"/rules/{rule}/trial/", {"days": "7"}, headers=FRAGMENT).content.decode()
    run = RuleRun.objects.create(rule_id=rule, cause="event:1", object_type="customers.customer", object_id=pk,
                                 state="failed", error="No.")  # fmt: skip
    panel = client.get(f"/rules/{rule}/panel/").content.decode()
    assert "Lin Yi" in panel
    assert client.get(f"/rules/{rule}/runs/{run.pk}/").status_code == 200
    assert client.post(f"/rules/{rule}/runs/{run.pk}/retry/", headers=FRAGMENT).status_code == 204
    run.refresh_from_db()
    assert run.state == "waiting"


def test_the_bell_counts_and_a_line_leads_to_its_record(client_for: Any) -> None:
    client, pk = client_for("member"), record_save(Customer, {"name": "Lin Yi"}, actor=SYSTEM)
    users = User.objects.filter(email__in=["member@kith.test", "owner@kith.test"])
    notify(users, Notification.Kind.RULE, lambda: "hello <b>", about=("customers.customer", pk))
    assert 'aria-hidden="true">1<' in client.get("/bell/", headers=FRAGMENT).content.decode()
    page = client.get("/notifications/?unread=1").content.decode()
    assert "hello &lt;b&gt;" in page
    mine = Notification.objects.get(user__email="member@kith.test")
    theirs = Notification.objects.get(user__email="owner@kith.test")
    assert client.post(f"/notifications/{theirs.pk}/").status_code == 404
    opened = client.post(f"/notifications/{mine.pk}/")
    assert (opened.status_code, opened["Location"]) == (302, f"/customers/{pk}/")
    assert "bell-n" not in client.get("/bell/", headers=FRAGMENT).content.decode()
    theirs.refresh_from_db()
    assert theirs.read_at is None
    client_for("owner").post("/notifications/read/")
    theirs.refresh_from_db()
    assert theirs.read_at is not None


def test_one_chooses_on_a_page_how_to_be_told(client_for: Any) -> None:
    client = client_for("member")
    assert client.post("/settings/notifications/", {"rule": "mail", "work": "off"}).status_code == 302
    chosen = {kind: way for kind, _label, way in client.get("/settings/notifications/").context["kinds"]}
    others = dict.fromkeys(("assigned", "trouble", "mention", "reminder", "mail"), "page")
    assert chosen == {"rule": "mail", "work": "off"} | others


@pytest.mark.parametrize("many", ["drop-action:{}", "add-pair:{}", "drop-pair:0:{}"])
def test_a_button_that_names_a_place_of_very_many_digits_does_nothing(client_for: Any, many: str) -> None:
    client, digits = client_for("manager"), "9" * 5000
    assert drawn(client, "/rules/new/", BUILT, many.format(digits)).count('name="a-0-do"') == 1
    assert 'name="a-0-do"' not in drawn(client, "/rules/new/", BUILT, "drop-action:0")
