"""The example of the docs, as it stands there, against a real delivery."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from crm.automation.deliveries import webhooks_hear
from crm.automation.models import Webhook
from crm.automation.secrets import secret_of
from crm.core.actors import SYSTEM
from crm.core.services import record_save
from crm.customers.models import Customer
from tests.crm.automation.conftest import sent
from tests.crm.automation.receiver import Receiver

PAGE = Path(__file__).parents[3] / "docs/tutorials/webhooks.md"
RULES = PAGE.with_name("rules.md")


def test_the_receiver_of_the_docs_takes_each_message_once_and_no_forged_one(
    tenant: Any, receiver: Receiver, told: Callable[..., int], tmp_path: Path, capsys: Any
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    values = {"name": "Shop", "url": receiver.url, "events": ["customers.customer.created"]}
    webhook = Webhook.objects.get(pk=record_save(Webhook, values, actor=SYSTEM))
    (tmp_path / "example.py").write_text(code.replace("whsec_…", secret_of(webhook)), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("example", tmp_path / "example.py")
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    pk = record_save(Customer, {"name": "Lin"}, actor=SYSTEM)
    told(webhooks_hear)
    sent()
    (message,) = receiver.requests
    assert [example.receive(message.headers, message.body) for _ in range(2)] == [204, 204]
    assert example.receive(message.headers, message.body + b" ") == 400
    assert capsys.readouterr().out.splitlines() == [f"customers.customer.created {pk}"]


def test_the_rule_of_the_docs_is_taken_as_it_stands_there(tenant: Any, key_client: Any) -> None:
    (body,) = re.findall(r"```json\n(.*?)```", RULES.read_text(encoding="utf-8"), re.DOTALL)
    client, path = key_client(), "/api/v1/rules/"
    made = client.post(path, body, content_type="application/json")
    assert made.status_code == 201, made.content
    refused = client.post(path, body.replace('"do": "wait"', '"type": "wait"'), content_type="application/json")
    assert refused.status_code == 422
    assert "“do”" in refused.json()["errors"][0]["message"]
