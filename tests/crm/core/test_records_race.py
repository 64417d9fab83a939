"""Writers at the same moment: one wins, the others are told."""

from __future__ import annotations

import threading
from typing import Any

from django.db import connection

from crm.core.actors import SYSTEM
from crm.core.drafts import Change, Outcome
from crm.core.services import records_save
from crm.customers.models import Customer
from tenants.context import inside


def test_two_writers_with_one_number_give_one_record_and_one_refusal(committed: Any) -> None:
    answers: list[Outcome] = []

    def work() -> None:
        with inside(committed):
            answers.append(records_save(Customer, [Change({"number": "race", "name": "R"})], actor=SYSTEM))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with inside(committed):
        assert Customer.objects.filter(number="race").count() == 1
    assert sorted(bool(a.errors) for a in answers) == [False, True, True, True]
    assert {a.errors[0]["number"][0].code for a in answers if a.errors} == {"not_unique"}
