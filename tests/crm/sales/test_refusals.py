"""What an action of selling refuses, it refuses alike by page and by program, and nothing has changed then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.utils.html import escape

from crm.core.actors import SYSTEM
from crm.core.registry import registry
from crm.core.services import record_save
from crm.core.verbs import verb_run
from crm.sales.models import LostReason, Stage
from crm.team.models import User
from tests.crm.api.asking import hashes, sent
from tests.crm.ui.asking import made

Scene = Callable[[], tuple[UUID, dict[str, str]]]
DAY = "2026-03-01"
REASON = {"reason": "They buy every year."}


def after(label: str, *verbs: str, **inputs: Any) -> UUID:
    """A record to which some things were done already."""
    noun = registry[label]
    pk = made(noun)
    for verb in verbs:
        given = {name: value for name, value in inputs.items() if name in noun.verb_names[verb].inputs}
        verb_run(noun, verb, pk, actor=SYSTEM, inputs=given)
    return pk


def deal(*verbs: str, **values: Any) -> UUID:
    """A deal in a pipeline that has every outcome."""
    stages = Stage.objects.filter(pipeline__is_default=True, outcome="open", deleted_at=None)
    stage = stages.order_by("created_at", "pk")[0].pk
    pk = made(registry["sales.deal"])
    noun = registry["sales.deal"]
    record_save(noun.model, {"pipeline": None, "stage": stage, **values}, actor=SYSTEM, id=pk)
    for verb in verbs:
        verb_run(noun, verb, pk, actor=SYSTEM, inputs={})
    return pk


def asking_stage() -> UUID:
    """A stage that asks for what the deal does not say."""
    pipeline = Stage.objects.filter(pipeline__is_default=True)[0].pipeline_id
    values = {"pipeline": pipeline, "name": "Asks", "probability": 20, "required_fields": ["competitor"]}
    return record_save(Stage, values, actor=SYSTEM)


def held(label: str) -> UUID:
    """A record that somebody owns."""
    pk = made(registry[label])
    owner = User.objects.get(email="member@kith.test").pk
    record_save(registry[label].model, {"owner": owner}, actor=SYSTEM, id=pk)
    return pk


def paid() -> UUID:
    """An instalment that came."""
    return after("sales.payment", "receive")


def lost_reason() -> str:
    """Why deals are lost."""
    return str(LostReason.objects.filter(deleted_at=None).latest("pk").pk)


SCENES: dict[str, Scene] = {  # each verb on a record where it does not fit
    "sales.approval.approve": lambda: (after("sales.approval", "withdraw"), {}),
    "sales.approval.refuse": lambda: (after("sales.approval", "approve"), {"answer": "No."}),
    "sales.approval.withdraw": lambda: (after("sales.approval", "refuse"), {}),
    "sales.deal.move": lambda: (deal(), {"stage": str(asking_stage())}),
    "sales.deal.quote": lambda: (deal("win"), {}),
    "sales.deal.win": lambda: (deal("win"), {}),
    "sales.deal.lose": lambda: (deal("win"), {"lost_reason": lost_reason()}),
    "sales.deal.ask_approval": lambda: (deal("win"), REASON),
    "sales.deal.reopen": lambda: (deal(), {}),
    "sales.lead.convert": lambda: (after("sales.lead", "convert"), {"has_deal": "true"}),
    "sales.lead.unconvert": lambda: (made(registry["sales.lead"]), {}),
    "sales.lead.claim": lambda: (held("sales.lead"), {}),
    "sales.lead.release": lambda: (after("sales.lead"), {"reason": "Too far."}),
    "sales.order.pay": lambda: (made(registry["sales.order"]), {"amount": "0"}),
    "sales.order.plan": lambda: (after("sales.order", "reopen", "cancel"), {"count": "3", "first_on": DAY}),
    "sales.order.complete": lambda: (made(registry["sales.order"]), {}),
    "sales.order.cancel": lambda: (made(registry["sales.order"]), {}),
    "sales.order.reopen": lambda: (after("sales.order", "reopen"), {}),
    "sales.payment.receive": lambda: (paid(), {}),
    "sales.payment.refund": lambda: (made(registry["sales.payment"]), {}),
    "sales.quote.send": lambda: (after("sales.quote", "send"), {}),
    "sales.quote.ask_approval": lambda: (after("sales.quote", "send"), REASON),
    "sales.quote.accept": lambda: (made(registry["sales.quote"]), {"name": "Ann Lee"}),
    "sales.quote.order": lambda: (after("sales.quote", "send"), {"wins_deal": "true"}),
    "sales.quote.revise": lambda: (made(registry["sales.quote"]), {}),
    "sales.quote.decline": lambda: (made(registry["sales.quote"]), {"reason": "Too dear"}),
    "sales.quote.expire": lambda: (after("sales.quote", "send"), {}),
}
VERBS = {f"{noun.label}.{name}" for noun in registry if noun.label.startswith("sales.") for name in noun.verb_names}


def sentences(answer: Any) -> list[str]:
    """Every sentence that the API gives for a refusal."""
    said = answer.json()
    return [one.get("message") or one["detail"] for one in said.get("errors", [])] or [said.get("detail", "")]


def test_every_action_that_does_not_fit_is_refused_alike(tenant: Any, client_for: Any, key_client: Any) -> None:
    assert set(SCENES) == VERBS
    person, program = client_for(), key_client()
    strangers = client_for("read-only"), key_client("read-only")
    scenes = {verb: (registry[verb.rpartition(".")[0]].slug, *scene()) for verb, scene in SCENES.items()}
    before, unlike = hashes(), {}
    for verb, (slug, pk, inputs) in scenes.items():
        name = verb.rpartition(".")[2]
        page, endpoint = f"/{slug}/{pk}/{name}/", f"/api/v1/{slug}/{pk}/{name}"
        told, shown = sent(program.post, endpoint, inputs), person.post(page, inputs)
        text = shown.content.decode()
        missing = [one for one in sentences(told) if escape(one) not in text]
        denied = [strangers[0].post(page, inputs).status_code, sent(strangers[1].post, endpoint, inputs).status_code]
        codes = (told.status_code, shown.status_code)
        if codes not in ((409, 409), (422, 422), (409, 422)) or missing or denied != [403, 403]:
            unlike[verb] = (*codes, missing, denied)
    assert unlike == {}
    assert hashes() == before
