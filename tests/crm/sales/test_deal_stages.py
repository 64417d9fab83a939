"""A deal follows its stage: what the stage asks for, what it brings, and how the deal ends."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.models import Event
from crm.core.registry import registry
from crm.core.services import Change, record_save, records_delete, records_save
from crm.core.verbs import verb_run
from crm.sales.models import Deal, LostReason, Pipeline, Stage
from tests.examples import EXAMPLES

DEALS = registry["sales.deal"]


@pytest.fixture
def pipeline(tenant: Any) -> dict[str, UUID]:
    """The stages of a pipeline by name, and "" for the pipeline itself."""
    made = record_save(Pipeline, {"name": "Offices"}, actor=SYSTEM)
    stages: list[dict[str, Any]] = [
        {"name": "Talks", "probability": 20},
        {"name": "Offer", "probability": 60, "category": "commit", "required_fields": ["amount", "next_step"]},
        {"name": "Won", "probability": 100, "outcome": "won", "category": "closed"},
        {"name": "Lost", "probability": 0, "outcome": "lost", "category": "omitted"},
    ]
    ids = {
        one["name"]: record_save(Stage, {"pipeline": made, "position": n, **one}, actor=SYSTEM)
        for n, one in enumerate(stages, 1)
    }
    return {"": made, **ids}


def deal(**values: Any) -> Deal:
    """A deal of these values."""
    return Deal.objects.get(pk=record_save(Deal, {"name": "Chairs", **values}, actor=SYSTEM))


def run(one: Deal, verb: str, **inputs: Any) -> Deal:
    """Run an action and read the deal again."""
    verb_run(DEALS, verb, one.pk, actor=SYSTEM, inputs=inputs)
    return Deal.objects.get(pk=one.pk)


def refusal(one: Deal, verb: str, **inputs: Any) -> CrmError:
    """What an action is refused with; nothing may have changed."""
    before = Deal.objects.filter(pk=one.pk).values().get()
    with pytest.raises(CrmError) as refused:
        verb_run(DEALS, verb, one.pk, actor=SYSTEM, inputs=inputs)
    assert Deal.objects.filter(pk=one.pk).values().get() == before
    return refused.value


def test_a_deal_without_a_stage_begins_at_the_default_pipelines_first(tenant: Any) -> None:
    first = Stage.objects.filter(pipeline__is_default=True, deleted_at=None).order_by("position")[0]
    made = deal()
    assert (made.stage_id, made.pipeline_id, made.probability) == (first.pk, first.pipeline_id, first.probability)
    assert (made.status, made.opened_on, made.closed_on) == ("open", timezone.localdate(), None)


def test_a_stage_brings_its_pipeline_probability_and_category(pipeline: dict[str, UUID]) -> None:
    made = deal(stage=pipeline["Offer"], amount="1000", next_step="Send it")
    assert (made.pipeline_id, made.probability, made.category) == (pipeline[""], 60, "commit")
    assert (made.amount_home, made.weighted_amount) == (Decimal(1000), Decimal(600))


def test_a_probability_given_with_the_move_stands_and_one_given_before_goes(pipeline: dict[str, UUID]) -> None:
    made = deal(stage=pipeline["Talks"], probability=35, amount="100", next_step="Call")
    assert made.probability == 35
    assert run(made, "move", stage=pipeline["Offer"]).probability == 60
    record_save(Deal, {"stage": pipeline["Talks"], "probability": 5}, actor=SYSTEM, id=made.pk)
    assert Deal.objects.get(pk=made.pk).probability == 5


def test_a_stage_asks_for_its_fields_all_at_once(pipeline: dict[str, UUID]) -> None:
    made = deal(stage=pipeline["Talks"])
    refused = refusal(made, "move", stage=pipeline["Offer"])
    assert {one["pointer"] for one in refused.details["errors"]} == {"/amount", "/next_step"}
    assert {one["code"] for one in refused.details["errors"]} == {"required_by_stage"}
    record_save(Deal, {"amount": "5", "next_step": "Call"}, actor=SYSTEM, id=made.pk)
    assert run(made, "move", stage=pipeline["Offer"]).stage_id == pipeline["Offer"]


def test_a_field_that_a_stage_asked_for_may_be_emptied_later(pipeline: dict[str, UUID]) -> None:
    made = deal(stage=pipeline["Offer"], amount="5", next_step="Call")
    record_save(Deal, {"next_step": ""}, actor=SYSTEM, id=made.pk)
    assert Deal.objects.get(pk=made.pk).next_step == ""


def test_the_stage_of_another_pipeline_is_refused_beside_its_own(pipeline: dict[str, UUID]) -> None:
    default = Pipeline.objects.get(is_default=True)
    outcome = records_save(
        Deal, [Change({"name": "a", "pipeline": default.pk, "stage": pipeline["Talks"]})], actor=SYSTEM
    )
    assert [one.code for one in outcome.errors[0]["stage"]] == ["other_pipeline"]


def test_another_pipeline_alone_leads_to_its_first_stage(pipeline: dict[str, UUID]) -> None:
    made = deal()
    record_save(Deal, {"pipeline": pipeline[""]}, actor=SYSTEM, id=made.pk)
    assert Deal.objects.get(pk=made.pk).stage_id == pipeline["Talks"]


def test_winning_closes_and_reopening_begins_again(pipeline: dict[str, UUID]) -> None:
    won = run(deal(stage=pipeline["Talks"]), "win", closed_on="2026-03-05")
    assert (won.status, won.closed_on, won.probability) == ("won", date(2026, 3, 5), 100)
    assert refusal(won, "win").code == "deal_closed"
    again = run(won, "reopen")
    assert (again.status, again.closed_on, again.stage_id) == ("open", None, pipeline["Talks"])
    assert refusal(again, "reopen").code == "already_open"


def test_losing_keeps_why_and_to_whom(pipeline: dict[str, UUID]) -> None:
    made = deal(stage=pipeline["Talks"])
    assert refusal(made, "lose").details["errors"][0]["pointer"] == "/lost_reason"
    assert refusal(made, "lose", lost_reason=str(made.pk)).details["errors"][0]["code"] == "not_found"
    reason = record_save(LostReason, {"name": "Too dear"}, actor=SYSTEM)
    lost = run(made, "lose", lost_reason=str(reason), competitor="Acorn")
    assert (lost.status, lost.lost_reason_id, lost.competitor, lost.closed_on) == (
        "lost",
        reason,
        "Acorn",
        timezone.localdate(),
    )
    assert run(lost, "reopen").lost_reason_id is None


def test_a_pipeline_without_a_stage_to_win_in_says_so(tenant: Any) -> None:
    stage = record_save(Stage, EXAMPLES["sales.stage"](), actor=SYSTEM)
    assert refusal(deal(stage=stage), "win").code == "no_stage"


def test_an_open_deal_has_no_closing_day(pipeline: dict[str, UUID]) -> None:
    outcome = records_save(
        Deal, [Change({"name": "a", "stage": pipeline["Talks"], "closed_on": "2026-01-01"})], actor=SYSTEM
    )
    assert [one.code for one in outcome.errors[0]["closed_on"]] == ["not_closed"]


def test_a_past_deal_is_told_with_its_own_days(pipeline: dict[str, UUID]) -> None:
    made = deal(stage=pipeline["Won"], amount="100", opened_on="2016-10-20", closed_on="2017-03-01")
    assert (made.opened_on, made.closed_on, made.status) == (date(2016, 10, 20), date(2017, 3, 1), "won")


def test_products_make_the_amount(pipeline: dict[str, UUID]) -> None:
    lines = [{"quantity": "4", "unit_price": "12.50", "discount_percent": "10"}, {"unit_price": "5"}]
    made = deal(stage=pipeline["Talks"], lines=lines, amount="7")
    assert made.amount == Decimal(50)
    outcome = records_save(Deal, [Change({"amount": "7"}, made.pk)], actor=SYSTEM)
    assert [one.code for one in outcome.errors[0]["amount"]] == ["from_lines"]
    assert Deal.objects.get(pk=made.pk).amount == Decimal(50)
    assert not records_save(Deal, [Change({"amount": "50", "next_step": "Call"}, made.pk)], actor=SYSTEM).errors
    record_save(Deal, {"lines": [], "amount": "7"}, actor=SYSTEM, id=made.pk)
    assert Deal.objects.get(pk=made.pk).amount == Decimal(7)


def test_a_stage_is_kept_while_deals_stand_in_it(pipeline: dict[str, UUID]) -> None:
    made = deal(stage=pipeline["Talks"])
    with pytest.raises(CrmError) as refused:
        records_delete(Stage, [pipeline["Talks"]], actor=SYSTEM)
    assert (refused.value.code, Stage.objects.get(pk=pipeline["Talks"]).deleted_at) == ("has_deals", None)
    run(made, "move", stage=pipeline["Won"])
    assert records_delete(Stage, [pipeline["Talks"]], actor=SYSTEM) == 1


def test_a_foreign_amount_is_worth_what_the_rate_says(pipeline: dict[str, UUID]) -> None:
    made = deal(stage=pipeline["Talks"], amount="100", currency="EUR", exchange_rate="1.25")
    assert (made.amount_home, made.weighted_amount) == (Decimal(125), Decimal(25))


def test_a_save_that_changes_nothing_leaves_the_stage_alone(pipeline: dict[str, UUID]) -> None:
    made = deal(stage=pipeline["Talks"])
    facts = Event.objects.count()
    record_save(Deal, {"name": "Chairs", "stage": pipeline["Talks"]}, actor=SYSTEM, id=made.pk)
    again = Deal.objects.get(pk=made.pk)
    assert (again.version, again.stage_at, Event.objects.count()) == (made.version, made.stage_at, facts)


def test_the_stages_are_read_once_for_a_whole_batch(pipeline: dict[str, UUID]) -> None:
    def asked(count: int) -> int:
        changes = [Change({"name": f"d{n}", "stage": pipeline["Talks"]}) for n in range(count)]
        with CaptureQueriesContext(connection) as found:
            assert not records_save(Deal, changes, actor=SYSTEM).errors
        return len(found)

    few = asked(3)
    assert asked(60) <= few
