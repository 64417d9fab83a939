"""Many who move one deal at once leave one story: each begins where the one before ended."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

from crm.core.actors import SYSTEM
from crm.core.models import Event
from crm.core.registry import registry
from crm.core.services import record_save
from crm.core.verbs import verb_run
from crm.sales.models import Deal, Pipeline, Stage
from tenants.context import inside


def test_fifty_moves_at_once_leave_a_history_without_a_gap(committed: Any) -> None:
    with inside(committed):
        pipeline = record_save(Pipeline, {"name": "Race"}, actor=SYSTEM)
        stages = [
            record_save(Stage, {"pipeline": pipeline, "name": f"S{n}", "position": n}, actor=SYSTEM) for n in range(7)
        ]
        deal = record_save(Deal, {"name": "Chairs", "stage": stages[0]}, actor=SYSTEM)

    def move(n: int) -> None:
        try:
            with inside(committed):
                inputs = {"stage": str(stages[n % len(stages)])}
                verb_run(registry["sales.deal"], "move", deal, actor=SYSTEM, inputs=inputs)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(move, range(50)))
    with inside(committed):
        facts = list(Event.objects.filter(object_id=deal, name="sales.deal.move").order_by("seq"))
        assert len(facts) == 50
        steps = [(fact.before["stage"], fact.after["stage"]) for fact in facts if "stage" in fact.after]
        assert len(steps) > 10, "most of them really moved it"
        assert steps[0][0] == str(stages[0])
        assert [before for before, _after in steps[1:]] == [after for _before, after in steps[:-1]]
        assert str(Deal.objects.get(pk=deal).stage_id) == steps[-1][1]
        assert Deal.objects.get(pk=deal).version == 1 + len(steps)
